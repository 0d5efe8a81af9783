"""The leader's page for the phone: the map, four numbers, what needs me today, then where disputes gather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext

from gridmediate.domain.indicators import read_counts, street_total
from gridmediate.domain.permissions import Permission
from gridmediate.maps.labels import map_labels
from gridmediate.maps.shell import GRID_MAP_SCRIPTS, street_map_shell
from gridmediate.services.grid import grid_of
from gridmediate.services.heat import heat_table, record_heat
from gridmediate.services.street_day import Need, NeedKind, street_needs
from gridmediate.web import map_ground
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import due_words

room = Rooms("street", __name__)

#: Lines that are open at once; the rest is a tap away, so that the ranking is not pushed off the phone.
SHOWN = 8


@room.get("/street", permission=Permission.CASE_APPROVE)
def show() -> str:
    """Show a leader the street as a phone takes it."""
    with writing() as session:
        grid = grid_of(session, g.now)
        table = heat_table(session, actor_in_use(), g.now, street_code=request.args.get("street") or None, months=1)
        record_heat(session, actor_in_use(), table, g.now)
        needs = street_needs(session, actor_in_use(), g.now)
    g.nav_counts = {"street": len(needs)}
    place = table.street.code
    total = street_total([None if each is None else read_counts(each, exact=table.exact) for each in table.counts[-1]])
    return render_template(
        "street/today.html", table=table, total=total, shown=SHOWN,
        needs=[_Line(each, _address(each), _due(each)) for each in needs],
        map_shell=street_map_shell(map_ground.bounds_of(grid, table.cells)), scripts=GRID_MAP_SCRIPTS,
        words=map_labels(gettext, language_in_use()), addresses=map_ground.addresses(grid, place),
        counts_url=url_for("heat.counts", street=place, months=1), nav_active="street",
        cases_url=f"{url_for('cases.worklist')}?unsettled=1&cell={{cell}}",
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the list: what it is, where it is acted on, and when it is due in words."""

    need: Need
    href: str
    due: str


def _due(need: Need) -> str:
    return due_words(need.due_at, g.now) if need.due_at else ""


def _address(need: Need) -> str:
    """Return where the leader acts on it: one tap away."""
    match need.kind:
        case NeedKind.RULING:
            return url_for("tasks.ask", task_id=need.about_id, act="rule")
        case NeedKind.CHALLENGE:
            return url_for("rights.ruling", case_no=need.case_no, challenge_id=need.about_id)
        case NeedKind.CALL:
            return url_for("calls.close", case_no=need.case_no, call_id=need.about_id)
    anchors: dict[NeedKind, Any] = {NeedKind.RAISED: "acts", NeedKind.EXTENSION: "acts"}
    return url_for("cases.show", case_no=need.case_no, _anchor=anchors.get(need.kind))
