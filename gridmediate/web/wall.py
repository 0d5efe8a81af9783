"""The wall: a page for the room, opened by a signed-in leader or by an address of its own, and the small refreshing answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext

from gridmediate.domain.indicators import MEASURES, MeasureName
from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.problems import NotFound
from gridmediate.maps.frame import pack_numbers
from gridmediate.maps.labels import map_labels
from gridmediate.maps.shell import GRID_MAP_SCRIPTS, street_map_shell
from gridmediate.services import wall_links
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.heat import masked
from gridmediate.services.wall import MONTHS, Wall, read_wall, record_wall
from gridmediate.web import map_ground
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.wall_words import ROWS, page_words, view_of

room = Rooms("wall", __name__)

REFRESH_SECONDS = 60
#: How long one view stands when a wall goes round; what the address asks for is kept within the last two.
_SECONDS, _LEAST_SECONDS, _MOST_SECONDS = 20, 8, 600
#: What an address may call a view, besides its own name.
_VIEWS = {name.value: name for name in MeasureName} | {"share": MeasureName.OVERDUE_SHARE, "rate": MeasureName.RESOLUTION}
_SHARES = (MeasureName.OVERDUE_SHARE, MeasureName.RESOLUTION)
_THEMES = ("dark", "light")


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a wall's page gets its parts from, until when, and whether a secret address opened it."""

    numbers: str
    addresses: dict[str, str]
    ends_at: datetime
    by_link: bool


@room.get("/wall", permission=Permission.HEAT_READ)
def show() -> str:
    """Show the wall to whoever may see the counts, masked as that reader."""
    street = request.args.get("street") or None
    with writing() as session:
        wall, grid = read_wall(session, actor_in_use(), g.now, street_code=street), grid_of(session, g.now)
        record_wall(session, actor_in_use(), wall, g.now)
    place = wall.table.street.code
    return _page(wall, grid, _Source(url_for("wall.numbers", street=place, lang=request.args.get("lang")),
                                     map_ground.addresses(grid, place), g.signed.sign_in.expires_at, by_link=False))


@room.get("/wall/numbers", permission=Permission.HEAT_READ)
def numbers() -> Response:
    """Answer what changed on the wall: 304 without a body when nothing did."""
    with reading() as session:
        wall = read_wall(session, actor_in_use(), g.now, street_code=request.args.get("street") or None)
        grid = grid_of(session, g.now)
    _note_hourly(wall)
    return _numbers(wall, grid)


def _note_hourly(wall: Wall) -> None:
    # A wall asks 1,440 times a day; its page is recorded when it opens, and then each hour that it goes on.
    kept: dict[tuple[Any, str], datetime] = app_in_use().extensions.setdefault("gridmediate-walls", {})
    key, hour = (actor_in_use().account_id, wall.table.street.code), g.now.replace(minute=0, second=0, microsecond=0)
    if kept.get(key) == hour:
        return
    with writing() as session:
        record_wall(session, actor_in_use(), wall, g.now)
    kept[key] = hour


# -- opened by an address of its own -----------------------------------------------------------------------------------


@room.impersonal("/wall/w/<token>", methods=["GET"])
def by_link(token: str) -> str:
    """Show the wall that an address opens: masked, and nothing else."""
    opened, wall, grid = _opened(token)
    addresses = {"geometry-url": url_for("wall.outlines_by_link", token=token, v=grid.edition)}
    if ground := map_ground.ground_of(opened.street_code):
        addresses["basemap-url"] = url_for("wall.ground_by_link", token=token, v=ground[0])
    return _page(wall, grid, _Source(url_for("wall.numbers_by_link", token=token, lang=request.args.get("lang")), addresses,
                                     opened.ends_at, by_link=True))


@room.impersonal("/wall/w/<token>/numbers", methods=["GET"])
def numbers_by_link(token: str) -> Response:
    """Answer what changed on the wall that an address opens."""
    _, wall, grid = _opened(token)
    return _numbers(wall, grid)


@room.impersonal("/wall/w/<token>/outlines", methods=["GET"])
def outlines_by_link(token: str) -> Response:
    """Answer the outlines of the cells on the wall that an address opens."""
    with reading() as session:
        opened = wall_links.open_wall(session, token, g.now)
        return map_ground.outlines_of(grid_of(session, g.now), opened.street_code)


@room.impersonal("/wall/w/<token>/ground", methods=["GET"])
def ground_by_link(token: str) -> Response:
    """Answer the drawn base map of the wall that an address opens."""
    with reading() as session:
        opened = wall_links.open_wall(session, token, g.now)
    ground = map_ground.ground_of(opened.street_code)
    if ground is None:
        raise NotFound
    answer = Response(ground[1].read_bytes(), mimetype="application/json")
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def _opened(token: str) -> tuple[wall_links.OpenWall, Wall, Grid]:
    with reading() as session:
        opened = wall_links.open_wall(session, token, g.now)
        wall = read_wall(session, opened.maker, g.now, street_code=opened.street_code, masked=True)
        grid = grid_of(session, g.now)
    if opened.is_to_be_noted:
        with writing() as session:
            wall_links.note_read(session, token, g.now)
    return opened, wall, grid


# -- what both answer --------------------------------------------------------------------------------------------------


def _numbers(wall: Wall, grid: Grid) -> Response:
    table = wall.table
    spans = (table.numbers, table.numbers) if table.exact else masked(table.numbers)
    packed = pack_numbers(map_ground.outlines_mark(grid, table.street.code), table.months, spans, table.known, table.as_of,
                          exact=table.exact)
    body = json.loads(packed.body) | view_of(wall)
    # The moment by itself is no change: it is left out of the tag, and travels in a header too, without a body.
    as_of = body.pop("as_of")
    tag = sha256(_said(body).encode()).hexdigest()[:24]
    answer = Response(_said(body | {"as_of": as_of}), mimetype="application/json")
    answer.set_etag(tag, weak=True)
    answer.headers["X-As-Of"] = as_of
    return answer.make_conditional(request)  # type: ignore[return-value]


def _said(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _page(wall: Wall, grid: Grid, source: _Source) -> str:
    views = _views_asked(exact=wall.table.exact)
    theme = request.args.get("theme")
    return render_template(
        "wall/wall.html", map_shell=street_map_shell(map_ground.bounds_of(grid, wall.table.cells)),
        scripts=(*GRID_MAP_SCRIPTS, "js/wall.js"), words=map_labels(gettext, language_in_use()), source=source, wall=wall,
        view=view_of(wall), rows=ROWS, months=MONTHS, views=[(each.value, _view_label(each)) for each in views],
        measure=views[0].value, seconds=_seconds_asked(), refresh_seconds=REFRESH_SECONDS,
        theme=theme if theme in _THEMES else _THEMES[0], says=page_words(source.ends_at, by_link=source.by_link),
        addresses_url=_addresses_url(),
    )


def _addresses_url() -> str:
    """Return where an address without a sign-in is made, for whoever may make one."""
    return url_for("wall_links.index") if g.actor is not None and holds(g.actor, Permission.WALL_SHARE) else ""


def _views_asked(*, exact: bool) -> list[MeasureName]:
    asked = request.args.get("views", "").split(",")
    # Of masked counts no share is told, so such a map would be hatched all over.
    found = dict.fromkeys(_VIEWS[each] for each in asked if each in _VIEWS and (exact or _VIEWS[each] not in _SHARES))
    return list(found) or [MeasureName.OPEN]


def _view_label(view: MeasureName) -> Any:
    from_table = MEASURES.get(view)
    return from_table.label if from_table else gettext("红黄蓝")


def _seconds_asked() -> int:
    asked = request.args.get("seconds", "")
    return max(_LEAST_SECONDS, min(int(asked), _MOST_SECONDS)) if asked.isdecimal() and len(asked) < 5 else _SECONDS
