"""The statistics run in a child, which may be stopped."""

from __future__ import annotations

import pytest

from gridmediate.domain.comparing import StatisticsStopped
from gridmediate.statistics import guarded

_ASKED = {"now": [[3, 9]] * 2, "before": [[3, 0]] * 2, "days": [31, 30], "bases": [None, 100], "level": 0.05, "least": 6,
          "neighbours": [[1], [0]], "outlines": None}


@pytest.mark.slow
def test_a_child_answers_and_one_that_is_stopped_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = guarded.statistics_of(_ASKED)
    assert found["own"][0] == [0, 1] and found["own"][1][1] < 0.05
    assert found["rates"] == [None, 0.09] and found["permutations"] == 0
    monkeypatch.setattr(guarded, "WALL_SECONDS", 0.01)
    with pytest.raises(StatisticsStopped):
        guarded.statistics_of(_ASKED)
