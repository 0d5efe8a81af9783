"""Named places as marks on the leaders' map: what stands in the book of place names with a point of its own, and no single building."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.place_themes import OTHERS, THEMES, theme_of
from gridmediate.services.grid import Grid, home_of
from gridmediate.store.models import GazetteerEntry


@dataclass(frozen=True, slots=True)
class PlaceMarks:
    """The marks of a place, ready to send.

    Parameters
    ----------
    themes : tuple of str
        The layers of :data:`~gridmediate.domain.place_themes.THEMES` that have any mark, in their order.
    body : bytes
        UTF-8 JSON: ``{"places": [[theme, name, English name, lon, lat], …]}``, degrees in WGS 84 to five places.
    digest : str
        First 12 hexadecimal digits of its SHA-256.
    """

    themes: tuple[str, ...]
    body: bytes
    digest: str


def place_marks(session: Session, grid: Grid, streets: Sequence[str]) -> PlaceMarks:
    """Return the marks of some streets; they are read again only after an import of places or cells."""
    shared: dict[str, Any] = session.info["shared"]
    edition = (home_of(session).gazetteer_edition, grid.edition)
    if shared.get("place-marks", (None,))[0] != edition:
        shared["place-marks"] = (edition, {})
    kept: dict[tuple[str, ...], PlaceMarks] = shared["place-marks"][1]
    key = tuple(sorted(streets))
    if key not in kept:
        kept[key] = _read(session, key)
    return kept[key]


def _read(session: Session, streets: tuple[str, ...]) -> PlaceMarks:
    entry = GazetteerEntry
    rows = session.execute(
        select(entry.kind, entry.name, entry.name_en, entry.lon, entry.lat)
        .where(entry.ended_at.is_(None), entry.street_code.in_(streets), entry.building == "", entry.lon.is_not(None))
        .order_by(entry.id)
    ).all()
    places = [[theme_of(row.kind), row.name, row.name_en or row.name, round(row.lon, 5), round(row.lat, 5)] for row in rows]
    found = {place[0] for place in places}
    body = json.dumps({"places": places}, ensure_ascii=False, separators=(",", ":")).encode()
    return PlaceMarks(tuple(name for name in (*THEMES, OTHERS) if name in found), body, sha256(body).hexdigest()[:12])
