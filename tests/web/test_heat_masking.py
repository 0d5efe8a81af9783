"""Whoever may not read cases sees nothing that tells a count of one from a count of two.

The attack: two streets that differ in small counts alone, every page and every address of such a reader fetched of both, and held
side by side. What is the same for all streets that look alike can tell no solver which of them it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from gridmediate.domain.comparing import Counted, Null, Stretch, Versus
from gridmediate.domain.deeds import DEEDS
from gridmediate.domain.indicators import CARRIED
from gridmediate.domain.measures import MEASURES, WINDOW
from gridmediate.domain.vocabulary import Role
from gridmediate.services import comparing, downloads, heat
from gridmediate.statistics import inference
from tests.builders import COMMUNITY, COUNTY, STREET
from tests.rig.taken import gpkg_rows, xlsx_rows

_MONTHS = 12
_PAGES = [
    *(f"/map/counts?street={place}&level={level}&measure={measure}"
      for place, level, measure in product((STREET, COUNTY, COMMUNITY), ("cell", "community", "street"), MEASURES)),
    *(f"/map/counts?street={STREET}&months={months}&head=02&source=worker" for months in (1, 24)),
    *(f"/map?street={place}&level={level}" for place, level in product((STREET, COUNTY), ("cell", "community", "street"))),
    *(f"/map?view=change&sort=difference&counted={counted}&stretch={stretch}&null={null}&street={COUNTY}&head=02"
      for counted, stretch, null in product(Counted, Stretch, Null)),
    *(f"/map/change?counted={counted}&versus={versus}&street={COUNTY}&level=community"
      for counted, versus in product(Counted, Versus)),
    *(f"/map?view=table&street={COUNTY}&level={level}&measure={measure}&sort={sort}&month=2026-10&compare=2026-08&risk=grave"
      for level, measure, sort in product(("cell", "street"), MEASURES, ("measure", "difference", "change", "share"))),
]

_FILES = [
    f"/map/download/{ending}?street={COUNTY}&level={level}&measure={measure}&compare=2026-10&head=02"
    for ending, level, measure in (("csv", "cell", "median_days"), ("csv", "street", "returns"), ("xlsx", "cell", "open"),
                                   ("png", "cell", "alert"), ("html", "cell", "open"), ("gpkg", "cell", "calls"))
]


class TwoStreets:
    """Numbers of cells that can be told apart by their small ones only."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng(seed)
        kinds = (("bar", len(CARRIED)), ("deeds", len(DEEDS)))
        self.likely = {kind: chance.integers(0, 6, (40, count, 8)) for kind, count in kinds}
        self.other = {kind: chance.integers(1, 3, drawn.shape) for kind, drawn in self.likely.items()}
        self.is_other = False

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Answer in place of the records, which reach back far enough, and compute in this process."""
        monkeypatch.setattr(heat, "_numbers", self.numbers)
        monkeypatch.setattr(heat, "_tallies", self.tallies)
        monkeypatch.setattr(comparing, "_known", lambda _, table, *__: np.ones(len(table.cells), dtype=bool))
        monkeypatch.setattr(comparing, "statistics_of", inference.answer)

    def numbers(self, asked: Any) -> np.ndarray:
        return self._of("bar")[:len(asked.months), :, :len(asked.chosen)]

    def tallies(self, asked: Any, months: list[int], names: Any) -> np.ndarray:
        columns = [DEEDS.index(name) for name in names]
        return self._of("deeds")[:len(months)][:, columns][:, :, :len(asked.chosen)]

    def _of(self, kind: str) -> np.ndarray:
        drawn = self.likely[kind]
        return np.where((drawn > 0) & (drawn <= 2), self.other[kind], drawn) if self.is_other else drawn


def seen(client: Any, page: str) -> str:
    """Return what a reader can read of an answer: without the tokens that change with each, a package unpacked."""
    answer = client.get(page)
    assert answer.status_code == 200, page
    if "/gpkg?" in page:
        return str([gpkg_rows(answer.data, table) for table in ("cells", "about")])
    if "/xlsx?" in page:
        return str([xlsx_rows(answer.data, sheet) for sheet in (0, 1)])
    if "/png?" in page:
        return answer.data.hex()
    return re.sub(r'nonce="[^"]*"|map_[0-9a-f]{32}|name="_?csrf[^>]*>|csrf[^"]{0,20}"[^"]*"|sha256-[\w+/=]+', "", answer.text)


@pytest.mark.slow
def test_streets_that_differ_in_small_counts_alone_look_the_same(
    client_as: Any, app: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_as(Role.COORDINATOR)
    app.settings = replace(app.settings, downloads_per_day=1000)
    monkeypatch.setattr(downloads, "new_number", lambda: UUID(int=7))
    for seed in range(2):
        streets = TwoStreets(seed)
        streets.stand_in(monkeypatch)
        for page in (*_PAGES, *(_FILES if seed == 0 else ())):
            streets.is_other = False
            first = seen(client, page)
            streets.is_other = True
            assert seen(client, page) == first, page


@pytest.mark.slow
def test_the_attack_finds_what_a_reader_of_cases_sees(client_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client, streets = client_as(Role.LEADER), TwoStreets(1)
    monkeypatch.setattr(downloads, "new_number", lambda: UUID(int=7))
    streets.stand_in(monkeypatch)
    for page in (f"/map/counts?measure=returns&months={_MONTHS}",
                 *(f"/map/download/{ending}?street={STREET}&measure=calls" for ending in ("csv", "xlsx", "png", "html", "gpkg"))):
        streets.is_other = False
        first = seen(client, page)
        streets.is_other = True
        assert seen(client, page) != first, page
    assert WINDOW > 1


def test_where_disputes_were_settled_is_told_of_streets_alone(client_as: Any) -> None:
    told = client_as(Role.COORDINATOR).get(f"/map?view=levels&street={STREET}&level=cell").text
    assert told.count("<tr><th scope=\"row\">") == 2, "the street, and the sum of what is told"
