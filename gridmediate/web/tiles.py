"""The base map slot of every map: tiles of a file or of an address of the office's, and what a map's box must know of it."""

from __future__ import annotations

import gzip
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from flask import Response, g, request, url_for
from flask_babel import gettext

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.tile_addresses import filled_in, origins_of
from gridmediate.maps.tileslot import Slot, TileFolder
from gridmediate.settings import Settings
from gridmediate.web.context import app_in_use
from gridmediate.web.rooms import Application, Rooms

room = Rooms("tiles", __name__)

#: The drawing of vector tiles, fetched only where the file holds vectors.
VECTOR_SCRIPT = "vendor/protomaps-leaflet/protomaps-leaflet.js"
_KEY = "gridmediate-tiles"
_YEAR = "private, max-age=31536000, immutable"
_log = logging.getLogger("gridmediate.basemap")


@dataclass(frozen=True, slots=True)
class InForce:
    """The base map that maps show now.

    Parameters
    ----------
    slot : Slot
        What the folder gives; a file goes before an address, since it needs no network.
    templates, origins : tuple of str
        Addresses with the key in them, and where they lie; empty while a file is in force.
    """

    slot: Slot
    templates: tuple[str, ...]
    origins: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return "file", "address", or "" for none."""
        return "file" if self.slot.file else "address" if self.templates else ""


def register(app: Application) -> None:
    """Open the folder, and say in the log what was found there."""
    folder = TileFolder(Path(str(app.settings.basemap_folder)))
    app.extensions[_KEY] = folder
    found = folder.slot()
    for problem in found.problems:
        _log.warning(json.dumps({"basemap": problem.code, "zh": problem.say("zh"), "en": problem.say("en")}, ensure_ascii=False))
    if found.file:
        _log.info(json.dumps({"basemap": found.file.path.name, "zooms": [found.file.facts.least_zoom, found.file.facts.most_zoom],
                              "bounds": found.file.facts.bounds}, ensure_ascii=False))


def in_force() -> InForce:
    """Return the base map that maps show now."""
    settings, folder = app_in_use().settings, app_in_use().extensions[_KEY]
    slot: Slot = folder.slot()
    if slot.file or not settings.tile_addresses:
        return InForce(slot, (), ())
    return InForce(slot, tuple(filled_in(each, settings.tile_key) for each in settings.tile_addresses),
                   origins_of(settings.tile_addresses, settings.tile_subdomains))


def tile_addresses() -> dict[str, str]:
    """Return the ``data-`` attributes of a map's box about tiles, credit and datum, and let the tiles' hosts into this page."""
    settings, now = app_in_use().settings, in_force()
    g.tile_origins = now.origins
    found = {"position-datum": settings.position_datum}
    if settings.map_review_no:
        found["map-review"] = gettext("审图号：%(number)s", number=settings.map_review_no)
    found |= _of_file(now.slot) if now.slot.file else _of_address(now, settings) if now.templates else {}
    if now.kind:
        found["tile-failed"] = gettext("底图没有来，网格照常可用。")
        if credit := credit_of(now):
            found["tile-credit"] = credit
    return found


def credit_of(now: InForce) -> str:
    """Return the source of the base map as it is named on the map: the office's words, or the file's own."""
    return app_in_use().settings.tile_credit or (now.slot.file.facts.credit if now.slot.file else "")


def _of_file(slot: Slot) -> dict[str, str]:
    file = slot.file
    if file is None:
        return {}
    # Built by hand: url_for would want numbers where Leaflet wants its letters.
    address = url_for("tiles.tile", zoom=0, x=0, y=0, v=file.digest).replace("/0/0/0", "/{z}/{x}/{y}")
    facts = file.facts
    found = {"tile-layers": json.dumps([address]), "tile-kind": "vector" if facts.is_vector else "raster",
             "tile-bounds": json.dumps(facts.bounds), "tile-zooms": f"{facts.least_zoom},{facts.most_zoom}"}
    if facts.is_vector:
        found["tile-library"] = url_for("static", filename=VECTOR_SCRIPT)
    return found


def _of_address(now: InForce, settings: Settings) -> dict[str, str]:
    return {"tile-layers": json.dumps(now.templates), "tile-kind": "raster", "tile-zooms": f"1,{settings.tile_most_zoom}",
            "tile-subdomains": settings.tile_subdomains}


@room.get("/map/tiles/<int:zoom>/<int:x>/<int:y>", permission=Permission.CELL_READ)
def tile(zoom: int, x: int, y: int) -> Response:
    """Answer one tile of the file in force: 404 outside its zooms and bounds, 204 where it has none."""
    file = in_force().slot.file
    if file is None:
        raise NotFound
    if not file.covers(zoom, x, y):
        return Response(status=404)
    found = file.tile(zoom, x, y)
    if found is None:
        return _kept(Response(status=204))
    answer = Response(found.body, mimetype=found.mime)
    if found.is_gzip:
        answer.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip"):
            answer.content_encoding = "gzip"
        else:
            answer.set_data(gzip.decompress(found.body))
    answer.set_etag(f"{file.digest}-{zoom}-{x}-{y}", weak=found.is_gzip)
    return _kept(answer).make_conditional(request)  # type: ignore[return-value]


def _kept(answer: Response) -> Response:
    # The digest in the address changes with the file.
    if request.args.get("v"):
        answer.headers["Cache-Control"] = _YEAR
    return answer
