"""A map as one file: folium's shell, Leaflet, our style and script and the figures, all inside, for a machine without a network.

No name goes through folium. The table is escaped by Jinja, the outlines travel as numbers, and the script puts words in as text;
besides, the file's own policy lets no other script run and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from jinja2 import Environment
from markupsafe import Markup
from shapely.geometry.base import BaseGeometry

from gridmediate.geo.measure import for_display
from gridmediate.maps.deltas import encode
from gridmediate.maps.frame import SCALE
from gridmediate.maps.shell import street_map_shell

#: Metres by which a border may move when drawn; of many cells more, so that the file stays small.
_FINE_M, _COARSE_M, _MANY = 1.0, 4.0, 500

_PAGE = Environment(autoescape=True, trim_blocks=True).from_string("""<!doctype html>
<html lang="{{ page.language }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{ page.title }}</title>
{% for style in styles %}<style>{{ style }}</style>
{% endfor %}
</head>
<body>
<header><h1>{{ page.title }}</h1><p>{{ page.subtitle }}</p></header>
<main>
<div class="sf-map" data-words="{{ page.map_words }}">{{ shell.html }}</div>
<section class="sf-legend"><h2>{{ page.legend_title }}</h2><ul>{% for key in page.legend %}
<li><svg viewBox="0 0 28 18" aria-hidden="true">
<rect x=".5" y=".5" width="27" height="17" fill="{{ key.fill or page.hatch[0] }}"></rect>
{% if not key.fill %}<path d="M-2 20 18 -2M8 20 28 -2M18 20 38 -2" stroke="{{ page.hatch[1] }}"></path>{% endif %}
</svg>{{ key.words }} <span>{{ key.count }}</span></li>{% endfor %}
</ul></section>
<div class="sf-table"><table><thead><tr>{% for words in page.columns %}<th scope="col">{{ words }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in page.rows %}
<tr><th scope="row">{{ row[0] }}</th>{% for value in row[1:] %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}
</tbody>{% if page.total %}
<tfoot><tr><th scope="row">{{ page.total[0] }}</th>{% for value in page.total[1:] %}<td>{{ value }}</td>{% endfor %}</tr></tfoot>
{% endif %}</table></div>
</main>
<footer><dl>{% for name, words in page.notes %}<dt>{{ name }}</dt><dd>{{ words }}</dd>{% endfor %}</dl></footer>
<script type="application/json" id="sf-shapes">{{ shapes }}</script>
{% for script in scripts %}<script>{{ script }}</script>
{% endfor %}
</body></html>
""")


@dataclass(frozen=True, slots=True)
class FileKey:
    """A class of the legend: fill (None: hatched), words, how many."""

    fill: str | None
    words: str
    count: str


@dataclass(frozen=True, slots=True)
class FilePage:
    """What the file says, all of it plain text; rows in the order of the outlines.

    Parameters
    ----------
    language, title, subtitle, legend_title : str
    legend : sequence of FileKey
    columns : sequence of str
    rows : sequence of sequences of str
        The first value is the name.
    total : sequence of str
        Empty for none.
    notes : sequence of (str, str)
        At the foot: what must be known, and who took the file.
    hatch : (str, str)
        Ground and lines of what has no number.
    map_words : str
        What the map is called to whoever does not see it.
    zoom_words : (str, str)
        Of the buttons.
    """

    language: str
    title: str
    subtitle: str
    legend_title: str
    legend: Sequence[FileKey]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    notes: Sequence[tuple[str, str]]
    hatch: tuple[str, str]
    map_words: str
    zoom_words: tuple[str, str]


@dataclass(frozen=True, slots=True)
class FileShapes:
    """What the file draws.

    Parameters
    ----------
    cells : sequence of shapely geometry
        EPSG:4326.
    fills : sequence of (str or None)
    labels : sequence of str
        Short, into each cell where there is room.
    areas : sequence of (str, shapely geometry)
        What has a heavier border and a name.
    """

    cells: Sequence[BaseGeometry]
    fills: Sequence[str | None]
    labels: Sequence[str]
    areas: Sequence[tuple[str, BaseGeometry]]


def single_file(page: FilePage, shapes: FileShapes, styles: Sequence[str], scripts: Sequence[str]) -> bytes:
    """Return the file, UTF-8 HTML.

    Parameters
    ----------
    styles, scripts : sequence of str
        Texts of our own files: Leaflet's and those of this page. The first script is Leaflet, which the shell needs.
    """
    west, south, east, north = shapely.total_bounds(list(shapes.cells)).tolist()
    shell = street_map_shell((west, south, east, north), prefer_canvas=len(shapes.cells) > _MANY)
    styles = [_without_addresses(style) for style in styles]
    scripts = [scripts[0], str(shell.script), *scripts[1:]]
    html = _PAGE.render(
        page=page, shell=shell, styles=[Markup(style) for style in styles], policy=_policy(styles, scripts),  # noqa: S704 - our files
        scripts=[Markup(script) for script in scripts], shapes=Markup(_as_json(page, shapes)))  # noqa: S704 - our files; escaped
    return html.encode()


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return a policy under which the file's own scripts run, no other, and nothing is fetched from anywhere."""
    kinds = {"script-src": scripts, "style-src": styles}
    named = [f"{kind} {' '.join(_hash(text) for text in texts)}" for kind, texts in kinds.items()]
    return "; ".join(["default-src 'none'", *named, "img-src data:", "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _without_addresses(style: str) -> str:
    """Take the pictures out of a style sheet: those of controls that are not there."""
    return re.sub(r"[\w-]+\s*:\s*url\([^)]*\)[^;}]*;?", "", style)


def _as_json(page: FilePage, shapes: FileShapes) -> str:
    cells = for_display(list(shapes.cells), _COARSE_M if len(shapes.cells) > _MANY else _FINE_M)
    areas = for_display([outline for _, outline in shapes.areas], _FINE_M)
    west, south, *_ = shapely.total_bounds(cells).tolist()
    origin = (round(west, 6), round(south, 6))
    content = {
        "origin": origin, "scale": SCALE, "bounds": shapely.total_bounds(cells).tolist(), "hatch": page.hatch,
        "zoom": page.zoom_words, "fills": shapes.fills, "labels": shapes.labels,
        "cells": [_rings(each, origin) for each in cells],
        "areas": [[name, _rings(each, origin), _middle(each)]
                  for (name, _), each in zip(shapes.areas, areas, strict=True)],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # Inside a script element only "<" could end it.
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _rings(shape: BaseGeometry, origin: tuple[float, float]) -> list[list[list[int]]]:
    return [[encode(ring.coords, origin, SCALE, closed=True) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon" and not part.is_empty]


def _middle(shape: BaseGeometry) -> list[float]:
    lon, lat = shapely.point_on_surface(shape).coords[0]
    return [round(lat, 6), round(lon, 6)]
