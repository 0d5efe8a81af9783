"""What the rules of a briefing find in its figures; their table, with the words, is ``briefing_table``.

A rise or a fall is only called one if chance would seldom do it (``chance``): alone at 5 %, several looked at together by Holm's
rule. Where numbers are small the sentence says so. Nothing here asks who did it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gridmediate.domain.briefing import BEFORE_WORDS, NOW_WORDS, BriefKind, Period
from gridmediate.domain.briefing_masks import known, percent, share_words, shown, worst
from gridmediate.domain.chance import LEVEL, compare_counts, compare_shares, stand_out
from gridmediate.domain.indicators import Span
from gridmediate.domain.measures import LEAST_CASES
from gridmediate.domain.vocabulary import Label

#: The fewest cases in two periods together of which a rise or a fall is spoken at all.
LEAST_BOTH = 10
#: The most sentences of one kind; the tables name the rest.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A count of the period and of the one before."""

    now: Span
    before: Span


@dataclass(frozen=True, slots=True)
class Group:
    """A category or a cell.

    Parameters
    ----------
    name : Label
    new : Pair
    open, late : Span or None
        None where the table hides it.
    hides : frozenset of str
        Which of "now" and "before" the table hides: they decide, and are not told.
    """

    name: Label
    new: Pair
    open: Span | None = None
    late: Span | None = None
    hides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Figures:
    """All the numbers of one briefing, masked (``briefing_masks``).

    Parameters
    ----------
    period : Period
    new, settled, ended : Pair
        Filed; settled; ended lawfully without a settlement.
    year_before : Span or None
        Filed in the same period a year earlier; None before the record began.
    open, late : Span
        When it was counted.
    heads, cells : tuple of Group
        Categories, and cells; of cells ``new`` alone is set.
    local : Pair
        Of the settled, those settled in the cell or the community.
    visits, kept : Pair
        Follow-ups made; those that found the agreement kept.
    unsigned, unanswered, returned_twice, broken : Span
        Departments' tasks not signed for in time, not answered in time, sent back twice; cases with a clause broken.
    """

    period: Period
    new: Pair
    settled: Pair
    ended: Pair
    year_before: Span | None
    open: Span
    late: Span
    heads: tuple[Group, ...]
    cells: tuple[Group, ...]
    local: Pair
    visits: Pair
    kept: Pair
    unsigned: Span
    unanswered: Span
    returned_twice: Span
    broken: Span

    @property
    def kind(self) -> BriefKind:
        """How long it reaches."""
        return self.period.kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule has to say: which of its texts, with what, resting on what."""

    variant: str
    values: Mapping[str, object]
    inputs: tuple[tuple[Label, Span], ...]
    p: float | None = None
    among: int = 1


_NOW, _BEFORE = Label("本期", "This period"), Label("上期", "The period before")
_COMPARED = Label("比较的时期", "The period compared with")
_PART, _WHOLE = Label("其中", "Of them"), Label("总数", "All")
_PART_BEFORE, _WHOLE_BEFORE = Label("上期其中", "Of them, the period before"), Label("上期总数", "All, the period before")
_REST_PART, _REST = Label("其余各类超期", "Overdue, all others"), Label("其余各类未结", "Open, all others")


def _p_of(pair: Pair, figures: Figures, before: Period | None = None) -> float:
    before = before or figures.period.before
    return worst(lambda now, then: compare_counts(now, then, span=figures.period.days, span_before=before.days),
                 pair.now, pair.before)


def _direction(pair: Pair, figures: Figures, before: Period) -> str:
    """Return "up" or "down" by the daily rate."""
    return "up" if pair.now.low * before.days >= pair.before.high * figures.period.days else "down"


def total(figures: Figures) -> Iterator[Found]:
    """Yield what is filed, against the period before."""
    yield _compared(figures, figures.new, figures.period.before, BEFORE_WORDS[figures.kind], _BEFORE)


def year(figures: Figures) -> Iterator[Found]:
    """Yield what is filed, against a year earlier, where the record reaches back that far."""
    if figures.year_before is not None and figures.year_before.low + figures.new.now.low >= LEAST_BOTH:
        pair = Pair(figures.new.now, figures.year_before)
        words = Label("上年同期", "the same period a year earlier")
        yield _compared(figures, pair, figures.period.year_before, words, _COMPARED)


def _compared(figures: Figures, pair: Pair, before: Period, words: Label, name: Label) -> Found:
    values = {"now": shown(pair.now), "before": shown(pair.before), "this": NOW_WORDS[figures.kind], "then": words}
    inputs = ((_NOW, pair.now), (name, pair.before))
    if pair.now.high + pair.before.high < LEAST_BOTH:
        return Found("few", values, inputs)
    p = _p_of(pair, figures, before)
    return Found(_direction(pair, figures, before) if p <= LEVEL else "level", values, inputs, p)


def ends(figures: Figures) -> Iterator[Found]:
    """Yield what was settled and ended, and what is open."""
    yield Found("", {"settled": shown(figures.settled.now), "ended": shown(figures.ended.now), "open": shown(figures.open),
                     "this": NOW_WORDS[figures.kind]},
                ((Label("化解", "Settled"), figures.settled.now), (Label("依法终结", "Ended lawfully"), figures.ended.now),
                 (Label("未结", "Open"), figures.open)))


def _standing_out(figures: Figures, groups: Sequence[Group], wanted: str) -> Iterator[Found]:
    named = [group for group in groups if group.new.now.high + group.new.before.high]
    pairs = [group.new for group in named]
    p_values = [_p_of(pair, figures) for pair in pairs]
    chosen = [
        (p, group, pair) for p, group, pair, stands in zip(p_values, named, pairs, stand_out(p_values), strict=True)
        if stands and pair.now.high + pair.before.high >= LEAST_BOTH
        and _direction(pair, figures, figures.period.before) == wanted
    ]
    for p, group, pair in sorted(chosen, key=lambda each: (each[0], each[1].name.zh))[:MOST_NAMED]:
        values = {"name": group.name, "now": shown(pair.now), "before": shown(pair.before), "then": BEFORE_WORDS[figures.kind],
                  "this": NOW_WORDS[figures.kind]}
        told = tuple((words, count) for words, count, side in ((_NOW, pair.now, "now"), (_BEFORE, pair.before, "before"))
                     if side not in group.hides)
        # A p value of hidden numbers would give them away.
        yield Found("_".join(sorted(group.hides)), values, told, None if group.hides else p, len(pairs))


def rising_heads(figures: Figures) -> Iterator[Found]:
    """Yield categories that rise beyond chance."""
    return _standing_out(figures, figures.heads, "up")


def falling_heads(figures: Figures) -> Iterator[Found]:
    """Yield categories that fall beyond chance."""
    return _standing_out(figures, figures.heads, "down")


def rising_cells(figures: Figures) -> Iterator[Found]:
    """Yield cells that rise beyond chance."""
    return _standing_out(figures, figures.cells, "up")


def falling_cells(figures: Figures) -> Iterator[Found]:
    """Yield cells that fall beyond chance."""
    return _standing_out(figures, figures.cells, "down")


def nothing_stands_out(figures: Figures) -> Iterator[Found]:
    """Yield that nothing stands out, among categories, cells or both."""
    moves = {
        name: any(True for way in ("up", "down") for _ in _standing_out(figures, groups, way))
        for name, groups in (("heads", figures.heads), ("cells", figures.cells))
    }
    if not all(moves.values()):
        counted = ((Label("比较的类别", "Categories compared"), Span.exactly(len(figures.heads))),
                   (Label("比较的网格", "Cells compared"), Span.exactly(len(figures.cells))))
        yield Found("none" if not any(moves.values()) else "cells" if moves["heads"] else "heads", {}, counted)


def late(figures: Figures) -> Iterator[Found]:
    """Yield what is overdue."""
    if figures.late.high:
        values = {"late": shown(figures.late), "open": shown(figures.open), "share": share_words(figures.late, figures.open)}
        yield Found("", values, ((_PART, figures.late), (_WHOLE, figures.open)))


def none_late(figures: Figures) -> Iterator[Found]:
    """Yield that nothing is overdue."""
    if figures.late.high == 0 and figures.open.low >= LEAST_CASES:
        yield Found("", {"open": shown(figures.open)}, ((_PART, figures.late), (_WHOLE, figures.open)))


def _late_heads(figures: Figures, wanted: str) -> Iterator[Found]:
    """Yield categories whose share of overdue cases differs from that of all the others."""
    compared = []
    for group in figures.heads:
        if group.late is None or group.open is None or not group.open.exact or not (group.late.exact and figures.late.exact):
            continue
        others = (figures.late.low - group.late.low, figures.open.low - group.open.low)
        if known(others[0]).exact:
            p = compare_shares(group.late.low, group.open.low, *others)
            compared.append((p, group, group.late, group.open, Span.exactly(others[0]), Span.exactly(others[1])))
    for stands, (p, group, late, is_open, rest_late, rest_open) in zip(stand_out([each[0] for each in compared]), compared,
                                                                       strict=True):
        is_more = late.low * rest_open.low > rest_late.low * is_open.low
        if stands and is_open.low >= LEAST_BOTH and (is_more if wanted == "more" else late.low == 0):
            values = {"name": group.name, "late": shown(late), "open": shown(is_open), "share": share_words(late, is_open),
                      "others": percent(rest_late, rest_open)}
            inputs = ((_PART, late), (_WHOLE, is_open), (_REST_PART, rest_late), (_REST, rest_open))
            yield Found("", values, inputs, p, len(compared))


def much_late(figures: Figures) -> Iterator[Found]:
    """Yield categories overdue more than the others beyond chance."""
    return _late_heads(figures, "more")


def in_time(figures: Figures) -> Iterator[Found]:
    """Yield categories of which none is overdue, beyond chance."""
    return _late_heads(figures, "none")


def count_of(name: str, words: Label) -> Callable[[Figures], Iterator[Found]]:
    """Return the finder of one count that waits."""
    def find(figures: Figures) -> Iterator[Found]:
        count: Span = getattr(figures, name)
        if count.high:
            yield Found("", {"count": shown(count)}, ((words, count),))
    return find


def part_of(part: str, whole: str) -> Callable[[Figures], Iterator[Found]]:
    """Return the finder of a share of the period, compared with the one before."""
    def find(figures: Figures) -> Iterator[Found]:
        parts: Pair = getattr(figures, part)
        wholes: Pair = getattr(figures, whole)
        if not wholes.now.high:
            return
        values = {"part": shown(parts.now), "whole": shown(wholes.now), "share": share_words(parts.now, wholes.now),
                  "before": percent(parts.before, wholes.before), "then": BEFORE_WORDS[figures.kind],
                  "this": NOW_WORDS[figures.kind]}
        inputs = ((_PART, parts.now), (_WHOLE, wholes.now), (_PART_BEFORE, parts.before), (_WHOLE_BEFORE, wholes.before))
        # A share is left out where either of its numbers is masked or the whole is small; then there is nothing to compare.
        if not values["before"] or not percent(parts.now, wholes.now):
            yield Found("alone", values, inputs)
            return
        p = compare_shares(parts.now.low, wholes.now.low, parts.before.low, wholes.before.low)
        way = "up" if parts.now.low * wholes.before.low >= parts.before.low * wholes.now.low else "down"
        yield Found(way if p <= LEVEL else "level", values, inputs, p)
    return find
