"""The addresses that maps ask: the outlines and the counts of a street, or of the county, belong to each other."""

from __future__ import annotations

import pytest

from gridmediate.domain.vocabulary import Role
from tests.builders import COUNTY, STREET


@pytest.mark.parametrize(("place", "cells"), [(STREET, 3), (COUNTY, 4)])
def test_counts_stand_in_the_order_of_the_outlines(client_as, place: str, cells: int) -> None:
    client = client_as(Role.COORDINATOR)
    outlines = client.get(f"/map/geometry?street={place}")
    counts = client.get(f"/map/counts?street={place}&months=2")
    assert (outlines.status_code, counts.status_code) == (200, 200)
    assert len(outlines.json["cells"]) == cells
    assert [{len(signs) for signs in month} for month in counts.json["counts"]] == [{cells}, {cells}]
