"""The blind call-back sample: which closed cases are called, and what the calls say of all of them.

A sample is drawn once for a street and a period. Nobody picks: strata and a stored seed decide, and anybody who has the two can
draw it again by hand. What comes out is one estimate for the street and never one for a person or a department.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.chance import wilson
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, add_labels

#: Category head and community.
Stratum = tuple[str, str]

#: The fewest answers under an estimate.
LEAST_ANSWERS = 10
LEAST_SIZE, MOST_SIZE = 10, 200


class Settled(StrEnum):
    """What the party says on the telephone: is the matter really settled?"""

    REALLY = "really"
    PARTLY = "partly"
    NOT = "not"


add_labels({
    Settled.REALLY: ("确实解决了", "Really settled"),
    Settled.PARTLY: ("解决了一部分", "Partly settled"),
    Settled.NOT: ("没有解决", "Not settled"),
})  # fmt: skip


class SampleDrawnAlready(Problem):
    """A second draw would be picking."""

    code = "call-back.drawn-already"
    kind = Kind.CONFLICT
    sentence = Label("这个街道这一期已经抽过样，不能再抽：再抽就成了挑。请用已抽的名单。",
                     "The sample of this street and period has been drawn and is not drawn again: that would be picking. "
                     "Please use the list there is.")


class NothingToDraw(Problem):
    """No case was closed as settled."""

    code = "call-back.nothing-to-draw"
    kind = Kind.CONFLICT
    sentence = Label("这一期没有可抽的已化解结案案件。", "No case that may be called was closed as settled in this period.")


class PeriodNotOver(Problem):
    """The cases of a period are known when it is over."""

    code = "call-back.period-not-over"
    kind = Kind.CONFLICT
    sentence = Label("这一期还没结束，结束以后才能抽。", "The period is not over yet; the sample is drawn afterwards.")


class AnswerIsFinal(Problem):
    """Whoever was reached is not asked twice."""

    code = "call-back.answer-is-final"
    kind = Kind.CONFLICT
    sentence = Label("这一件已经登记了接通的结果，不再改。", "The answer to this call has been recorded and is not changed.")


class HandledByCaller(Problem):
    """Who handled a case does not ask whether it was handled well."""

    code = "call-back.handled-by-caller"
    kind = Kind.FORBIDDEN
    sentence = Label("这件您经办过，或在您的社区，不能由您回访。请换一位打。",
                     "You took part in this case, or it lies in your community, so the call is not yours to make. "
                     "Please leave it to somebody else.")


def allocate(frame: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """Return how many cases of each stratum are called.

    Parameters
    ----------
    frame : mapping
        Cases by stratum, each at least 1.
    size : int
        How many in all. It grows to the number of strata, since each gives at least one, and never beyond the frame.

    Notes
    -----
    One of each first; the rest in proportion, by the greatest remainder, ties by the stratum's own code.
    """
    total = sum(frame.values())
    size = min(total, max(size, len(frame)))
    wanted = {stratum: size * count / total for stratum, count in frame.items()}
    given = {stratum: min(frame[stratum], max(1, int(share))) for stratum, share in wanted.items()}
    while (left := size - sum(given.values())) != 0:
        step = 1 if left > 0 else -1
        open_to = [each for each in sorted(frame) if (given[each] < frame[each] if step > 0 else given[each] > 1)]
        at = max(open_to, key=lambda each: step * (wanted[each] - given[each]))
        given[at] += step
    return given


def draw(frame: Iterable[tuple[str, Stratum]], size: int, seed: str) -> list[str]:
    """Return the drawn case numbers, in the order in which they are called.

    Parameters
    ----------
    frame : iterable of (case number, stratum)
        In any order; the draw does not depend on it.
    size : int
    seed : str
        Kept with the sample.

    Notes
    -----
    Within a stratum the cases with the least SHA-256 of ``seed|case number`` are taken: a draw that needs no library to repeat.
    The list is ordered the same way, so that strata do not lie together and tell the caller whose they are.
    """
    strata: dict[Stratum, list[str]] = defaultdict(list)
    for case_no, stratum in frame:
        strata[stratum].append(case_no)
    wanted = allocate({stratum: len(cases) for stratum, cases in strata.items()}, size)

    def lot(case_no: str) -> str:
        return hashlib.sha256(f"{seed}|{case_no}".encode()).hexdigest()

    return sorted((case_no for stratum, cases in strata.items() for case_no in sorted(cases, key=lot)[:wanted[stratum]]), key=lot)


@dataclass(frozen=True, slots=True)
class Answer:
    """One drawn case: its stratum, and what the party said; None while nobody was reached."""

    stratum: Stratum
    settled: Settled | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of all cases of the frame.

    Parameters
    ----------
    share : float
    low, high : float
        Of 95 %.
    """

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What a sample says.

    Parameters
    ----------
    frame, drawn, reached, unreached, waiting : int
        Cases that could be drawn; drawn; whose party was reached; was not, though called; not called yet.
    answers : mapping of Settled to int
    false_closures, not_whole : Estimate or None
        The share that was not settled at all, and that was not or only partly. None below :data:`LEAST_ANSWERS`.
    pooled : int
        Strata that gave fewer than two answers and were therefore counted together with others.
    """

    frame: int
    drawn: int
    reached: int
    unreached: int
    waiting: int
    answers: Mapping[Settled, int]
    false_closures: Estimate | None
    not_whole: Estimate | None
    pooled: int


def findings(frame: Mapping[Stratum, int], answers: Sequence[Answer], called: int) -> Findings:
    """Return what a sample says of the frame it was drawn from.

    Parameters
    ----------
    frame : mapping
        Cases by stratum.
    answers : sequence of Answer
        One for each drawn case.
    called : int
        How many of them were called at least once.
    """
    reached = [each for each in answers if each.settled is not None]
    groups, pooled = _groups(frame, Counter(each.stratum for each in reached))
    has_enough = len(reached) >= min(LEAST_ANSWERS, sum(frame.values()))

    def share_of(wanted: Collection[Settled]) -> Estimate | None:
        return _estimate(frame, groups, reached, lambda each: each in wanted) if has_enough and reached else None

    return Findings(
        sum(frame.values()), len(answers), len(reached), called - len(reached), len(answers) - called,
        Counter(each.settled for each in reached if each.settled), share_of({Settled.NOT}),
        share_of({Settled.NOT, Settled.PARTLY}), pooled)


def _groups(frame: Mapping[Stratum, int], answers: Mapping[Stratum, int]) -> tuple[list[list[Stratum]], int]:
    """Return the strata in groups of at least two answers each, and how many of them stand with others.

    A variance needs two. What has fewer is counted with its category, then with the rest.
    """
    groups: list[list[Stratum]] = [[each] for each in sorted(frame) if answers.get(each, 0) > 1]
    by_head: dict[str, list[Stratum]] = defaultdict(list)
    for each in sorted(frame):
        if answers.get(each, 0) < 2:
            by_head[each[0]].append(each)
    rest: list[Stratum] = []
    for together in by_head.values():
        if sum(answers.get(each, 0) for each in together) > 1:
            groups.append(together)
        else:
            rest += together
    if rest and (sum(answers.get(each, 0) for each in rest) > 1 or not groups):
        groups.append(rest)
    elif rest:
        max(groups, key=lambda group: sum(frame[each] for each in group)).extend(rest)
    return groups, sum(len(group) for group in groups if len(group) > 1)


def _estimate(frame: Mapping[Stratum, int], groups: Sequence[Sequence[Stratum]], reached: Sequence[Answer],
              is_hit: Callable[[Settled], bool]) -> Estimate:
    """Return the stratified estimate with its interval.

    Notes
    -----
    Share: ``Σ W_h p_h`` with ``W_h = N_h / N``. Variance: ``Σ W_h² (1 − n_h/N_h) p_h (1 − p_h) / (n_h − 1)``. Source: Cochran,
    Sampling Techniques (1977), 5.5–5.7. The interval is Wilson's with the size at which a simple random sample would have this
    variance, since the plain one breaks down near 0; never more than the answers there are, corrected for the finite frame.
    """
    total = sum(frame.values())
    share = variance = 0.0
    for group in groups:
        said = [is_hit(each.settled) for each in reached if each.stratum in group and each.settled is not None]
        size, cases = len(said), sum(frame[each] for each in group)
        part = sum(said) / size
        share += cases / total * part
        if size > 1:
            variance += (cases / total) ** 2 * (1 - size / cases) * part * (1 - part) / (size - 1)
    answers = len(reached)
    if answers == total:
        return Estimate(share, share, share)
    most = answers * (total - 1) / (total - answers)
    effective = min(most, share * (1 - share) / variance) if variance > 0 else most
    low, high = wilson(share, effective)
    return Estimate(share, min(low, share), max(high, share))
