"""The base map in force, for whoever looks after the cells: what it is, whether it covers them, and how it looks. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import g, render_template
from flask_babel import gettext

from gridmediate.domain.permissions import Permission
from gridmediate.maps.labels import preview_labels
from gridmediate.maps.shell import PREVIEW_MAP_SCRIPTS, Bounds, street_map_shell
from gridmediate.services.grid import Grid, grid_of
from gridmediate.web.context import app_in_use, reading
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses
from gridmediate.web.rooms import Rooms
from gridmediate.web.tiles import InForce, credit_of, in_force

room = Rooms("basemap", __name__)

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a base map lies to the cells.

    Parameters
    ----------
    cells, outside : int
        All cells, and those that reach beyond the base map.
    """

    cells: int
    outside: int


@room.get("/grid/basemap", permission=Permission.CELL_IMPORT)
def index() -> str:
    """Show which base map is in force, its bounds over the cells, and a preview."""
    with reading() as session:
        grid = grid_of(session, g.now)
    now, settings = in_force(), app_in_use().settings
    bounds = bounds_of(grid)
    return render_template(
        "admin/basemap.html", nav_active="cells", now=now, file=now.slot.file,
        faults=[problem.say(language_in_use()) for problem in now.slot.problems], facts=_facts(now), credit=credit_of(now),
        review_no=settings.map_review_no, folder=settings.basemap_folder, has_key=bool(settings.tile_key),
        coverage=_coverage(grid, now), map=street_map_shell(bounds) if bounds else None, scripts=PREVIEW_MAP_SCRIPTS,
        data=addresses(grid) if bounds else {}, words=preview_labels(gettext, language_in_use()),
    )


def bounds_of(grid: Grid) -> Bounds | None:
    """Return the bounds of all cells, or None before any are there."""
    if not grid.outlines:
        return None
    west, south, east, north = zip(*(outline.bounds for outline in grid.outlines.values()), strict=True)
    return min(west), min(south), max(east), max(north)


def _coverage(grid: Grid, now: InForce) -> Coverage | None:
    """Count the cells beyond a file's bounds. Of an address nothing is known before it is looked at."""
    if now.slot.file is None or not grid.outlines:
        return None
    west, south, east, north = now.slot.file.facts.bounds
    outside = sum(not (west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north)
                  for box in (outline.bounds for outline in grid.outlines.values()))
    return Coverage(len(grid.outlines), outside)


def _facts(now: InForce) -> list[tuple[str, str]]:
    file = now.slot.file
    if file is not None:
        west, south, east, north = file.facts.bounds
        kind = gettext("矢量") if file.facts.is_vector else gettext("图片")
        return [
            (gettext("文件"), f"{file.path.name}, {file.path.stat().st_size / _MIB:.1f} MiB"),
            (gettext("瓦片"), gettext("%(kind)s，%(low)s–%(high)s 级", kind=kind, low=file.facts.least_zoom,
                                      high=file.facts.most_zoom)),
            (gettext("范围"), f"{west:.4f}, {south:.4f} – {east:.4f}, {north:.4f}"),
        ]
    if now.templates:
        hosts = dict.fromkeys(urlsplit(origin).netloc for origin in now.origins)
        return [(gettext("地址"), gettext("、").join(hosts)), (gettext("图层"), str(len(now.templates)))]
    return []
