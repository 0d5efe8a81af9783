"""Folium as the shell of a map: an empty, local Leaflet map whose parts are put into our own page.

Folium gives the map's element and its start script; what is drawn comes by address and is drawn by ``static/js/gridmap.js``.
No case, no count and no name passes through folium: its popups and tooltips write HTML unescaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from branca.element import MacroElement
from jinja2 import Template
from markupsafe import Markup

from gridmediate.maps.lean_folium import folium

#: Files of a page with a map, below ``static/``, in the order in which they are needed. Leaflet is not deferred, since the start
#: script needs it; the others are. How a page is built: ``static/js/map/README.md``.
LEAFLET_STYLE = "vendor/leaflet/leaflet.css"
LEAFLET_SCRIPT = "vendor/leaflet/leaflet.js"
MAP_STYLE = "css/gridmap.css"
HEAT_STYLE = "css/heatmap.css"
_GRID_MAP_PARTS = ("geometry", "basemap", "tiles", "cells", "measures", "labels", "panel", "popup", "overlay", "picking",
                   "printing", "address", "smoothing", "surface", "layers", "tools", "pair", "kinds")
GRID_MAP_SCRIPTS = (*(f"js/map/{part}.js" for part in _GRID_MAP_PARTS), "js/gridmap.js")
CHANGE_MAP_SCRIPTS = (*GRID_MAP_SCRIPTS[:-1], "js/map/change.js", GRID_MAP_SCRIPTS[-1])
PLACE_MAP_SCRIPTS = ("js/map/geometry.js", "js/map/basemap.js", "js/map/tiles.js", "js/map/datum.js", "js/map/labels.js",
                     "js/map/placedraw.js", "js/map/pin.js", "js/field/locate.js", "js/field/gazetteer.js",
                     "js/field/placesearch.js", "js/placemap.js")
FAULTS_MAP_SCRIPTS = ("js/map/geometry.js", "js/map/basemap.js", "js/map/tiles.js", "js/map/labels.js", "js/faultsmap.js")
PREVIEW_MAP_SCRIPTS = ("js/map/geometry.js", "js/map/basemap.js", "js/map/tiles.js", "js/map/labels.js", "js/gridpreview.js")
PHONE_MAP_SCRIPTS = ("js/map/datum.js", *PREVIEW_MAP_SCRIPTS, "js/phoneposition.js")

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MapParts:
    """The two parts of a map for our own page.

    Parameters
    ----------
    html : Markup
        The map's element, class ``folium-map``; its height comes from ``gridmap.css``.
    script : Markup
        The start script, for a ``<script nonce>`` after Leaflet; it holds static options and no text of anybody.
    """

    html: Markup
    script: Markup


class _Handover(MacroElement):
    """Give the Leaflet map to the page's own script: as a property of its element, and by an event."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "(function (element) { element.gridmediateMap = {{ this._parent.get_name() }};"
        " element.dispatchEvent(new CustomEvent('gridmediate:map', { bubbles: true })); })"
        "(document.getElementById({{ this._parent.get_name()|tojson }}));"
        "{% endmacro %}"
    )


class LocalMap(folium.Map):
    """A folium map that asks no other host for anything.

    Notes
    -----
    The class attributes are set here once and never changed: ``add_js_link`` would change them for every later map of the
    process. The lists are empty because the page itself brings Leaflet.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own shape
    default_css: list[tuple[str, str]] = []  # noqa: RUF012 - folium's own shape


def street_map_shell(bounds: Bounds, *, min_zoom: int = 3, max_zoom: int = 19, **options: Any) -> MapParts:
    """Return the empty map of a place.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Degrees, EPSG:4326.
    min_zoom, max_zoom : int
    **options
        Further Leaflet map options, in folium's spelling.
    """
    west, south, east, north = bounds
    # Without a tile layer folium drops min_zoom and max_zoom, hence Leaflet's own spelling.
    settings: dict[str, Any] = {
        "zoom_snap": 0.02, "zoom_delta": 0.5, "wheel_px_per_zoom_level": 90, "keyboard": False,
        "minZoom": min_zoom, "maxZoom": max_zoom,
    }
    street = LocalMap(location=[(south + north) / 2, (west + east) / 2], zoom_start=14, tiles=None, zoom_control=False,
                      attribution_control=False, **settings | options)
    street.add_child(_Handover())
    root: Any = street.get_root()
    for child in root._children.values():
        child.render()
    return MapParts(Markup(root.html.render()), Markup(root.script.render()))  # noqa: S704 - static options only, see the module
