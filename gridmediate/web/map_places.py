"""The named places that leaders may lay over the map: which layers there are, and their marks."""

from __future__ import annotations

import json

from flask import Response, g, request, url_for
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Permission
from gridmediate.domain.place_themes import theme_label
from gridmediate.domain.vocabulary import Level
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.place_marks import PlaceMarks, place_marks
from gridmediate.web.context import reading
from gridmediate.web.heat_shapes import street_of
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("map_places", __name__)

_YEAR = "private, max-age=31536000, immutable"


def _marks(session: Session, grid: Grid, place: str) -> PlaceMarks:
    within = [area.code for area in grid.areas.values() if area.level is Level.STREET] if place == grid.county_code else [street_of(grid, place)]
    return place_marks(session, grid, within)


def layers_of(session: Session, grid: Grid, place: str) -> dict[str, str]:
    """Return the ``data-`` attributes of a map's box that offer its places: their address, and the layers with their words; or none."""
    marks = _marks(session, grid, place)
    if not marks.themes:
        return {}
    themes = [[name, say(theme_label(name))] for name in marks.themes]
    return {"places-url": url_for("map_places.show", street=place, v=marks.digest), "places-themes": json.dumps(themes, ensure_ascii=False)}


@room.get("/map/places", permission=Permission.CELL_READ)
def show() -> Response:
    """Answer the named places of a street or of the county; under its right number it may be kept for ever."""
    with reading() as session:
        marks = _marks(session, grid_of(session, g.now), request.args.get("street", ""))
    answer = Response(marks.body, mimetype="application/json")
    answer.headers["Cache-Control"] = _YEAR if request.args.get("v") == marks.digest else "private, no-cache"
    answer.set_etag(marks.digest)
    return answer
