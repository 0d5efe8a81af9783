"""The time limits a street starts with, each with its source; rows to be edited by the office.

Where a statute or ordinance gives the figure, the source names its article. The others are customary: proposed from published
local tiers, and said to be so wherever they are shown.
"""

from __future__ import annotations

from gridmediate.domain.deadlines import ClockKind, TimeLimit, Unit
from gridmediate.domain.vocabulary import Label, Urgency

_SET_BY_OFFICE = Label("惯例，本机构可改", "customary, the office may change it")
_RECALLED = Label("多地规定，未逐一核对，本机构可改", "many local rules, not checked one by one; the office may change it")
_ONE_MONTH = Label(
    "司法部 2002 年规定第 33 条（一般一个月）；深圳多元化解条例第 25 条",
    "Ministry of Justice rules 2002 art. 33 (about one month); Shenzhen ordinance art. 25",
)
_BY_CONSENT = Label(
    "须双方同意：宁波人民调解条例第 27 条、深圳多元化解条例第 25 条",
    "only if both parties agree: Ningbo ordinance art. 27, Shenzhen ordinance art. 25",
)
_LABOUR = Label("劳动争议调解仲裁法第 14 条", "Labour Dispute Mediation and Arbitration Law art. 14")
_MEDICAL = Label(
    "医疗纠纷预防和处理条例第 38 条，鉴定时间不计", "Regulation on Medical Disputes art. 38, appraisal not counted"
)
_CONFIRMATION = Label(
    "人民调解法第 33 条、民事诉讼法第 205 条", "People's Mediation Law art. 33, Civil Procedure Law art. 205"
)

DEFAULT_LIMITS: tuple[TimeLimit, ...] = (
    TimeLimit(ClockKind.VERIFY, 24, Unit.HOURS, _SET_BY_OFFICE),
    TimeLimit(ClockKind.ACCEPT, 3, Unit.WORKING_DAYS, _RECALLED),
    TimeLimit(ClockKind.MEDIATE, 30, Unit.CALENDAR_DAYS, _ONE_MONTH),
    TimeLimit(ClockKind.MEDIATE, 15, Unit.CALENDAR_DAYS, _LABOUR, category="07"),
    TimeLimit(ClockKind.MEDIATE, 30, Unit.WORKING_DAYS, _MEDICAL, category="0502"),
    TimeLimit(ClockKind.EXTENSION, 30, Unit.CALENDAR_DAYS, _BY_CONSENT),
    TimeLimit(ClockKind.TASK_SIGN, 24, Unit.HOURS, _SET_BY_OFFICE),
    TimeLimit(ClockKind.TASK_SIGN, 2, Unit.HOURS, _SET_BY_OFFICE, urgency=Urgency.URGENT),
    TimeLimit(ClockKind.TASK_ANSWER, 5, Unit.WORKING_DAYS, _SET_BY_OFFICE),
    TimeLimit(ClockKind.TASK_ANSWER, 2, Unit.WORKING_DAYS, _SET_BY_OFFICE, urgency=Urgency.URGENT),
    TimeLimit(ClockKind.RETURN_OBJECTION, 1, Unit.WORKING_DAYS, _SET_BY_OFFICE),
    TimeLimit(ClockKind.CONFIRMATION, 30, Unit.CALENDAR_DAYS, _CONFIRMATION),
    TimeLimit(ClockKind.FOLLOW_UP_FIRST, 30, Unit.CALENDAR_DAYS, _SET_BY_OFFICE),
    TimeLimit(ClockKind.FOLLOW_UP_FIRST, 7, Unit.CALENDAR_DAYS, _SET_BY_OFFICE, urgency=Urgency.URGENT),
    TimeLimit(ClockKind.FOLLOW_UP_SECOND, 30, Unit.CALENDAR_DAYS, _SET_BY_OFFICE, urgency=Urgency.URGENT),
    TimeLimit(ClockKind.FOLLOW_UP_THIRD, 90, Unit.CALENDAR_DAYS, _SET_BY_OFFICE, urgency=Urgency.URGENT),
)
