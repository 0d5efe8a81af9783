"""The public page of a cell, and its poster with the code that leads there."""

from __future__ import annotations

from typing import Any

import segno
from flask import g, make_response, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from gridmediate.domain.permissions import Permission, holds
from gridmediate.maps.cell_outline import draw_cell
from gridmediate.services import cell_pages
from gridmediate.services.cell_pages import GoneCell, Poster
from gridmediate.services.grid import grid_of
from gridmediate.web.admin_rosters import short_name
from gridmediate.web.context import actor_in_use, app_in_use, reading
from gridmediate.web.paths import resident_links
from gridmediate.web.rooms import Rooms

room = Rooms("cell_pages", __name__)

#: Whoever reads the grid prints its posters: they say what the public page says, and worker and cadre hang them up.
_PRINT = Permission.CELL_READ


@room.public("/c/<cell_code>", methods=["GET"])
def show(cell_code: str) -> Response:
    """Show everybody who a cell is, and who is there for it today."""
    with reading() as session:
        page = cell_pages.cell_page(session, cell_code, g.now, complaint=app_in_use().settings.complaint_phone)
    ways = resident_links(app_in_use(), cell_code)
    if isinstance(page, GoneCell):
        return make_response(render_template("public/cell_gone.html", cell=page, ways=ways), 410)
    drawing = draw_cell(page.outline, [each.outline for each in page.around])
    community = page.poster.community.label
    # Cells of the same community by their short names; those of others have no room for theirs and stand below.
    named = [(place, short) for place, each in zip(drawing.neighbours, page.around, strict=True)
             if place.at and (short := short_name(each.name, community)) != each.name]
    return make_response(render_template(
        "public/cell.html", page=page, poster=page.poster, ways=ways, drawing=drawing, named=named,
        neighbours=[each.name for each in page.around if each.is_beside], short=short_name(page.poster.cell.label, community),
        may_print=g.actor is not None and holds(g.actor, _PRINT),
    ))


@room.get("/cells", permission=_PRINT)
def index() -> str:
    """List the public pages and posters of every cell; the reader's own street first chosen."""
    with reading() as session:
        grid = grid_of(session, g.now)
    own = sorted(actor_in_use().streets | {area.parent_code or "" for code in actor_in_use().communities
                                           if (area := grid.areas.get(code))})
    chosen = request.args.get("street") or (own[0] if own else "")
    known = cell_pages.streets(grid)
    street = next((area for area in known if area.code == chosen), known[0] if known else None)
    groups = cell_pages.places_to_print(grid, street.code) if street else []
    mine = actor_in_use().communities
    groups.sort(key=lambda group: group[0].code not in mine)
    return render_template("cells/index.html", groups=groups, streets=known, street=street, nav_active="posters",
                           short=lambda cell, area: short_name(cell.label, area.label))


@room.get("/cells/<cell_code>/poster", permission=_PRINT)
def poster(cell_code: str) -> str:
    """Show the poster of one cell, to be printed."""
    return _posters(cell_code)


@room.get("/cells/posters", permission=_PRINT)
def posters() -> str:
    """Show the posters of a community or a street, a sheet for each cell."""
    return _posters(request.args.get("place", ""))


def _posters(place: str) -> str:
    with reading() as session:
        found = cell_pages.posters_of(session, place, actor_in_use(), g.now, complaint=app_in_use().settings.complaint_phone)
    return render_template("cells/posters.html", posters=[_sheet(each) for each in found], base=_base(),
                           has_address=bool(app_in_use().settings.public_address))


def _sheet(poster: Poster) -> dict[str, Any]:
    address = _base() + url_for("cell_pages.show", cell_code=poster.cell.code)
    return {"poster": poster, "address": address, "code": _code(address), "ways": resident_links(app_in_use(), poster.cell.code)}


def _base() -> str:
    """Return what printed addresses begin with: the office's own address, or the one in use where none is set."""
    return app_in_use().settings.public_address.rstrip("/") or request.host_url.rstrip("/")


def _code(address: str) -> Markup:
    # A poster hangs in rain and sun: a quarter of the code may be spoilt.
    drawn = segno.make(address, error="q", micro=False).svg_inline(omitsize=True, border=4, svgclass="qr", lineclass="qr-line")
    return Markup(drawn)  # noqa: S704 - drawn from numbers alone; the address is in the pattern, not in the text
