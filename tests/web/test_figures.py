"""The pages of figures and returns: numbers with their formulas, choices that stay in the address, refusals in words."""

from __future__ import annotations

import pytest

from gridmediate.domain.figures import INDICATORS
from gridmediate.domain.vocabulary import Role
from tests.builders import STREET


def test_every_indicator_is_on_the_page_with_its_formula(client_as) -> None:
    answer = client_as(Role.LEADER).get("/figures?period=2026-10")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for rule in INDICATORS.values():
        assert rule.name.zh in page and rule.over.zh in page and rule.under.zh in page and rule.left_out.zh in page


def test_the_county_reads_bands_and_gets_no_door_to_lists(client_as) -> None:
    client = client_as(Role.COORDINATOR)
    page = client.get("/figures").get_data(as_text=True)
    assert "1–2" in page and "/figures/list" not in page
    assert client.get("/figures/list?indicator=performed").status_code == 403
    assert client.get("/figures?period=2026").status_code == 422


@pytest.mark.parametrize("address", ["/figures?period=2026-13", "/figures?place=370", "/figures?department=nobody"])
def test_what_is_no_choice_is_refused_in_words(client_as, address: str) -> None:
    assert client_as(Role.LEADER).get(address).status_code == 422


def test_a_return_is_exported_and_frozen_from_its_page(client_as) -> None:
    client = client_as(Role.LEADER)
    asked = {"period": "2026-10", "place": STREET, "kind": "political"}
    book = client.post("/figures/returns/export", data=asked)
    assert book.status_code == 200 and book.data[:2] == b"PK"
    assert book.headers["Content-Disposition"] == f"attachment; filename=political-{STREET}-2026-10.xlsx"
    moved = client.post("/figures/returns/freeze", data=asked)
    assert moved.status_code == 303
    page = client.get(moved.headers["Location"]).get_data(as_text=True)
    assert "没有变动" in page
    assert client.post("/figures/returns/freeze", data=asked).status_code == 409
    assert client.post("/figures/returns/correct", data=asked).status_code == 409
    for role in (Role.CADRE, Role.COORDINATOR):
        assert client_as(role).get(moved.headers["Location"]).status_code == 404
    # The county reads what the street issued, whole months only, and takes it along.
    county = client_as(Role.COORDINATOR)
    for place in ("", STREET):
        page = county.get(f"/figures/returns?period=2026-10&place={place}").get_data(as_text=True)
        assert "按类别" in page and "导出 Excel" in page and "按网格" not in page
    assert "还没有过完" in county.get("/figures/returns").get_data(as_text=True)
    assert county.get("/figures/returns?period=2026").status_code == 422
    assert county.post("/figures/returns/export", data=asked | {"place": ""}).data[:2] == b"PK"
    for act in ("freeze", "correct"):
        assert county.post(f"/figures/returns/{act}", data=asked).status_code == 403
