"""What leaves the house: a number, an act in words, a link. Nothing else."""

from __future__ import annotations

import re

from gridmediate.domain import acts
from gridmediate.domain.acts import act_label
from gridmediate.domain.notices import Channel, DeliveryState, Failure, NoticeItem, body_words, subject_words
from gridmediate.domain.vocabulary import label
from tests.rig.walk import walked

LINK = "https://gm.example.cn/cases/LX-2026-0412"
#: All that may be left of a message once number, act and link are taken out.
SIGNS = re.compile(r"[\s:：.。]*")


@walked("language", ["zh", "en"])
@walked("act", sorted(acts._WORDS))
def test_the_notice_of_every_act_holds_number_label_and_link_alone(act: str, language: str) -> None:
    item = NoticeItem("LX-2026-0412", act, LINK)
    for said in (subject_words((item,), language), body_words((item,), language)):
        rest = said.replace(LINK, "").replace("LX-2026-0412", "", 1).replace(act_label(act).say(language), "", 1)
        assert SIGNS.fullmatch(rest), rest
    assert LINK in body_words((item,), language)


def test_a_mornings_message_counts_cases_and_gives_each_link_once() -> None:
    items = tuple(NoticeItem(f"LX-2026-000{number}", act, f"https://gm.example.cn/cases/LX-2026-000{number}")
                  for number, act in ((1, "case.file"), (2, "case.accept"), (1, "case.accept")))
    assert subject_words(items, "en") == "Cases with news: 2."
    body = body_words(items, "zh")
    assert body.count("https://gm.example.cn/cases/LX-2026-0001") == 1
    assert body.count("LX-2026-0001：") == 2


def test_every_word_of_the_way_out_is_said() -> None:
    assert all(label(word).zh and label(word).en for kind in (Channel, DeliveryState, Failure) for word in kind)
