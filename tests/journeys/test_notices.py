"""The bell rings: a cadre accepts, the worker's bell says so, and reading the case makes it quiet again."""

from __future__ import annotations

from collections.abc import Callable

from gridmediate.services import inbox
from tests.journeys.office import Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen


def bell(screen: Screen) -> str:
    """Return the number at the bell that can be seen, "" without one."""
    shown = screen.page.locator("a.bell:visible")
    assert shown.count() == 1
    return str(shown.first.inner_text()).strip()


@seen(("size", "language"), [("phone", "zh"), ("desk", "en")])
def test_accepting_rings_the_workers_bell_until_the_case_is_read(
    office: Office, sit: Callable[..., Screen], size: str, language: str,
) -> None:
    case_no = office.file()
    office.do(inbox.mark_all_read, by="worker")
    worker, cadre = sit("worker", size, language), sit("cadre", "desk", language)
    assert bell(worker.open("/today")) == ""

    cadre.open(f"/cases/{case_no}").press("form[action$='/acts/accept'] button")
    assert bell(worker.open("/today")) == "1"
    assert worker.press("a.bell:visible").count(".notice--unread") == 1
    assert case_no in worker.text(".notice--unread")
    if worker.is_phone:
        assert not worker.small_targets()

    worker.press(".notice--unread .notice-link")
    assert case_no in worker.page.url
    assert bell(worker.open("/notices")) == ""
    assert worker.count(".notice--unread") == 0
