"""What a paper may say of small numbers, so that neither a cell of a table nor the total beside it gives one away.

Numbers of 1 and 2 read 不足3 in a sentence and are hidden in a table, with another cell beside them (:func:`mask_column`). A
sentence never tells what a table hides. A comparison is held against the worst of the numbers that may stand behind a mask, so
that it holds whichever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from gridmediate.domain.indicators import SMALL_COUNT, Span, mask
from gridmediate.domain.measures import LEAST_CASES
from gridmediate.domain.vocabulary import Label

FEW = Label("不足3", "fewer than 3")
#: Fewer than 3, or left out so that a small number cannot be worked out; which of the two is not told.
WITHHELD = "※"


def known(count: int) -> Span:
    """Return a count as the paper knows it."""
    return mask(count, exact=False)


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
    """Return a column of a table whose total stands below it; None is a cell that is not told.

    Notes
    -----
    Every number of 1 or 2 is hidden, and with them always the least of the others, under the same mark: whoever knows this rule
    and
    the total still cannot tell which of the hidden cells is the small one. That is why the mark does not say "fewer than 3", and
    why the other cell also goes where a total would give nothing away: its absence would then. Where there is no other number,
    the
    zeros are hidden.
    """
    hidden = {at for at, count in enumerate(counts) if 0 < count <= SMALL_COUNT}
    if hidden and sum(counts) > SMALL_COUNT:
        least = min((count for count in counts if count > SMALL_COUNT), default=0)
        # All that are equal to it, or their order would tell.
        hidden |= {at for at, count in enumerate(counts) if count == least} if least else set(range(len(counts)))
    return [None if at in hidden else Span.exactly(count) for at, count in enumerate(counts)]


def cell_words(count: Span | None) -> Label:
    """Return a cell of a table in words."""
    return Label(WITHHELD, WITHHELD) if count is None else shown(count)
