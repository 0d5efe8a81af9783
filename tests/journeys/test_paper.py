"""What comes out of the printer: the case, the leaders' map and its table, whole and without what only a screen is for."""

from __future__ import annotations

from collections.abc import Callable

from gridmediate.domain.workflow import Act
from tests.journeys.office import Office
from tests.journeys.screen import Screen

Sit = Callable[..., Screen]
#: What is drawn wider than the sheet, measured as printed.
_CUT = """(sheet) => Array.from(document.querySelectorAll('main *')).filter((each) => each.offsetParent !== null
  && !each.closest('.map-box') && each.getBoundingClientRect().right > sheet + 1).map((each) => each.outerHTML.slice(0, 90))"""
_SHEET = 688  # A4 within margins of 14 mm, in CSS pixels


def on_paper(screen: Screen) -> bytes:
    """Print the page; what is seen of it then is what a sheet would show."""
    page = screen.page
    pages: bytes = page.pdf(format="A4", prefer_css_page_size=True)
    page.set_viewport_size({"width": _SHEET, "height": 970})
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    assert not page.locator(".rail").is_visible() and not page.locator(".topbar").is_visible()
    assert page.evaluate(_CUT, _SHEET) == []
    return pages


def sheets(paper: bytes) -> int:
    """Return of how many sheets a PDF is."""
    return paper.count(b"/Type /Page\n")


def test_a_case_on_paper_tells_its_life_and_offers_no_buttons(office: Office, sit: Sit) -> None:
    case_no = office.file(facts="楼上漏水，泡了书架")
    office.act(case_no, Act.ACCEPT)
    office.act(case_no, Act.NOTE_SESSION)
    cadre = sit("cadre", "paper").open(f"/cases/{case_no}")
    assert 1 <= sheets(on_paper(cadre)) <= 2
    assert "双方到场" in cadre.text("#timeline")
    assert not cadre.page.locator("#acts").is_visible() and not cadre.page.locator(".note-form").is_visible()


def test_the_map_and_its_table_on_paper_have_their_name_and_every_column(sit: Sit) -> None:
    leader = sit("leader", "paper").open("/map")
    leader.page.locator("[data-gm-ready]").wait_for()
    assert sheets(on_paper(leader)) == 1
    assert leader.page.locator("[data-gm-legend]").is_visible()
    table = sit("leader", "paper").open("/map?view=table")
    assert 2 <= sheets(on_paper(table)) <= 4
    assert table.page.locator("thead th").last.is_visible()
