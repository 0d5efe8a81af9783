"""What is said of an area in two periods: one sentence for whoever has never heard of a test."""

from __future__ import annotations

from gridmediate.domain.comparing import LEAST_CASES, LEVEL, Null, Stands
from gridmediate.domain.indicators import Span
from gridmediate.domain.vocabulary import Label

_CHANGED: dict[tuple[Stands, Null], Label] = {
    (Stands.MORE, Null.OWN): Label("多得不像碰巧", "more than chance would do"),
    (Stands.FEWER, Null.OWN): Label("少得不像碰巧", "fewer than chance would do"),
    (Stands.MORE, Null.PLACE): Label("和别处的变化比，多得不像碰巧", "beside what the others did, more than chance would do"),
    (Stands.FEWER, Null.PLACE): Label("和别处的变化比，少得不像碰巧", "beside what the others did, fewer than chance would do"),
}
_SAID: dict[Stands, Label] = {
    Stands.UNCLEAR: Label("在这么多处里，碰巧也会有这样的差别", "among so many places, chance may do as much"),
    Stands.FEW: Label(f"两段合计不到 {LEAST_CASES} 件，看不出什么", f"fewer than {LEAST_CASES} in both, so nothing can be told"),
}
_CLUSTER = {
    1: Label("现在和相邻的一起，每千户件数偏高", "now high per 1,000 households, together with its neighbours"),
    -1: Label("现在和相邻的一起，每千户件数偏低", "now low per 1,000 households, together with its neighbours"),
}
_ABSENT = Label("前一段还没有这里的数", "there are no figures of it for the earlier time")


def sentence(stands: Stands, before: Span | None, now: Span | None, cluster: int, null: Null) -> Label:
    """Return what is said of one area, with its counts."""
    if before is None or now is None:
        return _ABSENT
    parts = [Label(f"{before} → {now} 件", f"{before} → {now} cases")]
    changed = _CHANGED.get((stands, null))
    parts += [changed] if changed else []
    parts += [_CLUSTER[cluster]] if cluster else []
    parts += [_SAID[stands]] if stands in _SAID else []
    return Label("，".join(each.zh for each in parts), ", ".join(each.en for each in parts))


def whole_verdict(sign: int, chance: float) -> Label:
    """Return what is said of the place itself."""
    if not sign or chance > LEVEL:
        return Label("这样的差别，碰巧也常有", "which chance may well do")
    return _CHANGED[(Stands.MORE if sign > 0 else Stands.FEWER, Null.OWN)]


def no_figures(before: Label, first: Label) -> Label:
    """Return what is said where the records do not reach back to the earlier period."""
    return Label(f"没有{before.zh}的数：这里的记录从{first.zh}起才完整，不能当作 0 件来比。"
                 "请改比短一些的一段，或改与紧前一段比。",
                 f"There are no figures for {before.en}: the records are whole only from {first.en}, and none is not 0. Choose a "
                 "shorter time, or compare with the time just before.")
