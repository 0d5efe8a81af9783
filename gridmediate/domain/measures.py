"""The table of measures: one row a measure, with formula, denominator, least sample, classes and ramp.

It serves the map, its table twin, the legend and the browser (which gets the rows as they are). A measure is a sum of counts,
divided by another sum or by nothing, times a factor; one is the median of days that are counted in classes.

Notes
-----
Sources: the indicators of people's mediation and of the comprehensive governance centres (success rate, rate of closing, rate of
return and of first-dispatch accuracy, repeat within 180 days, performance of agreements), each with the denominator stated, since
published rates differ by it. Nothing here is counted of persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.deeds import DAY_BOUNDS, DEEDS, SETTLED_AFTER
from gridmediate.domain.vocabulary import Label

#: The fewest cases under a share; below it a share says more about chance than about the cell.
LEAST_CASES = 5
#: The fewest households under a rate.
LEAST_HOUSEHOLDS = 50
#: Months over which deeds are summed, up to the one looked at: of one month a cell has too few for any rate.
WINDOW = 6
OPEN = ("filed", "accepted", "mediating", "late")


class Reason(StrEnum):
    """Why a measure has no value."""

    NO_DATA = "no_data"
    FEW_CASES = "few_cases"
    FEW_HOUSEHOLDS = "few_households"
    MASKED = "masked"


REASON_LABELS: dict[Reason, Label] = {
    Reason.NO_DATA: Label("无数据", "No data"),
    Reason.FEW_CASES: Label("样本不足", "Too few cases"),
    Reason.FEW_HOUSEHOLDS: Label("户数不足", "Too few households"),
    Reason.MASKED: Label("不显示", "Not shown"),
}


class MeasureName(StrEnum):
    """The views of the map, in the order in which they are offered."""

    OPEN = "open"
    OVERDUE_SHARE = "overdue_share"
    RESOLUTION = "resolution"
    PER_1000 = "per_1000"
    CLOSED_RATE = "closed_rate"
    SETTLED_RATE = "settled_rate"
    RETURNS = "returns"
    MEDIAN_DAYS = "median_days"
    REPEATS = "repeats"
    PERFORMANCE = "performance"
    CALLS = "calls"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Measure:
    """One view of the map.

    Parameters
    ----------
    name : MeasureName
    label, formula, unit : Label
        As printed; the formula stands under the table and in the popup.
    over, under : tuple of str
        Names of the numbers added above and below the line; nothing below for a plain count. ``households`` may stand below.
    factor : int
        100 for per cent, 1000 for "per thousand".
    breaks : tuple of float
        Lower bounds of the second and further classes. They are fixed, so that months and streets compare.
    class_labels : tuple of Label
        One more than the breaks.
    ramp : str
        Name of the colour ramp: one hue for each matter; all rates of which more is better share one. Red never means good.
    least : int
        The fewest below the line; :attr:`too_few` is the reason given under it.
    too_few : Reason
    decimals : int
        For printing.
    high_is_bad : bool
        For the order of lists.
    area_breaks, area_labels : tuple
        The classes of communities and streets, where a count of cells' size would put all in the last; empty where the cells' do.
    bounds : tuple of int
        Of a median alone: the upper bounds of the classes that stand in *under*.
    """

    name: MeasureName
    label: Label
    formula: Label
    unit: Label
    over: tuple[str, ...]
    under: tuple[str, ...]
    factor: int
    breaks: tuple[float, ...]
    class_labels: tuple[Label, ...]
    ramp: str
    least: int = 0
    too_few: Reason = Reason.FEW_CASES
    decimals: int = 0
    high_is_bad: bool = True
    area_breaks: tuple[float, ...] = ()
    area_labels: tuple[Label, ...] = ()
    bounds: tuple[int, ...] = ()

    @property
    def deeds(self) -> tuple[str, ...]:
        """The deeds that it is measured by, which are summed over :data:`WINDOW` months; empty for one of the bar's numbers."""
        return tuple(name for name in dict.fromkeys((*self.over, *self.under)) if name in DEEDS)

    def classes(self, *, of_areas: bool) -> tuple[tuple[float, ...], tuple[Label, ...]]:
        """Return breaks and labels, for cells or for communities and streets."""
        return (self.area_breaks, self.area_labels) if of_areas and self.area_breaks else (self.breaks, self.class_labels)


def _both(text: str) -> Label:
    return Label(text, text)


def _bands(*texts: str) -> tuple[Label, ...]:
    return tuple(_both(text) for text in texts)


def _more(number: str) -> Label:
    return Label(f"{number} 及以上", f"{number} or more")


ENDED = ("settled_in_month", "ended_in_month")
_THIS_MONTH = Label("本月", "this month")
_WINDOW_LABEL = Label("近半年", "last half year")
_FIFTHS = (Label("不到 20%", "under 20%"), *_bands("20–39%", "40–59%", "60–79%"), Label("80% 及以上", "80% or more"))
_DAYS = "/".join(str(bound) for bound in DAY_BOUNDS)

MEASURES: dict[MeasureName, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            MeasureName.OPEN, Label("未结件数", "Open cases"),
            Label("未结 = 上报＋受理＋调解中＋超期", "Open = filed + accepted + mediating + overdue"),
            Label("件 / 网格", "per cell"), OPEN, (), 1, (1, 3, 5, 7),
            (*_bands("0", "1–2", "3–4", "5–6"), _more("7")), "h",
            area_breaks=(1, 20, 50, 100), area_labels=(*_bands("0", "1–19", "20–49", "50–99"), _more("100")),
        ),
        Measure(
            MeasureName.OVERDUE_SHARE, Label("超期占比", "Overdue share"),
            Label(f"超期占比 = 超期未结 ÷ 未结，未结不足 {LEAST_CASES} 件不算",
                  f"Overdue share = overdue ÷ open; not computed below {LEAST_CASES} open cases"),
            Label("占未结", "of open cases"), ("late",), OPEN, 100, (0.001, 20, 40, 60),
            (*_bands("0", "1–19%", "20–39%", "40–59%"), Label("60% 及以上", "60% or more")), "o", least=LEAST_CASES,
        ),
        Measure(
            MeasureName.RESOLUTION, Label("化解率", "Resolution rate"),
            Label(f"化解率 = 本月化解 ÷（本月化解＋月末未结），依法终结不计入失败，不足 {LEAST_CASES} 件不算",
                  "Resolution rate = settled in the month ÷ (settled in the month + open at its end); "
                  f"lawful ends are nobody's failure; not computed below {LEAST_CASES} cases"),
            _THIS_MONTH, ("settled_in_month",), ("settled_in_month", *OPEN), 100, (20, 40, 60, 80),
            _FIFTHS, "r",
            least=LEAST_CASES, high_is_bad=False,
        ),
        Measure(
            MeasureName.PER_1000, Label("每千户件数", "Per 1,000 households"),
            Label(f"每千户 = 未结 ÷ 户数 × 1000，不足 {LEAST_HOUSEHOLDS} 户不算",
                  f"Per 1,000 = open ÷ households × 1000; not computed below {LEAST_HOUSEHOLDS} households"),
            Label("件 / 千户", "open cases"), OPEN, ("households",), 1000, (0.001, 5, 10, 20),
            (*_bands("0", "0.1–4.9", "5–9.9", "10–19.9"), _more("20")), "h", least=LEAST_HOUSEHOLDS,
            too_few=Reason.FEW_HOUSEHOLDS, decimals=1,
        ),
        Measure(
            MeasureName.CLOSED_RATE, Label("办结率", "Closed rate"),
            Label(f"办结率 =（本月化解＋本月依法终结）÷（二者＋月末未结），不足 {LEAST_CASES} 件不算",
                  "Closed rate = (settled + lawfully ended in the month) ÷ (both + open at its end); "
                  f"not computed below {LEAST_CASES} cases"),
            _THIS_MONTH, ENDED, (*ENDED, *OPEN), 100, (20, 40, 60, 80), _FIFTHS, "r", least=LEAST_CASES, high_is_bad=False,
        ),
        Measure(
            MeasureName.SETTLED_RATE, Label("调成占比", "Settled of ended"),
            Label(f"调成占比 = 本月化解 ÷（本月化解＋本月依法终结），不足 {LEAST_CASES} 件不算",
                  f"Settled of ended = settled ÷ (settled + lawfully ended) in the month; "
                  f"not computed below {LEAST_CASES} cases"),
            _THIS_MONTH, ("settled_in_month",), ENDED, 100, (20, 40, 60, 80), _FIFTHS, "r", least=LEAST_CASES, high_is_bad=False,
        ),
        Measure(
            MeasureName.RETURNS, Label("退单率", "Return rate"),
            Label(f"退单率 = 部门退回次数 ÷ 派单次数，近 {WINDOW} 个月，不足 {LEAST_CASES} 单不算",
                  f"Return rate = tasks sent back ÷ tasks dispatched, last {WINDOW} months; "
                  f"not computed below {LEAST_CASES} dispatches"),
            _WINDOW_LABEL, ("returned",), ("dispatched",), 100, (0.001, 5, 10, 20),
            (*_bands("0", "1–4%", "5–9%", "10–19%"), Label("20% 及以上", "20% or more")), "b", least=LEAST_CASES,
        ),
        Measure(
            MeasureName.MEDIAN_DAYS, Label("化解天数中位数", "Median days to settle"),
            Label(f"从上报到化解的天数，按 {_DAYS} 天分档计数后内插求中位数，超过 {DAY_BOUNDS[-1]} 天按 {DAY_BOUNDS[-1]} 天，"
                  f"近 {WINDOW} 个月，不足 {LEAST_CASES} 件不算",
                  f"Days from filing to settlement, counted in classes up to {_DAYS} days, median by interpolation; more than "
                  f"{DAY_BOUNDS[-1]} counts as {DAY_BOUNDS[-1]}; last {WINDOW} months; not computed below {LEAST_CASES} cases"),
            Label("天，近半年", "days, last half year"), (), SETTLED_AFTER, 1, (3, 7, 15, 30),
            (Label("不到 3 天", "under 3 days"), Label("3–7 天", "3–7 days"), Label("7–15 天", "7–15 days"),
             Label("15–30 天", "15–30 days"), Label("30 天及以上", "30 days or more")), "d", least=LEAST_CASES, decimals=1,
            bounds=DAY_BOUNDS,
        ),
        Measure(
            MeasureName.REPEATS, Label("重复纠纷占比", "Repeat share"),
            Label(f"重复纠纷占比 = 同一街道内同样双方 180 天内又起的件数 ÷ 上报件数，近 {WINDOW} 个月，不足 {LEAST_CASES} 件不算",
                  "Repeat share = cases between the same two sides in the street within 180 days ÷ cases filed, "
                  f"last {WINDOW} months; not computed below {LEAST_CASES} cases"),
            _WINDOW_LABEL, ("repeats",), ("filings",), 100, (0.001, 5, 10, 20),
            (*_bands("0", "1–4%", "5–9%", "10–19%"), Label("20% 及以上", "20% or more")), "y", least=LEAST_CASES,
        ),
        Measure(
            MeasureName.PERFORMANCE, Label("履行率", "Performance rate"),
            Label(f"履行率 = 按期履行的条款 ÷（按期＋逾期履行＋违约的条款），近 {WINDOW} 个月登记的，不足 {LEAST_CASES} 条不算",
                  "Performance rate = clauses kept on time ÷ (kept on time + kept late + broken), as recorded in the last "
                  f"{WINDOW} months; not computed below {LEAST_CASES} clauses"),
            _WINDOW_LABEL, ("kept",), ("kept", "kept_late", "broken"), 100, (20, 40, 60, 80), _FIFTHS, "r", least=LEAST_CASES,
            high_is_bad=False,
        ),
        Measure(
            MeasureName.CALLS, Label("吹哨次数", "Calls to the county"),
            Label(f"吹哨次数 = 街道向区县吹哨的次数，近 {WINDOW} 个月", f"Calls = calls to the county, last {WINDOW} months"),
            Label("次，近半年", "last half year"), ("calls",), (), 1, (1, 2, 3, 5),
            (*_bands("0", "1", "2", "3–4"), _more("5")), "n",
            area_breaks=(1, 5, 10, 20), area_labels=(*_bands("0", "1–4", "5–9", "10–19"), _more("20")),
        ),
    )
}
