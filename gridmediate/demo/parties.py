"""Who stands on the two sides: names that go with the parts they have in the story."""

from __future__ import annotations

import re
from collections import deque
from random import Random

from gridmediate.demo.people import PersonName, make_name, make_phone
from gridmediate.demo.plans import PartyPlan
from gridmediate.demo.stories import SideRole, Story
from gridmediate.domain.vocabulary import Side

_WOMAN = re.compile(r"妻|女|姐|妹|婆|媳|嫂|奶奶|姑|母")
_MAN = re.compile(r"夫|男|哥|弟|长子|次子|儿子|爷爷|父|婿|叔|继子|孙子")
_OLDER = re.compile(r"老人|爷爷|奶奶|婆婆|岳父|继母")
_YOUNGER = re.compile(r"儿媳|弟媳|女婿|新人|孙子|孩子[父母]亲|家长|会员|租客|承租人|送餐员|员工")
#: Themes in which both sides carry one surname, unless a part came into the family by marriage.
_ONE_FAMILY = frozenset({"elders", "estate", "kin"})
_MARRIED_IN = re.compile(r"婆|媳|嫂|婿|岳|继母|邻居")


class PartyBook:
    """The register from which parties are drawn: no name twice among the last two hundred."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self._lately: deque[str] = deque(maxlen=200)

    def parties(self, story: Story) -> tuple[PartyPlan, ...]:
        """Draw the parties of a story; about one filing in eight names only the applicant, since names may come later."""
        sides = [(Side.APPLICANT, story.applicant)]
        if self.rng.random() > 0.12:
            sides.append((Side.RESPONDENT, story.respondent))
        one_family = story.theme in _ONE_FAMILY and not any(
            _MARRIED_IN.search(side.role) for side in (story.applicant, story.respondent)
        )
        drawn: list[PartyPlan] = []
        for side, role in sides:
            kin = drawn[0].name if drawn and one_family else None
            phone = make_phone(self.rng) if self.rng.random() < 0.85 else ""
            drawn.append(PartyPlan(side, self._name(role, kin), role.role, phone, role.is_organisation))
        return tuple(drawn)

    def _name(self, role: SideRole, kin: PersonName | None) -> PersonName:
        if role.is_organisation:
            return PersonName(f"某{role.role}", f"a certain {role.role}")
        older = True if _OLDER.search(role.role) else False if _YOUNGER.search(role.role) else None
        woman = True if _WOMAN.search(role.role) else False if _MAN.search(role.role) else None
        while True:
            name = make_name(self.rng, older=older, woman=woman)
            if kin is not None:
                name = PersonName(kin.zh[0] + name.zh[1:], f"{kin.en.split()[0]} {name.en.split(maxsplit=1)[1]}")
            if name.zh not in self._lately:
                self._lately.append(name.zh)
                return name
