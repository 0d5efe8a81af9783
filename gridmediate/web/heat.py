"""The leaders' map of cells: its views, and the counts that it fetches."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from gridmediate.domain.categories import HEADS
from gridmediate.domain.deeds import SETTLED_AT
from gridmediate.domain.indicators import ALERT_LABEL, AREA_ALERT, CARRIED, street_total
from gridmediate.domain.measures import MEASURES, MeasureName
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.vocabulary import Level, label, say_month
from gridmediate.maps.frame import pack_numbers
from gridmediate.maps.labels import map_labels
from gridmediate.maps.shell import CHANGE_MAP_SCRIPTS, GRID_MAP_SCRIPTS, street_map_shell
from gridmediate.services.grid import AreaCard, Grid, grid_of
from gridmediate.services.heat import HeatTable, heat_table, record_heat, streets_of
from gridmediate.services.heat_levels import settled_levels
from gridmediate.services.heat_view import LEVELS, HeatView, level_of, view_of
from gridmediate.services.narrowing import AGES, RISKS, Narrowing, sources
from gridmediate.services.narrowing import levels as case_levels
from gridmediate.services.rulebook import rulebook_of
from gridmediate.web.bookmarks import menu_of
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.heat_change import change_json, change_words, changes_asked
from gridmediate.web.heat_pair import pair_page
from gridmediate.web.heat_table import table_page
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses, bounds_of, outlines_mark
from gridmediate.web.map_places import layers_of
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("heat", __name__)

#: Months that the slider goes back.
MONTHS = 12


@room.get("/map", permission=Permission.HEAT_READ)
def map() -> str:
    """Show the map of a place's cells, or the same as a table, or where its disputes were settled."""
    if request.args.get("view") == "levels":
        return _levels_page()
    if request.args.get("view") == "change":
        return _change_page()
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        table = _table_asked(session, MONTHS, _measure_asked())
        departments = _departments(session)
        places = layers_of(session, grid, table.street.code)
        record_heat(session, actor_in_use(), table, g.now)
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    shared = _shared(table, view, grid, streets)
    shared["narrowings"]["department"] = departments
    if request.args.get("view") == "table":
        return render_template("heat/table.html", **shared, **table_page(view, grid, shared["measure"], shared["month_keys"]))
    bounds = bounds_of(grid, table.cells)
    paired = request.args.get("view") == "pair" and len(table.months) > 1
    shared |= pair_page(bounds, shared["month_keys"]) if paired else {}
    return render_template(
        "heat/pair.html" if paired else "heat/map.html", map_shell=street_map_shell(bounds), scripts=GRID_MAP_SCRIPTS,
        words=map_labels(gettext, language_in_use(), AREA_ALERT if view.of_areas else None, of_areas=view.of_areas,
                         without_deeds=bool(table.narrowed)),
        addresses=addresses(grid, table.street.code, view.level) | places,
        counts_url=url_for("heat.counts", **_address(table, view)), total=street_total(view.counts[-1]), **shared,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader sees by an address: the counts, their units, and what map and table share."""

    table: HeatTable
    view: HeatView
    grid: Grid
    shared: dict[str, Any]


def seen(session: Session) -> Seen:
    """Return what the address of this request shows, for those who take it away."""
    grid = grid_of(session, g.now)
    streets = streets_of(grid, actor_in_use())
    table = _table_asked(session, MONTHS, _measure_asked())
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    shared = _shared(table, view, grid, streets)
    shared["narrowings"]["department"] = _departments(session)
    return Seen(table, view, grid, shared)


def _departments(session: Session) -> list[tuple[str, str]]:
    return [(code, say(words)) for code, words in rulebook_of(session).departments.items()]


def _table_asked(session: Session, months: int, measure: str, *, deeds_alone: bool = False) -> HeatTable:
    return heat_table(session, actor_in_use(), g.now, street_code=_street_asked(), head=_head_asked(), months=months,
                      measure=measure, narrowed=Narrowing.asked(request.args), deeds_alone=deeds_alone)


def _measure_asked() -> str:
    return request.args.get("measure", "open")


def _address(table: HeatTable, view: HeatView) -> dict[str, Any]:
    """Return the part of the address that says what is counted: place, level and filters."""
    level = {"level": view.level.value} if request.args.get("level") or view.of_areas else {}
    head = {"head": _head_asked()} if table.exact and _head_asked() else {}
    street = {"street": table.street.code} if request.args.get("street") else {}
    return {**street, **level, **head, **table.narrowed.as_query()}


def _shared(table: HeatTable, view: HeatView, grid: Grid, streets: list[AreaCard]) -> dict[str, Any]:
    """Return what map and table share: the whole view stands in the address, so that it can be sent."""
    offered = [rule for rule in MEASURES.values() if not (table.narrowed and rule.deeds)]
    names = [rule.name.value for rule in offered]
    chosen = _measure_asked() if _measure_asked() in (*names, MeasureName.ALERT) else names[0]
    kept = {key: request.args[key] for key in ("month", "compare", "surface", "layers") if request.args.get(key)}
    asked = {**_address(table, view), "measure": chosen, **kept}
    return {
        "table": table, "shown_level": view.level.value, "streets": streets, "measure": chosen, "asked": asked, "heads": HEADS,
        "nav_active": "heat", "measures": [(rule.name.value, rule.label) for rule in offered],
        "months": [_month_words(each) for each in table.months], "month_keys": [_month_key(each) for each in table.months],
        "levels": [(each.value, say(label(each))) for each in LEVELS if level_of(each.value, grid, table.street.code) is each],
        "place": table.street, "county": grid.areas.get(grid.county_code), "up": _up(grid, table.street),
        "narrowed": table.narrowed, "narrowings": {
            name: [(value, say(words)) for value, words in choices]
            for name, choices in (("source", sources()), ("at", case_levels()), ("risk", RISKS.items()), ("age", AGES.items()))
        },
        "cases_url": _cases_url(table, view), "inside_url": _inside_url(view),
        "bookmarks": menu_of(
            table.street.label, ALERT_LABEL if chosen == MeasureName.ALERT else MEASURES[MeasureName(chosen)].label,
            HEADS[asked["head"]].short if "head" in asked else None, *table.narrowed.words()),
        "may_brief": holds(actor_in_use(), Permission.BRIEFING_ISSUE),
    }


def _up(grid: Grid, place: AreaCard) -> AreaCard | None:
    """Return the street above a community."""
    return grid.areas.get(place.parent_code or "") if place.level is Level.COMMUNITY else None


_IN_LISTS = {Level.CELL: "cell", Level.COMMUNITY: "community", Level.STREET: "street"}


def _cases_url(table: HeatTable, view: HeatView) -> str:
    # Whoever may not read cases gets no door to them.
    if not table.exact or not holds(actor_in_use(), Permission.CASE_READ):
        return ""
    asked: dict[str, Any] = {"unsettled": "1", **({"head": _head_asked()} if _head_asked() else {}), **table.narrowed.as_query()}
    return f"{url_for('cases.worklist', **asked)}&{_IN_LISTS[view.level]}={{cell}}"


def _inside_url(view: HeatView) -> str:
    """Return the address of the map of what is within a unit; cells have nothing in them."""
    if not view.of_areas:
        return ""
    dropped = ("street", "level", "view", "sort", "down")
    kept: dict[str, Any] = {key: value for key, value in request.args.items() if key not in dropped}
    return f"{url_for('heat.map', **kept)}{'&' if kept else '?'}street={{cell}}"


def _levels_page() -> str:
    with writing() as session:
        grid = grid_of(session, g.now)
        streets = streets_of(grid, actor_in_use())
        place = _street_asked() or (grid.county_code if len(streets) > 1 else None)
        level = level_of(request.args.get("level", Level.STREET.value if place == grid.county_code else ""), grid, place or "")
        found = settled_levels(session, actor_in_use(), grid, g.now, street_code=place, level=level)
        record_heat(session, actor_in_use(), found.table, g.now)
    shared = _shared(found.table, view_of(found.table, grid, found.level), grid, streets)
    return render_template("heat/levels.html", found=found, settled_at=list(SETTLED_AT), areas=grid.areas, **shared)


def _change_page() -> str:
    changes, grid, streets = changes_asked()
    words = change_words(changes, grid)
    table = changes.table
    view = view_of(replace(table, done=None, deeds=()), grid, changes.level)
    shared = _shared(table, view, grid, streets)
    shared["asked"] |= changes.comparison.as_query()
    return render_template(
        "heat/change.html", **shared, **words, map_shell=street_map_shell(bounds_of(grid, table.cells)),
        scripts=CHANGE_MAP_SCRIPTS, drawn=change_json(changes),
        map_words=map_labels(gettext, language_in_use(), of_areas=view.of_areas),
        addresses=addresses(grid, table.street.code, view.level),
        change_url=url_for("heat.change", **{key: value for key, value in shared["asked"].items() if key != "measure"}),
    )


@room.get("/map/change", permission=Permission.HEAT_READ)
def change() -> Response:
    """Answer how the counts of two periods compare, and what stands out."""
    changes, _, _ = changes_asked()
    return Response(json.dumps(change_json(changes), ensure_ascii=False), mimetype="application/json")


def _street_asked() -> str | None:
    return request.args.get("street") or None


def _head_asked() -> str:
    head = request.args.get("head", "")
    return head if head in HEADS else ""


def _month_key(month: int) -> str:
    return f"{month // 100}-{month % 100:02d}"


def _month_words(month: int) -> str:
    return say_month(month // 100, month % 100, language_in_use())


@room.get("/map/counts", permission=Permission.HEAT_READ)
def counts() -> Response:
    """Answer the counts of a place over the months, masked for readers without case access.

    A measure that is made of deeds gets these alone; the numbers of the bar travel by themselves.
    """
    with writing() as session:
        grid = grid_of(session, g.now)
        months = request.args.get("months", "")
        back = min(int(months), 24) if months.isdecimal() else MONTHS
        table = _table_asked(session, back, _measure_asked(), deeds_alone=True)
        record_heat(session, actor_in_use(), table, g.now)
    view = view_of(table, grid, level_of(request.args.get("level", ""), grid, table.street.code))
    mark = outlines_mark(grid, table.street.code, view.level)
    kinds = slice(len(CARRIED), None) if table.deeds else slice(None)
    packed = pack_numbers(mark, view.months, (view.low[:, kinds], view.high[:, kinds]), view.known, view.as_of,
                          exact=view.exact, keys=view.keys[kinds])
    return Response(packed.body, mimetype="application/json")
