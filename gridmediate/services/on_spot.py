"""Filed and solved on the spot in one go: the act that the case's page offers, in the transaction of the filing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Act, Needs
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.asked import ActWords
from gridmediate.services.handling import act_on_case


class OnSpotOutsideGrid(Problem):
    """A case without a cell is nobody's to settle yet."""

    code = "filing.on-spot-outside"
    kind = Kind.CONFLICT
    sentence = Label(
        "这件事还没有落到网格，不能现场办结。请先选定网格，或去掉“现场已办”，照常上报。",
        "This matter lies in no cell yet, so it cannot be closed on the spot. Choose its cell, or file it without “Solved on the "
        "spot”.",
    )


def solve(session: Session, case_no: str, result: str, actor: Actor, now: datetime) -> None:
    """Record that a case just filed was solved on the spot, with all the checks of the act.

    Raises
    ------
    NotPermitted, ActNotOpen, ConditionNotMet, FieldTooLong
    """
    act_on_case(session, case_no, ActWords(Act.SOLVE_ON_SPOT, words={Needs.RESULT: result}), actor, now)
