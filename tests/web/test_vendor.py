"""What comes from other people's packages is listed, unchanged and calls nobody; templates hold no inline style or script."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from tests.rig.walk import walked

STATIC = Path(__file__).resolve().parents[2] / "static"
VENDOR = STATIC / "vendor"
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text(encoding="utf-8"))
LISTED = {entry["file"]: entry for entry in MANIFEST["files"]}
TEMPLATES = sorted((STATIC.parent / "templates").rglob("*.html"))
OWN_STYLES = sorted((STATIC / "css").glob("*.css"))


def test_every_vendored_file_is_listed_and_every_listed_file_is_there() -> None:
    on_disk = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert on_disk - {"MANIFEST.json"} == set(LISTED)


@walked("name", sorted(LISTED))
def test_a_vendored_file_is_the_one_that_was_checked_in(name: str) -> None:
    entry = LISTED[name]
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["package"] and entry["version"] and entry["licence"]


def test_every_package_brings_its_licence() -> None:
    packages = {entry["package"] for entry in (*MANIFEST["files"], *MANIFEST["derived"])}
    with_licence = {entry["package"] for entry in MANIFEST["files"] if entry["file"].endswith("LICENSE")}
    assert packages == with_licence


@walked("sheet", sorted(VENDOR.rglob("*.css")) + OWN_STYLES, ids=lambda path: path.name)
def test_no_stylesheet_fetches_from_another_host(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    addresses = re.findall(r"url\(\s*['\"]?([^'\")]{0,80})", text)
    assert not [address for address in addresses if re.match(r"(https?:)?//", address)]
    assert "@import" not in text


@walked("sheet", sorted(VENDOR.rglob("*.css")), ids=lambda path: path.name)
def test_every_picture_a_vendored_stylesheet_names_is_there(sheet: Path) -> None:
    named = re.findall(r"url\(['\"]?((?!data:|#)[^'\")]+)", sheet.read_text(encoding="utf-8"))
    assert not [name for name in named if not (sheet.parent / name).is_file()]


@walked("file", sorted(name for name in LISTED if name.endswith((".js", ".css"))))
def test_no_vendored_file_points_to_a_source_map(file: str) -> None:
    assert "sourceMappingURL" not in (VENDOR / file).read_text(encoding="utf-8")


def _sprite_ids() -> list[str]:
    return re.findall(r'<symbol id="([^"]+)"', (STATIC / "img" / "icons.svg").read_text(encoding="utf-8"))


def test_the_sprite_holds_each_icon_once() -> None:
    ids = _sprite_ids()
    assert len(ids) == len(set(ids))
    (sprite,) = MANIFEST["derived"]
    assert set(sprite["icons"]) <= set(ids)


@walked("page", TEMPLATES, ids=lambda path: path.name)
def test_every_icon_a_template_names_is_in_the_sprite(page: Path) -> None:
    named = set(re.findall(r"\bicon\('([a-z0-9-]+)'", page.read_text(encoding="utf-8")))
    assert named - {"st-", "al-"} <= set(_sprite_ids())
