"""Filed and solved on the spot in one go: the act that the case's page offers, in the transaction of the filing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from gridmediate.domain.case_words import Act, Needs
from gridmediate.domain.permissions import Actor
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Flag, Label, Source
from gridmediate.domain.workflow import CaseFacts, State, row_for, unmet
from gridmediate.services.asked import ActWords
from gridmediate.services.casework import is_dangerous, is_mediable
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


class OnSpotBarred(Problem):
    """A condition of the act does not hold; the filing itself may come without it."""

    code = "filing.on-spot-barred"
    kind = Kind.CONFLICT
    sentence = Label("{why}请不勾“现场即办”，照常上报。",
                     "Not on the spot: {why} File it without “Solved on the spot”.")


def why_barred(flags: Collection[Flag], t2_code: str, source: Source) -> OnSpotBarred | None:
    """Return why a matter that is being filed cannot be closed on the spot, or None: the conditions of the act itself.

    Parameters
    ----------
    flags : collection of Flag
    t2_code : str
        A category there is.
    source : Source
    """
    facts = CaseFacts(State.FILED, mediable=is_mediable(t2_code, source), is_dangerous=is_dangerous(flags))
    row = row_for(State.FILED, Act.SOLVE_ON_SPOT)
    conditions = row.conditions if row else ()
    problem = next((found for each in conditions if (found := unmet(each, facts))), None)
    return OnSpotBarred(field="on_spot", why=problem.values["why"]) if problem else None


def check_on_spot(flags: Collection[Flag], t2_code: str, source: Source, *, is_placed: bool) -> None:
    """Check whether a matter that is being filed may be closed on the spot.

    Raises
    ------
    OnSpotOutsideGrid, OnSpotBarred
    """
    if not is_placed:
        raise OnSpotOutsideGrid(field="on_spot")
    barred = why_barred(flags, t2_code, source)
    if barred is not None:
        raise barred


def solve(session: Session, case_no: str, result: str, actor: Actor, now: datetime) -> None:
    """Record that a case just filed was solved on the spot, with all the checks of the act.

    Raises
    ------
    NotPermitted, ActNotOpen, ConditionNotMet, FieldTooLong
    """
    act_on_case(session, case_no, ActWords(Act.SOLVE_ON_SPOT, words={Needs.RESULT: result}), actor, now)
