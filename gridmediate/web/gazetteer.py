"""Asking the gazetteer while filing: matches with why, and the whole book of the own street for a phone without signal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, g, jsonify, request, url_for
from sqlalchemy.orm import Session

from gridmediate.domain.gazetteer import Match
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Faults
from gridmediate.domain.vocabulary import Label
from gridmediate.services.gazetteer import WORDS_AT_MOST, find_places, packed_book
from gridmediate.web.context import actor_in_use, reading
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("gazetteer", __name__)

_YEAR = "private, max-age=31536000, immutable"


def match_rows(matches: Iterable[Match]) -> list[dict[str, Any]]:
    """Return matches in the reader's language, as pages and scripts take them.

    Returns
    -------
    list of dict
        ``entry``, ``name``, ``detail``, ``why``, ``exact``, ``cell`` (code, name, community) or None, ``lon`` and ``lat``
        in WGS 84 or None. ``gridmediate.gazetteer.search`` gives the same.
    """
    rows = []
    for each in matches:
        place, cell = each.place, each.place.cell
        rows.append({
            "entry": place.id, "name": say(each.label), "detail": say(cell.name) if cell else "", "why": say(each.why),
            "exact": each.is_exact,
            "cell": {"code": cell.code, "name": say(cell.name), "community": say(cell.community)} if cell else None,
            "lon": place.lon if each.is_whole else None, "lat": place.lat if each.is_whole else None,
        })
    return rows


def book_url(session: Session) -> str:
    """Return the address of the book of the reader's streets; it changes with what stands in the book."""
    return url_for("gazetteer.book", v=packed_book(session, actor_in_use(), g.now).digest)


@room.post("/file/places", permission=Permission.CASE_FILE)
def find() -> Response:
    """Answer what the book says for words. Posted, so that an address stands in no address; nothing is written."""
    form = Form(request.form)
    words = form.text("q", Label("地址", "Address"), limit=WORDS_AT_MOST, required=False)
    lon = form.number("lon", Label("经度", "Longitude"), least=-180, most=180, required=False)
    lat = form.number("lat", Label("纬度", "Latitude"), least=-90, most=90, required=False)
    if form.problems:
        raise Faults(form.problems)
    with reading() as session:
        near = (lon, lat) if lon is not None and lat is not None else None
        return jsonify({"matches": match_rows(find_places(session, words, actor_in_use(), g.now, near=near))})


@room.get("/field/places", permission=Permission.CASE_FILE)
def book() -> Response:
    """Answer the book of the reader's streets; under its right number it may be kept for ever. No person is in it."""
    with reading() as session:
        packed = packed_book(session, actor_in_use(), g.now)
    answer = Response(packed.body, mimetype="application/json")
    is_asked = request.args.get("v") == packed.digest
    answer.headers["Cache-Control"] = _YEAR if is_asked else "private, no-cache"
    answer.set_etag(packed.digest)
    return answer
