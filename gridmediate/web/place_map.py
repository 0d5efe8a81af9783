"""The map of the filing page: its empty shell, its addresses, its words, and the files it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext

from gridmediate.maps.labels import place_labels
from gridmediate.maps.shell import LEAFLET_SCRIPT, LEAFLET_STYLE, MAP_STYLE, PLACE_MAP_SCRIPTS, MapParts, street_map_shell
from gridmediate.services.grid import Grid
from gridmediate.web.context import app_in_use
from gridmediate.web.language import language_in_use
from gridmediate.web.map_ground import addresses
from gridmediate.web.phone_filing import outlines_address


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """A place map for a page (``static/js/map/README.md``).

    Parameters
    ----------
    parts : MapParts
    data : dict of str to str
        The ``data-`` attributes of its box.
    words : dict
    styles, scripts : tuple of str
        Below ``static/``.
    leaflet : str
        Leaflet itself, which may not be deferred.
    """

    parts: MapParts
    data: dict[str, str]
    words: dict[str, Any]
    styles: tuple[str, ...] = (LEAFLET_STYLE, MAP_STYLE)
    leaflet: str = LEAFLET_SCRIPT
    scripts: tuple[str, ...] = PLACE_MAP_SCRIPTS


def place_map(grid: Grid, focus: list[str]) -> PlaceMap | None:
    """Return the map, or None before any cells are there.

    Parameters
    ----------
    grid : Grid
    focus : list of str
        Codes of the cells to look at first.
    """
    if not grid.outlines:
        return None
    boxes = [outline.bounds for outline in grid.outlines.values()]
    west, south, east, north = zip(*boxes, strict=True)
    bounds = (min(west), min(south), max(east), max(north))
    data = {"locate-url": url_for("filing.locate"), "choice-name": "cell_code", "unsure-value": "unsure",
            "focus-cells": ",".join(focus), "outlines-url": outlines_address(grid),
            "far-m": str(app_in_use().settings.far_position_m)}
    return PlaceMap(street_map_shell(bounds), addresses(grid) | data, place_labels(gettext, language_in_use()))
