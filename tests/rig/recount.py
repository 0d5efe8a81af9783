"""Figures counted anew from the record of acts: one case after the other, not by the statements of the product.

What the record does not hold (due moments of tasks and follow-ups, days of clauses, answers to the one question) is read
from the rows themselves, one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.periods import Period
from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.store.models import Agreement, Case, Clause, FollowUp, HistoryEntry, Task

_UNSETTLED = {"filed", "accepted", "team_formed", "mediating", "reopened"}
_FINAL = {"not_accepted", "duplicate", "solved_on_spot", "closed", "archived"}
_STANDING = {"agreed_oral", "agreed_written", "performing"}
_FORMS = {"case.agree_orally": "oral", "case.agree_in_writing": "written"}
_FAILED = {"case.record_refusal", "case.withdraw", "case.terminate", "case.refer", "case.end_unperformed"}
_LEVELS = ("cell", "community", "street", "county")


class Course:
    """What the record of one case tells, read from its first entry to its last."""

    def __init__(self, entries: list[HistoryEntry], now: datetime) -> None:
        self.filed_at, self.state, self.form, self.how = entries[0].at, "", "", ""
        self.accepted_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.decided_at: datetime | None = None
        self.done_at: datetime | None = None
        self.sessions, self.level, self.extended, self.linked, self.called = 0, "cell", False, False, False
        self.police_at: datetime | None = None
        self.cell, self.t2_code = "", entries[0].details["t2"]
        self.late: dict[str, bool] = {"decision": False, "mediation": False}
        self.decision_due: datetime | None = None
        self.stood, self._paused = timedelta(), None
        self._due: datetime | None = None
        for entry in entries:
            self._take(entry)
        self.late_now = self.state in _UNSETTLED and self._due is not None and self._due < now
        if self.late_now:
            self.late["mediation" if self.accepted_at else "decision"] = True

    def _take(self, entry: HistoryEntry) -> None:
        details, act = entry.details, entry.act
        self.linked |= act == "case.link"
        self.called |= act == "call.make"
        if "standing" not in details:
            return
        was, due = self.state, self._due
        self.state = entry.to_state or self.state
        self._due = datetime.fromisoformat(details["standing"][4]) if details["standing"][4] else None
        self.cell = details["standing"][0] or ""
        if was in _UNSETTLED and due is not None and entry.at > due and self._due != due:
            self.late["mediation" if self.accepted_at else "decision"] = True
        if was == "filed" and self.state != "filed":
            self.decided_at, self.decision_due = entry.at, due
        elif was == "filed" or not was:
            self.decision_due = self._due
        self._remember(entry, was)

    def _remember(self, entry: HistoryEntry, was: str) -> None:
        act, at = entry.act, entry.at
        if act in ("case.accept", "case.reopen"):
            self.accepted_at = self.accepted_at or at
        if act in ("case.reopen", "case.return_to_mediation"):
            self.form = self.how = ""
        if act == "case.reopen":
            self.level, self.extended = "cell", False
        self.sessions += act == "case.note_session"
        self.form = _FORMS.get(act, "" if act in _FAILED else self.form)
        self.how = "department" if act == "case.close_as_department" else "spot" if act == "case.solve_on_spot" else self.how
        self.extended |= act == "case.grant_extension"
        self.level = {"case.escalate": entry.details.get("to"), "case.bring_down": entry.details.get("to")}.get(act) or self.level
        if act == "case.notify_police":
            self.police_at = self.police_at or at
        if act == "case.suspend":
            self._paused = at
        if act == "case.resume" and self._paused:
            self.stood += timedelta(days=(_day(at) - _day(self._paused)).days)
        if was in _UNSETTLED and self.state not in _UNSETTLED:
            self.ended_at = at
        if self.state in _FINAL and was not in _FINAL:
            self.done_at = at
        elif self.state not in _FINAL:
            self.done_at = None

    @property
    def agreed(self) -> bool:
        """Whether an agreement stands."""
        return bool(self.form) and (self.state in _STANDING or self.state in ("closed", "archived"))

    @property
    def settled(self) -> bool:
        """Whether it is settled in any way."""
        return self.agreed or (bool(self.how) and self.state in _FINAL)

    @property
    def ours(self) -> bool:
        """Whether it was neither refused at the door nor joined to another."""
        return self.state not in ("not_accepted", "duplicate")

    @property
    def was_late(self) -> bool:
        """Whether its last clock ran out."""
        return self.late["mediation" if self.accepted_at else "decision"]

    def comes_again_after(self, other: Course) -> bool:
        """Return whether *other* was of the same class in the same cell, within 180 days before."""
        is_like = (other.cell, other.t2_code) == (self.cell, self.t2_code)
        return is_like and timedelta() < self.filed_at - other.filed_at <= timedelta(days=180)

    def decided_in(self, now: datetime) -> bool | None:
        """Return whether the decision came in time; None while its time has not come."""
        at, due = self.decided_at, self.decision_due
        if at is not None and due is not None:
            return at <= due
        return False if due is not None and due < now else None


def _day(moment: datetime) -> Any:
    return moment.astimezone(LOCAL_ZONE).date()


def _share(rows: Iterable[bool]) -> tuple[int, int]:
    listed = list(rows)
    return sum(listed), len(listed)


def recount(session: Session, period: Period, now: datetime) -> dict[str, tuple[int, int]]:
    """Return numerator and denominator of every indicator that is held, and of handling time its hours added up."""
    chains: dict[Any, list[HistoryEntry]] = defaultdict(list)
    ids = set(session.scalars(select(Case.id)))
    for entry in session.scalars(select(HistoryEntry).order_by(HistoryEntry.chain, HistoryEntry.seq)):
        if entry.chain in ids:
            chains[entry.chain].append(entry)
    cases = [Course(entries, now) for entries in chains.values()]
    return {**_of_cases(cases, period, now), **_of_tasks(session, chains, period, now), **_of_later(session, period, now)}


def _of_cases(cases: list[Course], period: Period, now: datetime) -> dict[str, tuple[int, int]]:
    def inside(moment: datetime | None) -> bool:
        return moment is not None and period.start <= moment < period.end

    filed = [case for case in cases if inside(case.filed_at)]
    done = [case for case in cases if inside(case.done_at) and case.ours]
    accepted = [case for case in filed if case.accepted_at]
    timed = [*done, *(case for case in cases if case.late_now)]
    decided = [answer for case in filed if (answer := case.decided_in(now)) is not None]
    handled = [case for case in cases if inside(case.done_at) and case.accepted_at and case.ended_at]
    hours = sum(int((case.ended_at - case.accepted_at - case.stood).total_seconds() // 3600)  # type: ignore[operator]
                for case in handled)
    return {
        "success_of_accepted": _share(case.agreed for case in accepted),
        "success_of_mediated": _share(case.agreed for case in filed if case.sessions),
        "resolution_with_open": _share(case.settled for case in filed if case.ours),
        "resolution_decided": _share(case.settled for case in filed if case.ours and case.state not in _UNSETTLED),
        "accepted_in_cell": _share(case.settled and case.level == "cell" for case in accepted),
        **{f"closed_in_{level}": _share(case.settled and _LEVELS.index(case.level) <= at for case in done)
           for at, level in enumerate(_LEVELS[:3])},
        "repeat_sides": _share(case.linked for case in filed),
        "repeat_place": _share(any(case.comes_again_after(other) for other in cases) for case in filed if case.cell),
        "on_time": _share(case in done and not case.was_late for case in timed),
        "on_time_unextended": _share(case in done and not case.was_late and not case.extended for case in timed),
        "overdue_open": _share(case.late_now for case in cases if case.state in _UNSETTLED and case.filed_at < period.end),
        "overdue_ever": _share(any(case.late.values()) for case in done),
        "response": _share(decided), "whistle": _share(case.called for case in filed),
        "police_told": _share(True for case in cases if inside(case.police_at)), "handling_time": (len(handled), hours),
    }


def _of_tasks(session: Session, chains: dict[Any, list[HistoryEntry]], period: Period,
              now: datetime) -> dict[str, tuple[int, int]]:
    told: dict[str, list[HistoryEntry]] = defaultdict(list)
    for entries in chains.values():
        for entry in entries:
            if "task" in entry.details:
                told[entry.details["task"]].append(entry)
    tasks = [task for task in session.scalars(select(Task))
             if period.start <= task.dispatched_at < period.end and "task.recall" not in {e.act for e in told[task.id.hex]}]

    def first(task: Task, *acts: str) -> datetime | None:
        return next((entry.at for entry in told[task.id.hex] if entry.act in acts), None)

    def in_time(at: datetime | None, due: datetime) -> bool | None:
        return at <= due if at else (False if due < now else None)

    signed = [in_time(first(task, "task.sign", "task.come", "task.answer"), task.sign_due_at) for task in tasks]
    answered = [in_time(first(task, "task.answer"), task.answer_due_at) for task in tasks]
    came = [in_time(first(task, "task.come"), task.answer_due_at) for task in tasks if task.call_id]
    rated = [entry.details["rating"] for task in tasks for entry in told[task.id.hex] if entry.act == "task.rate"]
    back = [first(task, "task.send_back") is not None for task in tasks]
    known = {"signed_in_time": signed, "answered_in_time": answered, "came_in_time": came}
    return {
        **{code: _share(each for each in answers if each is not None) for code, answers in known.items()},
        "returned": _share(back), "first_dispatch": _share(not each for each in back),
        "answers_rated": _share(each == "satisfied" for each in rated),
    }


def _of_later(session: Session, period: Period, now: datetime) -> dict[str, tuple[int, int]]:
    standing = {each.id: each for each in session.scalars(select(Agreement)) if each.dropped_at is None}
    clauses = [each for each in session.scalars(select(Clause)) if each.agreement_id in standing and each.due_on
               and period.first <= each.due_on <= period.last and each.state != "given_up"]
    visits = [each for each in session.scalars(select(FollowUp)) if each.called_off_at is None]
    made = [each for each in visits if each.done_at and period.start <= each.done_at < period.end]
    due = [each for each in visits if period.start <= each.due_at < period.end and (each.done_at or each.due_at < now)]
    answers = [answer for each in made for answer in (each.applicant_says, each.respondent_says) if answer]
    return {
        "performed": _share(each.state == "kept" for each in clauses),
        "performed_on_time": _share(each.state == "kept" and each.settled_on <= each.due_on for each in clauses),
        "confirmed": _share(each.confirmation == "confirmed" for each in standing.values() if each.kind == "written"
                            and each.effect_at and period.start <= each.made_at < period.end),
        "followed_up": _share(each.done_at is not None for each in due),
        "solved": _share(bool(each.is_kept) and not each.is_worse for each in made),
        "satisfied": _share(each in ("satisfied", "fairly") for each in answers if each != "not_reached"),
        "satisfied_of_asked": _share(each == "satisfied" for each in answers),
    }
