"""The page of changes: without scripts, with its table, and with what it says where there is nothing to compare."""

from __future__ import annotations

from typing import Any

import pytest

from gridmediate.domain.comparing import StatisticsStopped
from gridmediate.domain.vocabulary import Role
from gridmediate.services import comparing
from gridmediate.statistics import inference
from tests.web.test_heat_masking import TwoStreets

pytestmark = pytest.mark.slow


def _refuse(asked: Any) -> Any:
    raise StatisticsStopped


def test_map_and_table_say_the_same(client_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    TwoStreets(3).stand_in(monkeypatch)
    client = client_as(Role.LEADER)
    asked = "stretch=month&counted=settled&null=place"
    told = client.get(f"/map/change?{asked}").json
    page = client.get(f"/map?view=change&{asked}&sort=now").text
    assert len(told["rows"]) == 3 and told["missing"] is None
    for row in told["rows"]:
        assert f'data-unit="{row["code"]}"' in page and row["sentence"] in page
    assert told["whole"]["now"] in page


def test_without_earlier_figures_the_page_says_so_and_still_offers_the_choices(client_as: Any) -> None:
    page = client_as(Role.LEADER).get("/map?view=change&stretch=year").text
    assert "不能当作 0 件来比" in page and 'name="stretch"' in page


def test_a_computing_that_stops_is_said_and_hurts_nothing_else(client_as: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    TwoStreets(3).stand_in(monkeypatch)
    monkeypatch.setattr(comparing, "statistics_of", _refuse)
    client = client_as(Role.LEADER)
    answer = client.get("/map?view=change")
    assert answer.status_code == 503 and "变化没有算成" in answer.text
    assert client.get("/map").status_code == 200
    monkeypatch.setattr(comparing, "statistics_of", inference.answer)
    assert client.get("/map?view=change").status_code == 200
