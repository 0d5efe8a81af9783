"""What a paper may say of small numbers, so that neither a cell of a table nor the total beside it gives one away.

Numbers of 1 and 2 read 不足3. A table has its exact total; where the hidden numbers could be worked out from it, further cells
are
left out until they cannot. A sentence only uses what the tables show, and a comparison is held against the worst of the numbers
that may stand behind a mask, so that it holds whichever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from gridmediate.domain.indicators import LEAST_CASES, SMALL_COUNT, Span
from gridmediate.domain.vocabulary import Label

FEW = Label("不足3", "fewer than 3")
#: Left out so that a small number cannot be worked out.
WITHHELD = "※"


def known(count: int) -> Span:
    """Return a count as the paper knows it."""
    return Span(1, SMALL_COUNT) if 0 < count <= SMALL_COUNT else Span.exactly(count)


def known_part(part: int, whole: int) -> Span:
    """Return a part of a whole as the paper knows it: what is left of the whole may be small too."""
    rest = whole - part
    if 0 < part <= SMALL_COUNT:
        return Span(1, min(SMALL_COUNT, whole))
    return Span(max(0, whole - SMALL_COUNT), whole - 1) if 0 < rest <= SMALL_COUNT else Span.exactly(part)


def shown(count: Span) -> Label:
    """Return a count in words: ``7`` or ``不足3``; a part of which only the rest is small is told by its least number."""
    if count.exact:
        return Label(str(count.low), str(count.low))
    return FEW if count.high <= SMALL_COUNT else Label(f"至少{count.low}", f"at least {count.low}")


def percent(part: Span, whole: Span) -> str:
    """Return ``25%`` where both are known exactly and the whole is no handful, else nothing."""
    if not (part.exact and whole.exact) or whole.low < LEAST_CASES:
        return ""
    return f"{100 * part.low / whole.low:.0f}%"


def share_words(part: Span, whole: Span) -> Label:
    """Return the same in brackets, to stand behind a count."""
    figure = percent(part, whole)
    return Label(f"（{figure}）", f" ({figure})") if figure else Label("", "")


def worst(test: Callable[..., float], *counts: Span) -> float:
    """Return the greatest p value of a test over all numbers that may stand behind the masks."""
    return max(test(*numbers) for numbers in product(*(range(count.low, count.high + 1) for count in counts)))


def mask_column(counts: Sequence[int]) -> list[Span | None]:
    """Return a column of a table whose exact total stands below it; None is a cell that is left out.

    Notes
    -----
    Complementary suppression: while the total and what is shown leave only one possible value for a hidden small number, the
    least
    of the cells still shown (zeros apart, which protect nobody) is left out as well.
    """
    total = sum(counts)
    masked: list[Span | None] = [known(count) for count in counts]
    if total <= SMALL_COUNT:
        return masked
    while _gives_away(masked, total):
        open_to = [at for at, count in enumerate(masked) if count is not None and count.exact and count.low]
        if not open_to:
            # Only small numbers, all 1 or all 2. The zeros go too: who knows this rule could count what is left out otherwise.
            return [None] * len(masked)
        # A number of 3 adds no slack: who knows the rule knows that what is left out is 3 or more.
        masked[min(open_to, key=lambda at: (counts[at] <= SMALL_COUNT + 1, counts[at]))] = None
    return masked


def _gives_away(masked: Sequence[Span | None], total: int) -> bool:
    """Return whether a hidden number of 1 or 2 can have one value only."""
    small = sum(count is not None and not count.exact for count in masked)
    if not small:
        return False
    left = total - sum(count.low for count in masked if count is not None and count.exact)
    withheld = sum(count is None for count in masked)
    others, least = small - 1, SMALL_COUNT + 1

    def possible(rest: int) -> bool:
        if withheld:
            return rest >= others + withheld * least
        return others <= rest <= others * SMALL_COUNT

    return not all(possible(left - value) for value in range(1, SMALL_COUNT + 1))


def cell_words(count: Span | None) -> Label:
    """Return a cell of a table in words."""
    return Label(WITHHELD, WITHHELD) if count is None else shown(count)
