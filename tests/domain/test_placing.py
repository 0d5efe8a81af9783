"""Why a case is in its cell: every way of placing has its sentence, in both languages, kept as code and figures."""

from __future__ import annotations

import json
import re
import string

import pytest

from gridmediate.domain.placing import Placed
from gridmediate.domain.vocabulary import PHRASES, Phrase

CELL = {"zh": "第一网格", "en": "Cell 1"}
VALUES = {
    "cell": CELL, "cells": [CELL, {"zh": "第二网格", "en": "Cell 2"}], "accuracy_m": 40, "nearest": CELL, "distance_m": 120,
    "by": "陈志远", "reason": "双方住在这里", "how": {"zh": "别名", "en": "another name"}, "place": CELL,
}
CODES = sorted(code for code in PHRASES if code.startswith("place."))


@pytest.mark.parametrize("how", Placed)
def test_every_way_of_lying_has_its_sentence(how: Placed) -> None:
    assert f"place.{how}" in PHRASES


@pytest.mark.parametrize("code", CODES)
def test_a_sentence_names_the_same_things_in_both_languages_and_survives_being_stored(code: str) -> None:
    said = PHRASES[code]
    named = [{field for _, field, _, _ in string.Formatter().parse(text) if field} for text in (said.zh, said.en)]
    assert named[0] == named[1] <= VALUES.keys()
    phrase = Phrase(code, {name: VALUES[name] for name in named[0]})
    stored = Phrase.from_json(json.loads(json.dumps(phrase.as_json(), ensure_ascii=False)))
    for language in ("zh", "en"):
        assert stored.say(language) == phrase.say(language)
        assert not re.search(r"[{}]", phrase.say(language))
    if "cell" in named[0]:
        assert "第一网格" in phrase.say("zh")
        assert "Cell 1" in phrase.say("en")


def test_the_rule_of_borders_is_said_where_it_was_used() -> None:
    edge = Phrase("place.edge", {"cell": CELL, "cells": VALUES["cells"]})
    assert edge.say("zh") == "位置正在第一网格、第二网格的交界线上，按规则归编码小的第一网格"
    assert "smaller code" in edge.say("en")
