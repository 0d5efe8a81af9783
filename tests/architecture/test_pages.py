"""Pages call no other host and carry no script or style of their own; the content security policy would refuse both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source_tree import ROOT
from tests.rig.walk import walked

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
_ADDRESS = re.compile(r"""(?<![\w:])(?:https?:)?//(?P<host>[\w-]+(?:\.[\w-]+)+)""")
#: Names of formats and not places: a browser never goes there.
NAMESPACES = {"www.w3.org"}
#: What pages may carry besides text. Scripts that are not scripts hold values for ours: the policy does not run them.
_SCRIPT_OF_ITS_OWN = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*\btype=[\"']application/(?:ld\+)?json[\"'])[^>]*>", re.I)
#: The one exception: the start script of an empty map, static options without anybody's text, under the answer's nonce.
_MAP_SHELL = re.compile(r'<script nonce="\{\{ csp_nonce \}\}">\{\{ [a-z_.]+\.script \}\}</script>')
_STYLE_OF_ITS_OWN = re.compile(r"<style\b|\sstyle\s*=\s*[\"'{]", re.I)
_HANDLER = re.compile(r"<[a-z][^<>]*\son[a-z]+\s*=", re.I)
_SCRIPT_ADDRESS = re.compile(r"javascript:", re.I)


def _files(folder: Path, *suffixes: str) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and STATIC / "vendor" not in path.parents:
            yield path


def _without_comments(text: str) -> str:
    blank = lambda found: "\n" * found.group().count("\n")  # noqa: E731 - keeps the line numbers
    return re.sub(r"\{#.*?#\}", blank, text, flags=re.S)


def _places(path: Path, pattern: re.Pattern[str]) -> Iterator[str]:
    text = _MAP_SHELL.sub("", _without_comments(path.read_text(encoding="utf-8")))
    for found in pattern.finditer(text):
        yield f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1} {found.group().strip()[:80]}"


def test_no_page_style_or_script_calls_another_host() -> None:
    files = [
        *_files(TEMPLATES, ".html", ".txt", ".xml", ".js"),
        *_files(STATIC, ".css", ".js", ".svg", ".html", ".json", ".webmanifest"),
    ]
    calls = [place for path in files for place in _places(path, _ADDRESS) if not any(name in place for name in NAMESPACES)]
    assert not calls, "\n".join(calls)


@walked(
    "forbidden", [_SCRIPT_OF_ITS_OWN, _STYLE_OF_ITS_OWN, _HANDLER, _SCRIPT_ADDRESS], ids=["script", "style", "handler", "address"]
)
def test_templates_carry_no_script_or_style(forbidden: re.Pattern[str]) -> None:
    found = [place for path in _files(TEMPLATES, ".html") for place in _places(path, forbidden)]
    assert not found, "\n".join(found)


def test_templates_switch_no_escaping_off() -> None:
    found = [
        place for path in _files(TEMPLATES, ".html") for place in _places(path, re.compile(r"autoescape\s+false|\|\s*safe\b"))
    ]
    assert not found, "\n".join(found)


@walked(
    ("pattern", "text", "caught"),
    [
        (_SCRIPT_OF_ITS_OWN, "<script>go()</script>", True),
        (_SCRIPT_OF_ITS_OWN, '<script src="a.js" defer></script>', False),
        (_SCRIPT_OF_ITS_OWN, '<script type="application/json">{}</script>', False),
        (_STYLE_OF_ITS_OWN, '<p style="color:red">', True),
        (_STYLE_OF_ITS_OWN, "<p class=style>", False),
        (_HANDLER, '<a href="#" onclick="go()">', True),
        (_HANDLER, '<p data-once="x">', False),
        (_ADDRESS, '<img src="//host.example/a.png">', True),
        (_ADDRESS, '<a href="https://host.example">', True),
        (_ADDRESS, "// a remark", False),
    ],
)
def test_the_patterns_catch_what_they_should(pattern: re.Pattern[str], text: str, caught: bool) -> None:
    assert bool(pattern.search(text)) is caught
