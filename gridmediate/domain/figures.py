"""The one table of indicators: formula, denominator, period rule and who is left out, each in words and as code.

The page explains these rows, the returns count by the same predicates, and the tests recompute each from the record of acts.
Where reports disagree about the denominator both stand side by side. No row is about a person.

Sources: domain references of the field, section 7 (indicators as cities print them); the formulas marked as ours are recalled or
derived and can be argued with here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from gridmediate.domain.agreements import ClauseState, Confirmation, Satisfaction
from gridmediate.domain.calls import Rating
from gridmediate.domain.figure_facts import Base, CaseFacts, Figure, Indicator, InTime, Kind, PeriodRule, Rows, figure
from gridmediate.domain.vocabulary import Label, Level, add_labels

_FILING, _CLOSING, _EVENT, _NOW = PeriodRule
_OURS = Label("不予受理、并案的", "Cases not accepted, or joined to another")
_NOT_LICENSED = Label("没有进入受理的（现场即办、不予受理、并案、拒绝、撤回在受理前的）",
                      "Cases that were never accepted: solved on the spot, refused or withdrawn before, not accepted, joined")
_UNMADE = Label("未到期还没做的、撤回的任务", "What is not done and not yet due; recalled tasks")

add_labels({
    PeriodRule.FILING: ("按上报日期", "By day of filing"), PeriodRule.CLOSING: ("按办结日期", "By day of closing"),
    PeriodRule.EVENT: ("按事情发生或到期的日期", "By day of the event, or on which it is due"),
    PeriodRule.NOW: ("现在的情况，不分期间", "As things stand now, whatever the period"),
})
#: Headings of the page, in order.
GROUPS: dict[str, Label] = {
    "settling": Label("化解", "Settling"), "time": Label("时限", "Time"), "departments": Label("部门", "Departments"),
    "keeping": Label("履行与回访", "Keeping and following up"), "outside": Label("其他", "Other"),
}



def _late_or_done(case: CaseFacts) -> bool:
    return (case.done and case.ours) or case.late_now


def _in_time(case: CaseFacts) -> bool:
    return case.done and not case.late_last and not case.late_now


def _at_or_below(level: Level) -> frozenset[Level]:
    order = (Level.CELL, Level.COMMUNITY, Level.STREET, Level.COUNTY)
    return frozenset(order[:order.index(level) + 1])


def _settled_within(case: CaseFacts, levels: frozenset[Level]) -> bool:
    return case.settled and case.level in levels


def _within(level: Level, zh: str, en: str) -> Indicator:
    return Indicator(
        f"closed_in_{level.value}", Label(f"{zh}化解率（占办结）", f"Settled within the {en} (of closed)"),
        Label(f"其中已化解、没有升到{zh}以上的", f"of these, settled and not standing above the {en}"),
        Label("期间办结的案件", "Cases closed in the period"), Base.CASES, _CLOSING, "settling",
        counts=lambda case: case.done and case.ours, hits=partial(_settled_within, levels=_at_or_below(level)), left_out=_OURS,
        note=Label("级别是办结时由谁办；交回下一级的算下一级。公式为本系统所定。",
                   "The level is who handled it at the end; a case given back counts below. The formula is ours."))


def _not_held(code: str, name: Label, over: Label, under: Label, note: Label) -> Indicator:
    return Indicator(code, name, over, under, Base.NONE, _EVENT, "outside", kind=Kind.NOT_HELD, note=note)


_ACCEPTED = Label("期间上报、已受理的案件", "Cases filed in the period and accepted")
_AGREED = Label("其中达成口头或书面协议、协议仍有效的", "of these, with an oral or written agreement that stands")
_SETTLED = Label("其中已化解的（协议、现场即办、部门办结）", "of these, settled: by agreement, on the spot, by a department")

_TABLE: tuple[Indicator, ...] = (
    Indicator(
        "success_of_accepted", Label("调解成功率（占受理）", "Success rate (of accepted)"), _AGREED, _ACCEPTED, Base.CASES,
        _FILING,
        "settling", counts=lambda case: case.filed and case.accepted, hits=lambda case: case.agreed, left_out=_NOT_LICENSED,
        note=Label("司法行政报表用受理作分母。未结的留在分母里，所以近期偏低；协议没有履行而终止的不算成功。",
                   "Justice returns divide by accepted cases. Open ones stay below the line, so recent periods read low; "
                   "an agreement that ended unperformed is no success.")),
    Indicator(
        "success_of_mediated", Label("调解成功率（占已调解）", "Success rate (of mediated)"), _AGREED,
        Label("期间上报、至少开过一次调解的案件", "Cases filed in the period with at least one session held"), Base.CASES,
        _FILING,
        "settling", counts=lambda case: case.filed and case.mediated, hits=lambda case: case.agreed,
        left_out=Label("没有开过调解的", "Cases without a session"),
        note=Label("有的地方用已调解作分母，数字更高；两种并列。",
                   "Some places divide by mediated cases, which reads higher; both are given.")),
    Indicator(
        "resolution_with_open", Label("化解率（含未结）", "Resolution rate (open cases counted)"), _SETTLED,
        Label("期间上报的案件", "Cases filed in the period"), Base.CASES, _FILING, "settling",
        counts=lambda case: case.filed and case.ours, hits=lambda case: case.settled, left_out=_OURS,
        note=Label("未结算作没化解。依法终结的在分母里，但不是谁的失败。",
                   "Open cases count as not settled. Lawful ends stand below the line and are nobody's failure.")),
    Indicator(
        "resolution_decided", Label("化解率（不含未结）", "Resolution rate (open cases left out)"), _SETTLED,
        Label("期间上报、已有结果的案件", "Cases filed in the period that have come to a result"), Base.CASES, _FILING,
        "settling",
        counts=lambda case: case.filed and case.ours and not case.open, hits=lambda case: case.settled,
        left_out=Label("未结的、不予受理的、并案的", "Open cases; cases not accepted or joined to another"),
        note=Label("通报的化解率多半不含未结，所以接近 100%；与上一行对照着看。",
                   "Published rates mostly leave open cases out and come near 100 %; read it beside the row above.")),
    _within(Level.CELL, "网格内", "cell"),
    Indicator(
        "accepted_in_cell", Label("网格内化解率（占受理）", "Settled within the cell (of accepted)"),
        Label("其中已化解、没有升级的", "of these, settled and standing with the cell"), _ACCEPTED, Base.CASES, _FILING,
        "settling",
        counts=lambda case: case.filed and case.accepted, hits=partial(_settled_within, levels=_at_or_below(Level.CELL)),
        left_out=_NOT_LICENSED,
        note=Label("分母说法不一，与占办结的并列。", "Reports disagree about the denominator; both are given.")),
    _within(Level.COMMUNITY, "社区内", "community"),
    _within(Level.STREET, "街道内", "street"),
    Indicator(
        "repeat_sides", Label("重复纠纷（同一双方）", "Repeat disputes (same sides)"),
        Label("其中 180 天内同一双方有过案件的", "of these, with an earlier case of the same sides within 180 days"),
        Label("期间上报的案件", "Cases filed in the period"), Base.CASES, _FILING, "settling",
        counts=lambda case: case.filed, hits=lambda case: case.linked,
        note=Label("按双方的加密索引找；没登记双方的找不到，所以是下限。",
                   "Found by keyed indexes of both sides; where a side is not recorded nothing is found, "
                   "so this is a lower bound.")),
    Indicator(
        "repeat_place", Label("重复纠纷（同格同类）", "Repeat disputes (same cell and class)"),
        Label("其中 180 天内同一网格有过同一小类案件的",
              "of these, with a case of the same sub-class in the same cell in the 180 days before"),
        Label("期间上报、已定网格的案件", "Cases filed in the period that have a cell"), Base.REPEATS, _FILING, "settling",
        hits=lambda case: case.again, left_out=Label("位置待定的", "Cases without a cell"),
        note=Label("大网格里同类案件多，这一行偏高，不等于同一家。",
                   "Large cells have many of a class, so this reads high; it need not be the same home.")),
    Indicator(
        "on_time", Label("按期办结率", "Closed in time"), Label("其中在时限内办结的", "of these, closed within the limit"),
        Label("期间办结的，加上现在超期未结的", "Cases closed in the period, and those open and overdue now"), Base.CASES,
        _CLOSING, "time",
        counts=_late_or_done, hits=_in_time, left_out=_OURS,
        note=Label("时限以最后一个时钟为准，中止和批准的延期已计入；下一行把延期的去掉。",
                   "The last clock decides, pauses and granted extensions included; the next row takes the extended ones off.")),
    Indicator(
        "on_time_unextended", Label("按期办结率（未延期）", "Closed in time (not extended)"),
        Label("其中没有延期、在时限内办结的", "of these, closed within the limit without an extension"),
        Label("期间办结的，加上现在超期未结的", "Cases closed in the period, and those open and overdue now"), Base.CASES,
        _CLOSING, "time",
        counts=_late_or_done, hits=lambda case: _in_time(case) and not case.extended, left_out=_OURS,
        note=Label("批准的延期另列。", "Granted extensions shown apart.")),
    Indicator(
        "overdue_open", Label("超期率（未结）", "Overdue share of open cases"), Label("其中已超期的", "of these, overdue"),
        Label("现在未结的案件", "Cases open now"), Base.CASES, _NOW, "time", counts=lambda case: case.open,
        hits=lambda case: case.late_now,
        left_out=Label("期间结束以后上报的", "Cases filed after the period"),
        note=Label("看的是现在，不是期末；中止计时的不算超期。",
                   "As things stand now and not at the period's end; a paused clock is not late.")),
    Indicator(
        "overdue_ever", Label("曾超期率（办结）", "Ever overdue, of closed cases"),
        Label("其中任何一个时限超过的", "of these, with any limit passed"),
        Label("期间办结的案件", "Cases closed in the period"), Base.CASES, _CLOSING, "time",
        counts=lambda case: case.done and case.ours, hits=lambda case: case.late_ever, left_out=_OURS,
        note=Label("受理和调解的时限都算；公式为本系统所定。",
                   "Limits of decision and of mediation count; the formula is ours.")),
    Indicator(
        "response", Label("响应率", "Response rate"), Label("其中在时限内决定受理与否的", "of these, decided within the limit"),
        Label("期间上报、已决定或已到时限的案件", "Cases filed in the period that were decided or whose limit has passed"),
        Base.CASES, _FILING,
        "time", counts=lambda case: case.filed and case.decided is not InTime.WAITING,
        hits=lambda case: case.decided is InTime.YES,
        left_out=Label("还在时限内、没有决定的", "Cases not decided whose limit has not come"),
        note=Label("热线的响应率是时限内联系到人；这里没有通话记录，用受理决定代替，公式为本系统所定。",
                   "Hotlines count contacts in time; calls are not held here, so the decision stands in. The formula is ours.")),
    Indicator(
        "handling_time", Label("办理时长", "Handling time"),
        Label("从受理到有结果的时间，扣除中止", "From acceptance to the result, pauses taken off"),
        Label("期间办结、受理过的案件", "Accepted cases closed in the period"), Base.HANDLING, _CLOSING, "time", kind=Kind.DAYS,
        left_out=_NOT_LICENSED,
        note=Label("给中位数、九成以内和平均数；中位数不受个别久拖案件左右。",
                   "Median, ninetieth percentile and mean; a few long cases do not move the median.")),
    Indicator(
        "signed_in_time", Label("部门按时签收率", "Tasks signed for in time"),
        Label("其中按时签收的", "of these, signed for in time"),
        Label("期间派出、已签收或已到时限的任务", "Tasks dispatched in the period, signed for or past the limit"), Base.TASKS,
        _EVENT, "departments",
        counts=lambda task: task.signed is not InTime.WAITING, hits=lambda task: task.signed is InTime.YES, left_out=_UNMADE),
    Indicator(
        "answered_in_time", Label("部门按时答复率", "Tasks answered in time"),
        Label("其中按时答复的", "of these, answered in time"),
        Label("期间派出、已答复或已到时限的任务", "Tasks dispatched in the period, answered or past the limit"), Base.TASKS,
        _EVENT, "departments",
        counts=lambda task: task.answered is not InTime.WAITING, hits=lambda task: task.answered is InTime.YES, left_out=_UNMADE,
        note=Label("时钟从派出算起，不从签收算起。", "The clock runs from dispatch, not from signing.")),
    Indicator(
        "returned", Label("退单率", "Return rate"), Label("其中退回过的", "of these, sent back"),
        Label("期间派出的任务", "Tasks dispatched in the period"), Base.TASKS, _EVENT, "departments",
        hits=lambda task: task.returned,
        left_out=Label("撤回的任务", "Recalled tasks")),
    Indicator(
        "first_dispatch", Label("一次派准率", "First dispatch right"), Label("其中没有退回过的", "of these, never sent back"),
        Label("期间派出的任务", "Tasks dispatched in the period"), Base.TASKS, _EVENT, "departments",
        hits=lambda task: not task.returned,
        left_out=Label("撤回的任务", "Recalled tasks"), note=Label("等于 1 减退单率。", "One less the return rate.")),
    Indicator(
        "answers_rated", Label("答复满意率", "Answers rated satisfactory"),
        Label("其中评为满意的", "of these, rated satisfactory"),
        Label("期间派出、已评价的任务", "Tasks dispatched in the period that were rated"), Base.TASKS, _EVENT, "departments",
        counts=lambda task: task.rating is not None, hits=lambda task: task.rating is Rating.SATISFIED,
        left_out=Label("没有评价的", "Answers not rated"),
        note=Label("评的是部门的答复，不评人。", "Answers of departments are rated, never persons.")),
    Indicator(
        "whistle", Label("吹哨率", "Whistle rate"),
        Label("其中街道呼叫过县里部门的", "of these, in which the street called county departments"),
        Label("期间上报的案件", "Cases filed in the period"), Base.CASES, _FILING, "departments", counts=lambda case: case.filed,
        hits=lambda case: case.called,
        note=Label("太低是不会用，太高是平时没办好。一案多次呼叫算一次。",
                   "Too low: nobody uses it. Too high: routine is failing. Several calls in a case count once.")),
    Indicator(
        "came_in_time", Label("呼叫到场率", "Came when called"),
        Label("其中在答复时限内到场的", "of these, came within the limit for the answer"),
        Label("期间呼叫部门、已到场或已到时限的任务", "Tasks of calls made in the period, with arrival or past the limit"),
        Base.TASKS, _EVENT,
        "departments", counts=lambda task: task.called and task.came is not InTime.WAITING,
        hits=lambda task: task.came is InTime.YES,
        left_out=_UNMADE,
        note=Label("没有单独的到场时限，以答复时限代替。", "There is no limit for coming alone; that of the answer stands in.")),
    Indicator(
        "performed_on_time", Label("协议按期履行率", "Performed on time"),
        Label("其中到期前已履行的", "of these, kept by the day"),
        Label("期间到期的协议条款", "Clauses that fell due in the period"), Base.CLAUSES, _EVENT, "keeping",
        counts=lambda clause: clause.state is not ClauseState.GIVEN_UP,
        hits=lambda clause: clause.state is ClauseState.KEPT and clause.on_time,
        left_out=Label("没有日期的、双方同意不再履行的、协议已失效的",
                       "Clauses without a day, given up by both sides, or of dropped agreements")),
    Indicator(
        "performed", Label("协议履行率（含迟延）", "Performed, late or not"), Label("其中已履行的", "of these, kept"),
        Label("期间到期的协议条款", "Clauses that fell due in the period"), Base.CLAUSES, _EVENT, "keeping",
        counts=lambda clause: clause.state is not ClauseState.GIVEN_UP, hits=lambda clause: clause.state is ClauseState.KEPT,
        left_out=Label("没有日期的、双方同意不再履行的、协议已失效的",
                       "Clauses without a day, given up by both sides, or of dropped agreements")),
    Indicator(
        "confirmed", Label("司法确认率", "Judicial confirmation rate"),
        Label("其中法院已确认的", "of these, confirmed by the court"),
        Label("期间订立、已生效的书面协议", "Written agreements made in the period and in force"), Base.AGREEMENTS, _EVENT,
        "keeping",
        hits=lambda agreement: agreement.confirmation is Confirmation.CONFIRMED,
        left_out=Label("口头协议、没有生效或已失效的", "Oral agreements; agreements not in force or dropped"),
        note=Label("申请是双方自愿的，低不等于差。", "Applying is the parties' own choice; low is not bad.")),
    Indicator(
        "followed_up", Label("回访率", "Follow-up rate"), Label("其中已做的", "of these, made"),
        Label("期间到期的回访", "Follow-ups that fell due in the period"), Base.FOLLOW_UPS, _EVENT, "keeping",
        counts=lambda each: each.due and each.made is not InTime.WAITING, hits=lambda each: each.kept is not None,
        left_out=Label("重新打开而取消的、还没到期的", "Called off by reopening; not yet due")),
    Indicator(
        "solved", Label("解决率", "Solution rate"),
        Label("其中履行了、没有反复迹象的", "of these, kept and with no sign of return"),
        Label("期间做的回访", "Follow-ups made in the period"), Base.FOLLOW_UPS, _EVENT, "keeping",
        counts=lambda each: each.made_in,
        hits=lambda each: each.kept is True and each.worse is False,
        note=Label("由回访的人登记，不是抽样；公式为本系统所定。",
                   "Recorded by whoever makes the visit, not a sample; the formula is ours.")),
    Indicator(
        "satisfied", Label("满意率（占联系上的）", "Satisfaction (of those reached)"),
        Label("其中回答满意或基本满意的", "of these, satisfied or fairly satisfied"),
        Label("期间回访联系上的当事方", "Sides reached by follow-ups made in the period"), Base.SIDES, _EVENT, "keeping",
        counts=lambda answer: answer is not Satisfaction.NOT_REACHED,
        hits=lambda answer: answer in (Satisfaction.SATISFIED, Satisfaction.FAIRLY),
        left_out=Label("没联系上的", "Sides not reached")),
    Indicator(
        "satisfied_of_asked", Label("满意率（占全部回访）", "Satisfaction (of all asked)"),
        Label("其中回答满意的", "of these, satisfied without reserve"),
        Label("期间回访的当事方", "Sides of follow-ups made in the period"), Base.SIDES, _EVENT, "keeping",
        hits=lambda answer: answer is Satisfaction.SATISFIED,
        note=Label("最严的算法：没联系上和基本满意都不算。",
                   "The strictest way: not reached and fairly satisfied do not count.")),
    Indicator(
        "police_told", Label("报公安的案件", "Cases told to the police"),
        Label("期间首次报公安的案件", "Cases first told to the police in the period"),
        Label("不除", "Not divided"), Base.CASES, _EVENT, "outside", counts=lambda case: case.police, kind=Kind.COUNT, least=0,
        note=Label("报得多不是坏事，不作排名。", "Many is not bad; it ranks nobody.")),
    _not_held("turned_criminal", Label("民转刑", "Civil disputes turned criminal"),
              Label("转为刑事的案件", "Cases that became criminal"),
              Label("不除", "Not divided"),
              Label("本系统没有刑事立案的记录，不填。零指标会逼人瞒报，不要拿它排名。",
                    "Criminal proceedings are not recorded here, so it stays blank. Targets of zero breed hiding.")),
    _not_held("prevented", Label("防止民转刑、防止群体性上访", "Crimes and group petitions prevented"),
              Label("防止的案件和人数", "Cases and people"),
              Label("不除", "Not divided"),
              Label("没有发生的事无从记录；报表要的，由填报人另填。",
                    "What did not happen is not recorded; where a return asks, its author fills it in.")),
    _not_held("litigation", Label("万人成讼率", "Lawsuits per 10,000 residents"),
              Label("一审民商事案件", "First-instance civil and commercial cases"),
              Label("常住人口（万）", "Permanent residents, in ten thousands"),
              Label("法院案件不在本系统，法院也不按网格统计。",
                    "Court cases are not held here, and courts do not know the grid.")),
)

#: Code → indicator, in the order of the page.
INDICATORS: Mapping[str, Indicator] = {each.code: each for each in _TABLE}


def all_figures(rows: Mapping[Base, Rows], *, exact: bool = True) -> dict[str, Figure]:
    """Return every figure by its code; a base without rows gives zeros."""
    return {code: figure(rule, rows.get(rule.base, {}), exact=exact) for code, rule in INDICATORS.items()}
