"""The shell: a map that knows no other host, and no text of anybody."""

from __future__ import annotations

import re
from pathlib import Path

import folium

from gridmediate.maps import shell
from gridmediate.maps.labels import faults_labels, map_labels, place_labels
from gridmediate.resources import static_folder

BOUNDS = (118.74, 36.2, 118.78, 36.22)


def test_the_rendered_map_names_no_other_host_and_no_style_attribute() -> None:
    parts = shell.street_map_shell(BOUNDS)
    text = str(parts.html) + str(parts.script)
    assert not re.search(r"(https?:)?//\w", text)
    assert "<script" not in text and "<link" not in text
    assert "style=" not in parts.html and "onclick" not in text


def test_the_map_is_handed_over_and_zoom_limits_arrive() -> None:
    script = str(shell.street_map_shell(BOUNDS, max_zoom=18).script)
    assert "gridmediateMap" in script and "gridmediate:map" in script
    assert '"maxZoom": 18' in script
    assert '"attributionControl": false' in script and '"zoomControl": false' in script


def test_folium_itself_is_left_as_it_was() -> None:
    before = list(folium.Map.default_js)
    shell.street_map_shell(BOUNDS)
    assert folium.Map.default_js == before != []
    assert shell.LocalMap.default_js == [] == shell.LocalMap.default_css


def test_every_file_of_a_map_page_is_there() -> None:
    files = {shell.LEAFLET_STYLE, shell.LEAFLET_SCRIPT, shell.MAP_STYLE, shell.HEAT_STYLE,
             *shell.GRID_MAP_SCRIPTS, *shell.PLACE_MAP_SCRIPTS, *shell.FAULTS_MAP_SCRIPTS}
    assert [name for name in sorted(files) if not (static_folder() / name).is_file()] == []


def our_scripts() -> list[Path]:
    folder = static_folder() / "js"
    return [*(folder / "map").glob("*.js"), *(folder / name for name in ("gridmap.js", "placemap.js", "faultsmap.js"))]


def test_scripts_say_nothing_of_their_own_and_write_no_markup() -> None:
    for path in our_scripts():
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"[\u4e00-\u9ffe]", code.replace(r"\u3400-\u9fff", "")), path.name
        assert not re.search(r"innerHTML|insertAdjacentHTML|outerHTML|document\.write|\beval\(|new Function", code), path.name


def test_every_word_that_a_script_asks_for_is_given() -> None:
    grid, place, faults = (set(words(str, "zh")["words"]) for words in (map_labels, place_labels, faults_labels))
    given = {"gridmap.js": grid, "kinds.js": grid, "overlay.js": grid, "panel.js": grid, "popup.js": grid, "measures.js": grid,
             "placemap.js": place, "faultsmap.js": faults}
    for path in our_scripts():
        if path.name in given:
            asked = set(re.findall(r"\bwords\.(\w+)\b(?!\()", path.read_text(encoding="utf-8")))
            assert asked <= given[path.name], path.name
    assert {f"ranking_{view}" for view in ("open", "overdue_share", "resolution", "per_1000", "alert")} <= grid


def test_templates_of_words_keep_their_places_in_translation() -> None:
    asked: list[str] = []
    words = map_labels(lambda msgid: asked.append(msgid) or f"<{msgid}>", "en")["words"]  # type: ignore[func-returns-value]
    assert all(text.startswith("<") for text in words.values())
    assert any("%(number)s" in msgid for msgid in asked)
