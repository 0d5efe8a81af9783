"""The table twin as a sheet of values for files: the same rows, order and numbers, masked as this reader sees them."""

from __future__ import annotations

from typing import Any

from gridmediate.domain.indicators import ALERT_LABEL, ALERT_WORDS, STATUS_LABELS, Alert, AlertRule, Measured, Span
from gridmediate.domain.measures import REASON_LABELS, Measure, MeasureName, Reason
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Level, label
from gridmediate.services.downloads import Mark, join_words
from gridmediate.services.sheet_files import Column, Sheet, Value
from gridmediate.web.heat import Seen
from gridmediate.web.heat_table import Row
from gridmediate.web.language import language_in_use
from gridmediate.web.words import say

_CASES, _UNIT = Label("件", "cases"), Label("{words}（{unit}）", "{words} ({unit})")
_OPEN, _LATE = Label("未结", "Open"), Label("其中超期", "of these overdue")
_CHANGE = Label("与上月比", "against the month before")
_PARTS = ("filed", "accepted", "mediating", "settled_in_month", "ended_in_month")
_RATES = {"overdue_share": "%", "resolution": "%", "per_1000": Label("件/千户", "per 1,000")}
#: What a unit of each level is called above its column.
PLACE_WORDS = {
    Level.CELL: Label("网格", "Cell"), Level.COMMUNITY: Label("社区", "Community"), Level.STREET: Label("街道", "Street"),
}
#: The filters of cases, by their name in the address.
COUNT_WORDS = {
    "head": Label("分类", "Category"), "source": Label("来源", "Source"), "risk": Label("风险", "Risk"),
    "department": Label("部门", "Department"), "at": Label("现在哪一级", "Level now"), "age": Label("上报多久", "Since filing"),
}
_FILTER, _AS_OF = Label("筛选", "Filters"), Label("截至", "As of")
_REMARK = Label("样本不足、户数不足、无数据和不显示都不是 0。",
                "Too few cases, too few households, no data and not shown do not mean 0.")
_MASKED = Label("下载人不查看个案，1、2 件写作 1–2，合计由此推算。",
                "Whoever took this does not read cases: 1 and 2 are written 1–2, and totals follow from that.")
_FROM = Label("格里和 gridmediate，网格热力；由案件记录汇总，不含当事人信息。",
                "gridmediate, map of cells; added up from the records of cases, nothing of any party.")


def sheet_of(seen: Seen, page: dict[str, Any], mark: Mark) -> Sheet:
    """Return what is seen as a sheet.

    Parameters
    ----------
    page : dict
        What :func:`~gridmediate.web.heat_table.table_page` gives of it.
    """
    columns = [*_place_columns(seen), *_chosen_columns(seen, page), *_count_columns(seen)]
    rows = tuple(tuple(value(row) for _, value, _ in columns) for row in page["rows"])
    total = tuple(_sum(page["total"], of_total) for _, _, of_total in columns)
    return Sheet(title_of(seen, page), tuple(column for column, _, _ in columns), rows, total, _notes(seen, page),
                 mark.lines(language_in_use()))


def title_of(seen: Seen, page: dict[str, Any]) -> str:
    """Return place, measure and month in one line."""
    return f"{say(seen.view.street.label)} {measure_words(seen, page)} {seen.shared['months'][page['at']]}"


def measure_words(seen: Seen, page: dict[str, Any]) -> str:
    """Return the name of the measure that is seen."""
    return say(ALERT_LABEL if seen.shared["measure"] == MeasureName.ALERT else page["rule"].label)


def _place_columns(seen: Seen) -> list[Any]:
    level = seen.view.level
    found: list[Any] = [
        (Column("name", say(PLACE_WORDS[level]), None), lambda row: say(row.unit.label), Label("合计", "Total")),
        (Column("code", say(Label("编码", "Code")), None), lambda row: row.unit.code, None),
    ]
    if level is Level.STREET:
        return found
    above = PLACE_WORDS[Level.COMMUNITY if level is Level.CELL else Level.STREET]
    return [*found, (Column("above", say(above), None), lambda row: row.above, None)]


def _chosen_columns(seen: Seen, page: dict[str, Any]) -> list[Any]:
    rule: Measure = page["rule"]
    found: list[Any] = []
    if seen.shared["measure"] == MeasureName.ALERT:
        found.append((Column("alert", say(ALERT_LABEL), None), lambda row: _alert(row), None))
    if page["has_column"]:
        found.append((Column(rule.name, _with(rule.label, ("%, " if rule.factor == 100 else "") + say(rule.unit)), rule.decimals),
                      lambda row: measured_value(rule, row.measured[rule.name.value]), None))
    if page["has_column"] and rule.under and not rule.bounds:
        found += [(Column(f"{rule.name}_{part}", f"{say(rule.label)} {say(words)}", 0),
                   lambda row, part=part: _part(row, rule, part), None)
                  for part, words in (("over", Label("分子", "numerator")), ("under", Label("分母", "denominator")))]
    if page["compared"] is not None:
        month, before = (seen.shared["months"][page[name]] for name in ("at", "compared"))
        if not page["has_column"]:
            found.append((Column("measured", f"{say(rule.label)} {month}", rule.decimals),
                          lambda row: measured_value(rule, row.measured[rule.name.value]), None))
        found += [
            (Column("compared", f"{say(rule.label)} {before}", rule.decimals),
             lambda row: measured_value(rule, row.compared), None),
            (Column("difference", say(Label("相差", "Difference")), rule.decimals),
             lambda row: None if row.difference is None else _rounded(row.difference, rule.decimals), None),
        ]
    return found


def _count_columns(seen: Seen) -> list[Any]:
    cases = say(_CASES)
    found: list[Any] = [
        (Column("open", _with(_OPEN, cases)), _count("open"), "open"),
        (Column("late", _with(_LATE, cases)), _count("late"), "late"),
        *((Column(name, _with(STATUS_LABELS[name], cases)), _count(name), name) for name in _PARTS),
    ]
    for name, unit in _RATES.items():
        rule = seen.shared["rules"][name]
        found.append((Column(name, _with(rule.label, say(unit)), rule.decimals),
                      lambda row, rule=rule: measured_value(rule, row.measured[rule.name.value]), None))
    found.append((Column("households", say(Label("户数（户）", "Households"))),
                  lambda row: row.unit.households, "households"))
    if len(seen.view.months) > 1:
        found.append((Column("change", _with(_CHANGE, cases)), lambda row: row.change, None))
    return found


def _with(words: Label, unit: str) -> str:
    return say(_UNIT).format(words=say(words), unit=unit)


def _count(name: str) -> Any:
    return lambda row: say(REASON_LABELS[Reason.NO_DATA]) if row.counts is None else span_value(getattr(row.counts, name))


def _part(row: Row, rule: Measure, part: str) -> Value:
    span = getattr(row.measured[rule.name.value], part)
    return None if span is None else span_value(span)


def _alert(row: Row) -> str:
    return say(ALERT_WORDS[Alert(row.alert)] if row.alert else REASON_LABELS[Reason.NO_DATA])


def _sum(total: Any, name: Any) -> Value:
    match name:
        case Label():
            return say(name)
        case "households":
            return None if total.households is None else int(total.households)
        case str():
            return span_value(getattr(total, name))
        case _:
            return None


def span_value(span: Span) -> Value:
    """Return a count as a reader may know it: a number, or its bounds in words."""
    return span.low if span.exact else str(span)


def measured_value(rule: Measure, measured: Measured) -> Value:
    """Return a measured value as the table prints it: a number, its bounds, or why there is none."""
    if measured.reason:
        return say(REASON_LABELS[measured.reason])
    if measured.value is not None:
        return _rounded(measured.value, rule.decimals)
    return f"{measured.low:.{rule.decimals}f}–{measured.high:.{rule.decimals}f}"


def _rounded(value: float, decimals: int) -> int | float:
    return round(value, decimals) if decimals else round(value)


def under_title(seen: Seen) -> str:
    """Return level, filters and moment in one line, for a picture or a page."""
    parts = (_by_level(seen), f"{say(_FILTER)} {filter_words(seen)}", f"{say(_AS_OF)} {_moment(seen)}")
    return " · ".join(parts)


def remarks(seen: Seen) -> list[str]:
    """Return what must be known to read the figures right, and where they come from."""
    return remarks_for(exact=seen.view.exact)


def remarks_for(*, exact: bool) -> list[str]:
    """Return the same for a reader who knows the numbers exactly, or who does not."""
    return [say(_REMARK) + ("" if exact else " " + say(_MASKED)), say(_FROM)]


def _by_level(seen: Seen) -> str:
    return Label("按{level}", "by {level}").say(language_in_use()).format(level=say(label(seen.view.level)))


def _moment(seen: Seen) -> str:
    return f"{seen.view.as_of.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M}"


def _notes(seen: Seen, page: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    spoken, shared = language_in_use(), seen.shared
    said = [(Label("地方", "Place"), _with(seen.view.street.label, _by_level(seen))),
            (Label("指标", "Measure"), measure_words(seen, page)), (Label("月份", "Month"), shared["months"][page["at"]])]
    if page["compared"] is not None:
        said.append((Label("与哪个月比", "Compared with"), shared["months"][page["compared"]]))
    said += [(_FILTER, filter_words(seen)),
             (_AS_OF, _moment(seen)),
             (Label("公式和分母", "Formulas"), join_words(map(say, page["formulas"]), spoken)),
             (Label("注意", "Mind"), remarks(seen)[0])]
    if shared["measure"] == MeasureName.ALERT:
        rule = (page["alert_rule"] or AlertRule()).labels()
        said.append((Label("红黄蓝规则", "Rule of alerts"),
                     join_words((f"{say(ALERT_WORDS[level])}: {say(words)}" for level, words in rule.items()), spoken)))
    said.append((Label("来源", "Source"), remarks(seen)[1]))
    return tuple((name.say(spoken), words) for name, words in said)


def filter_words(seen: Seen) -> str:
    """Return what the cases are narrowed to, in words."""
    asked, shared = seen.shared["asked"], seen.shared
    known = {**shared["narrowings"], "head": [(code, say(head.short)) for code, head in shared["heads"].items()]}
    said = [f"{say(words)} {dict(known[name])[asked[name]]}" for name, words in COUNT_WORDS.items()
            if asked.get(name) in dict(known[name])]
    return join_words(said, language_in_use()) or say(Label("无", "none"))
