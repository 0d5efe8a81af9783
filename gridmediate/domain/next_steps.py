"""What a case waits for now, whose turn it is, and by when: the order and the last column of every list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import (
    LANGUAGES,
    LOCAL_ZONE,
    Label,
    Level,
    Phrase,
    add_labels,
    add_phrases,
    label,
    say_day,
)
from gridmediate.domain.workflow import AGREED, FINAL_STATES, OPEN_STATES, TO_CLOSE, AgreementState, Extension, State

#: Where cases stand in a list when nothing is due: behind all that is.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Turn(StrEnum):
    """Whose act is awaited."""

    COMMUNITY = "community"
    DEPARTMENTS = "departments"
    STREET = "street"
    COUNTY = "county"
    NOBODY = "nobody"


add_labels({
    Turn.COMMUNITY: ("轮到社区", "The community's turn"),
    Turn.DEPARTMENTS: ("等部门", "Waiting for departments"),
    Turn.STREET: ("等街道", "Waiting for the street"),
    Turn.COUNTY: ("等区县", "Waiting for the county"),
    Turn.NOBODY: ("已办完", "Nothing left to do"),
})
add_phrases({
    "next.settle_place": ("认定网格", "Settle the cell"),
    "next.decide": ("决定受理与否", "Decide whether to accept"),
    "next.form_team": ("落实席位，组队派单", "Settle the seats, form the team"),
    "next.hold_session": ("主持第 {number} 次调解", "Hold session {number}"),
    "next.await_answer": ("等{departments}答复", "Await the answer of {departments}"),
    "next.await_answer_late": ("催{departments}答复", "Urge {departments} to answer"),
    "next.confirm_answer": ("确认{departments}答复", "Confirm the answer of {departments}"),
    "next.dispatch_again": ("{departments}退回，重新派单", "{departments} sent it back; dispatch again"),
    "next.rule": ("裁定由谁办理", "Rule who handles it"),
    "next.answer_raise": ("答复{level}的上报", "Answer what was asked of the {level}"),
    "next.decide_extension": ("批延期申请", "Decide on the extension"),
    "next.resume": ("{until}恢复计时", "Resume the clock on {until}"),
    "next.ask_consent": ("问双方是否重新同意调解", "Ask both sides to agree anew"),
    "next.county_handles": ("区县办理，办后交回", "With the county, to be given back"),
    "next.sign_agreement": ("请各方在协议上签名盖章", "Have the agreement signed and sealed"),
    "next.see_performed": ("看协议履行（还有 {count} 条）", "See to performance ({count} open)"),
    "next.answer_breach": ("协议有 {count} 条没履行，告知途径", "{count} not performed; tell the routes"),
    "next.start_performing": ("进入履行（{count} 条）", "Begin performance ({count})"),
    "next.close": ("告知双方，结案", "Tell both sides and close"),
    "next.nothing": ("已办完", "Done"),
    "worker.next.settle_place": ("补上位置", "Add the place"),
    "worker.next.await_answer": ("陪同{departments}上门", "Go along with {departments}"),
    "worker.next.hold_session": ("带双方到场，第 {number} 次调解", "Bring both sides to session {number}"),
})


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """What of a task decides the next step; an answer to the street's call is the street's to receive."""

    department: Label
    state: TaskState
    answer_due_at: datetime
    answer_warn_at: datetime
    is_called: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What runs beside the main line of a case and may come before it.

    Parameters
    ----------
    level : Level
        With whom the case stands.
    raise_due_at : datetime or None
        By when the level above is to answer, while it has not.
    extension : Extension
    paused_until : datetime or None
        Until when the clock stands still, while it does.
    consent_needed : bool
    agreement : AgreementState
    clauses_open, clauses_broken : int
        Broken clauses are open as well.
    clause_due_at : datetime or None
        When the next open clause is due.
    """

    level: Level = Level.CELL
    raise_due_at: datetime | None = None
    extension: Extension = Extension.NONE
    paused_until: datetime | None = None
    consent_needed: bool = False
    agreement: AgreementState = AgreementState.NONE
    clauses_open: int = 0
    clauses_broken: int = 0
    clause_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """The act awaited, by whom, by when, and from when it counts as due soon."""

    phrase: Phrase
    turn: Turn
    due_at: datetime
    warn_at: datetime


#: Whose turn it is where a level leads the case.
_LEADS = {Level.CELL: Turn.COMMUNITY, Level.COMMUNITY: Turn.COMMUNITY, Level.STREET: Turn.STREET, Level.COUNTY: Turn.COUNTY}


def next_step(
    state: State, *, placed: bool, due_at: datetime | None, warn_at: datetime | None = None, tasks: Sequence[TaskBrief] = (),
    sessions_held: int = 0, has_community: bool = True, beside: Beside = Beside(),
) -> NextStep:
    """Return what a case waits for.

    Parameters
    ----------
    state : State
    placed : bool
    due_at, warn_at : datetime or None
        The case's own deadline, if one runs.
    tasks : sequence of TaskBrief
    sessions_held : int
    has_community : bool
        Whether a community has been asked about the place; where none has, the street settles it.
    beside : Beside

    Notes
    -----
    What was asked of the level above comes first, then what stands with the community, then what stands with others: a returned
    or answered task is its turn, however many tasks are still out.
    """
    own = (due_at or NEVER, warn_at or due_at or NEVER)
    if state in FINAL_STATES:
        return NextStep(Phrase("next.nothing"), Turn.NOBODY, NEVER, NEVER)
    if not placed:
        return NextStep(Phrase("next.settle_place"), Turn.COMMUNITY if has_community else Turn.STREET, *own)
    if state is State.FILED:
        return NextStep(Phrase("next.decide"), Turn.COMMUNITY, *own)
    if state in OPEN_STATES and (first := _beside_first(beside, own)):
        return first
    if state in (State.ACCEPTED, State.REOPENED):
        return NextStep(Phrase("next.ask_consent" if beside.consent_needed else "next.form_team"), Turn.COMMUNITY, *own)
    led_by = _LEADS[beside.level] if state in OPEN_STATES else Turn.COMMUNITY
    for waiting, code, turn in _TASKS_FIRST:
        found = [task for task in tasks if task.state in waiting]
        if turn is Turn.COMMUNITY:
            own_tasks = [task for task in found if not task.is_called]
            found, turn = (own_tasks, led_by) if own_tasks else (found, Turn.STREET)
        if found:
            # An answer that has come is late no more; whoever confirms it has the case's own time.
            running = () if code == "next.confirm_answer" else [(task.answer_due_at, task.answer_warn_at) for task in found]
            return NextStep(_naming(code, found), turn, *min([own, *running]))
    if state in TO_CLOSE:
        return _to_close(state, beside, own)
    if led_by is Turn.COUNTY:
        return NextStep(Phrase("next.county_handles"), led_by, *own)
    return NextStep(Phrase("next.hold_session", {"number": sessions_held + 1}), led_by, *own)


_Due = tuple[datetime, datetime]


def _beside_first(beside: Beside, own: _Due) -> NextStep | None:
    if beside.raise_due_at is not None:
        due_at = min(own[0], beside.raise_due_at)
        phrase = Phrase("next.answer_raise", {"level": _stored(label(beside.level))})
        return NextStep(phrase, _LEADS[beside.level], due_at, min(own[1], due_at))
    if beside.paused_until is not None:
        until = {language: say_day(beside.paused_until.astimezone(LOCAL_ZONE).date(), language) for language in LANGUAGES}
        return NextStep(Phrase("next.resume", {"until": until}), Turn.COMMUNITY, beside.paused_until, beside.paused_until)
    if beside.extension is Extension.ASKED:
        return NextStep(Phrase("next.decide_extension"), Turn.STREET, *own)
    return None


def _to_close(state: State, beside: Beside, own: _Due) -> NextStep:
    if state in AGREED and beside.agreement is AgreementState.UNSIGNED:
        return NextStep(Phrase("next.sign_agreement"), Turn.COMMUNITY, *own)
    if state is State.PERFORMING and beside.clauses_broken:
        return NextStep(Phrase("next.answer_breach", {"count": beside.clauses_broken}), Turn.COMMUNITY, *own)
    if state in AGREED and beside.clauses_open:
        code = "next.see_performed" if state is State.PERFORMING else "next.start_performing"
        due_at = beside.clause_due_at or NEVER
        return NextStep(Phrase(code, {"count": beside.clauses_open}), Turn.COMMUNITY, due_at, due_at)
    return NextStep(Phrase("next.close"), Turn.COMMUNITY, *own)


def _stored(word: Label) -> dict[str, str]:
    return {"zh": word.zh, "en": word.en}


_TASKS_FIRST = (
    ({TaskState.RULING}, "next.rule", Turn.STREET),
    ({TaskState.RETURNED}, "next.dispatch_again", Turn.COMMUNITY),
    ({TaskState.ANSWERED}, "next.confirm_answer", Turn.COMMUNITY),
    ({TaskState.ASSIGNED, TaskState.SIGNED}, "next.await_answer", Turn.DEPARTMENTS),
)


def _naming(code: str, tasks: Sequence[TaskBrief]) -> Phrase:
    return Phrase(code, {"departments": [{"zh": task.department.zh, "en": task.department.en} for task in tasks]})


def in_time(phrase: Phrase, due_at: datetime, now: datetime) -> Phrase:
    """Return the step as it reads at *now*: an answer that is late is to be urged, not awaited."""
    return Phrase("next.await_answer_late", phrase.values) if phrase.code == "next.await_answer" and due_at < now else phrase


def for_worker(phrase: Phrase) -> Phrase | None:
    """Return the grid worker's own part in a step, or None if it waits for others."""
    own = {"next.settle_place", "next.await_answer", "next.hold_session"}
    return Phrase(f"worker.{phrase.code}", phrase.values) if phrase.code in own else None
