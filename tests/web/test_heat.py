"""The addresses that maps ask: the outlines and the counts of a street, or of the county, belong to each other."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from gridmediate.domain.vocabulary import Role
from gridmediate.store.models import GazetteerEntry
from tests.builders import COUNTY, OTHER_STREET, STREET


@pytest.mark.parametrize(("place", "cells"), [(STREET, 3), (COUNTY, 4)])
def test_counts_stand_in_the_order_of_the_outlines(client_as, place: str, cells: int) -> None:
    client = client_as(Role.COORDINATOR)
    outlines = client.get(f"/map/geometry?street={place}")
    counts = client.get(f"/map/counts?street={place}&months=2")
    assert (outlines.status_code, counts.status_code) == (200, 200)
    assert len(outlines.json["cells"]) == cells
    # Borders of streets are drawn where there are several.
    assert [row[0] for row in outlines.json.get("streets", [])] == ([STREET, OTHER_STREET] if place == COUNTY else [])
    assert [{len(signs) for signs in month} for month in counts.json["counts"]] == [{cells}, {cells}]


def test_places_are_sorted_into_layers_and_kept_under_their_number(client_as, app) -> None:
    book = [("第一小学", "小学", ""), ("人民公园", "park", ""), ("老茶馆", "茶馆", ""), ("小区", "小区", "3幢")]
    with app.store.writing() as session:
        for name, kind, building in book:
            session.add(GazetteerEntry(name=name, name_en="", kind=kind, building=building, street_code=STREET, lon=118.75,
                                       lat=36.21, source="t", made_at=datetime(2026, 1, 5, tzinfo=UTC)))
    client = client_as(Role.COORDINATOR)
    places = client.get(f"/map/places?street={STREET}")
    assert [row[0] for row in places.json["places"]] == ["schools", "parks", "others"]  # a building is no place of its own
    page = client.get(f"/map?street={STREET}").text
    address = re.search(r'data-places-url="([^"]+)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert "immutable" in client.get(address).headers["Cache-Control"]


def test_two_months_stand_side_by_side_with_the_month_before_unless_another_is_asked_for(client_as) -> None:
    client = client_as(Role.COORDINATOR)
    page = client.get(f"/map?street={STREET}&view=pair").text
    months = re.findall(r'data-month="([0-9-]+)"', page)
    assert len(months) == 2 and months[1] < months[0]
    asked = client.get(f"/map?street={STREET}&view=pair&month={months[1]}&compare={months[0]}").text
    assert re.findall(r'data-month="([0-9-]+)"', asked) == months[::-1]
