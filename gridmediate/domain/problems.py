"""Every refusal the system can give, with its stable code, its kind and a sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar

from gridmediate.domain.vocabulary import Label, fill


class Kind(StrEnum):
    """What sort of refusal; the web maps each to one status, the command line to one exit code."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"
    SIGN_IN = "sign_in"
    TOO_MANY = "too_many"


class Problem(Exception):
    """A refusal.

    Subclasses set ``code``, ``kind`` and ``sentence``; the sentence says what was got, what was expected and what to do.

    Parameters
    ----------
    field : str or None
        The form field the refusal is about, so that the page can point to it.
    **values
        What the sentence names.
    """

    code: ClassVar[str] = "problem"
    kind: ClassVar[Kind] = Kind.INVALID
    sentence: ClassVar[Label] = Label("没能完成。", "This could not be done.")

    def __init__(self, *, field: str | None = None, **values: Any) -> None:
        self.field = field
        self.values = values
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """Return the sentence in *language*."""
        return fill(self.sentence, self.values, language)


class Faults(Problem):
    """Several problems of one form or file, all at once."""

    code = "faults"
    kind = Kind.INVALID
    sentence = Label("有 {count} 处要改。", "To be changed: {count}.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(self.problems))


class FieldMissing(Problem):
    """A required field is empty."""

    code = "field.missing"
    sentence = Label("请填写“{name}”。", "Please fill in “{name}”.")


class FieldTooLong(Problem):
    """A text is longer than its field."""

    code = "field.too-long"
    sentence = Label(
        "“{name}”最多 {limit} 字，现在 {length} 字，请删短。",
        "“{name}” takes at most {limit} characters; it has {length}. Please shorten it.",
    )


class FieldNotAChoice(Problem):
    """A value is none of those offered."""

    code = "field.not-a-choice"
    sentence = Label(
        "“{name}”里没有“{got}”这一项，请重新选择。",
        "“{got}” is not one of the choices for “{name}”. Please choose again.",
    )


class NotFound(Problem):
    """Absent, or not for this reader: the two are answered alike."""

    code = "not-found"
    kind = Kind.MISSING
    sentence = Label(
        "没有找到，或您无权查看。请从列表重新进入。",
        "Nothing was found here, or it is not open to you. Please go in again from your list.",
    )


class NotPermitted(Problem):
    """The actor may not do this."""

    code = "not-permitted"
    kind = Kind.FORBIDDEN
    sentence = Label(
        "您的岗位不能做这件事。如需要，请找管理员核对岗位。",
        "Your post does not include this act. If it should, ask the administrator to check your post.",
    )


class ActNotOpen(Problem):
    """The act is not lawful in the state the case is in."""

    code = "case.act-not-open"
    kind = Kind.CONFLICT
    sentence = Label(
        "案件现在是“{state}”，不能“{act}”。请刷新后看现在可以做什么。",
        "The case is now “{state}”; “{act}” is not open. Reload to see what may be done now.",
    )


class ChangedMeanwhile(Problem):
    """Someone else changed it first."""

    code = "changed-meanwhile"
    kind = Kind.CONFLICT
    sentence = Label(
        "刚刚有人先改了这件案子。您填的内容还在，请看过变化再提交。",
        "Someone changed this case just now. What you typed is kept; look at the change, then send again.",
    )


class TaskOpen(Problem):
    """A case with an open task cannot be closed."""

    code = "case.task-open"
    kind = Kind.CONFLICT
    sentence = Label(
        "还有 {count} 项部门任务没有确认（{departments}），案件不能结。请先确认答复或说明理由撤回任务。",
        "Department tasks not confirmed: {count} ({departments}), so the case cannot close. Confirm the answers first, or "
        "recall a task with a reason.",
    )


class SeatsNotSettled(Problem):
    """A seat is neither filled nor declared vacant."""

    code = "team.seats-not-settled"
    kind = Kind.CONFLICT
    sentence = Label(
        "还有席位没有落实：{seats}。请补人，或写明空缺原因。",
        "Seats are not settled: {seats}. Fill them, or state why they are vacant.",
    )


class ConditionNotMet(Problem):
    """A condition of an act does not hold."""

    code = "case.condition-not-met"
    kind = Kind.CONFLICT
    sentence = Label("还不能这样做：{why}", "Not yet: {why}")


class OutsideGrid(Problem):
    """A point lies in no cell."""

    code = "case.outside-grid"
    sentence = Label(
        "这个位置不在任何网格内，最近的是{nearest}，相距约 {distance_m} 米。请移动位置、从列表选格，或交位置待定。",
        "This point lies in no cell; the nearest is {nearest}, about {distance_m} m away. Move the point, choose a cell from the "
        "list, or leave the place open.",
    )
