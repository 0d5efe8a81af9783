"""Lists of cases that leave the house as a file: when a second person must agree, how long that holds, what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label, add_labels

#: More rows than this leave only if a second person agrees (ASVS 2.3.5).
ALONE_ROWS = 200
#: A list grows between the asking and the taking; by more than this share it is another list.
GROWTH = 0.1
#: How long a request waits for somebody, and how long a file may then be taken, and how often.
WAITS, HOLDS, MOST_TAKEN = timedelta(days=3), timedelta(hours=24), 3
PURPOSE_LIMIT = 120


class ExportForm(StrEnum):
    """What kind of file."""

    EXCEL = "xlsx"
    CSV = "csv"


class ExportState(StrEnum):
    """Where an export stands; the last two follow from the time that has passed and are never stored."""

    WAITING = "waiting"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    OVER = "over"


add_labels({ExportForm.EXCEL: ("Excel（.xlsx）", "Excel (.xlsx)"), ExportForm.CSV: ("CSV（.csv）", "CSV (.csv)")})
add_labels({
    ExportState.WAITING: ("等第二人批准", "Waiting for a second person"), ExportState.GRANTED: ("可以下载", "Ready to download"),
    ExportState.DENIED: ("没有批准", "Denied"), ExportState.WITHDRAWN: ("已撤回", "Withdrawn"),
    ExportState.LAPSED: ("三天没人批，已失效", "Lapsed: nobody decided in three days"),
    ExportState.OVER: ("已下载完或过期", "Taken, or over"),
})


def needs_second(rows: int, alone_today: int = 0) -> bool:
    """Return whether so many rows leave only with a second person's consent.

    Parameters
    ----------
    rows : int
    alone_today : int
        Rows that the same person took out alone on this day: a long list cut into short ones is a long list.
    """
    return rows + alone_today > ALONE_ROWS


def most_rows(rows_asked: int) -> int:
    """Return how many rows a file may have that was asked for with *rows_asked*."""
    return rows_asked + int(rows_asked * GROWTH) if needs_second(rows_asked) else ALONE_ROWS


def state_at(kept: ExportState, asked_at: datetime, decided_at: datetime | None, taken: int, now: datetime) -> ExportState:
    """Return where an export stands at *now*."""
    if kept is ExportState.WAITING and now >= asked_at + WAITS:
        return ExportState.LAPSED
    if kept is ExportState.GRANTED and (taken >= MOST_TAKEN or decided_at is None or now >= decided_at + HOLDS):
        return ExportState.OVER
    return kept


class ExportEmpty(Problem):
    """There is nothing to take out."""

    code = "export.empty"
    sentence = Label("这样筛选没有案件可导出。请换个筛选再试。",
                     "No case fits this filter, so there is nothing to export. Change the filter.")


class ExportsSpent(Problem):
    """An account has asked as often as it may in a day."""

    code = "export.spent"
    kind = Kind.TOO_MANY
    sentence = Label(
        "今天已导出 {expected} 次，到了每人每天的上限，这次没有导出，并已记给审计员。请明天再试，或在列表里直接看。",
        "You have exported as often as one may in a day ({expected}). Nothing was exported and the auditor is told. Try again "
        "tomorrow, or read the list on the screen.",
    )


class ExportNotGranted(Problem):
    """A long list is wanted that nobody else has agreed to."""

    code = "export.not-granted"
    kind = Kind.FORBIDDEN
    sentence = Label(
        "这份名单有 {got} 件，超过 {limit} 件要另一个人批准后才能下载。现在还没有批准，请等批准的通知。",
        "This list has {got} cases. More than {limit} leave only once somebody else has agreed, and nobody has yet. Wait for the "
        "notice.",
    )


class ExportGrown(Problem):
    """The list has grown beyond what was agreed to."""

    code = "export.grown"
    kind = Kind.CONFLICT
    sentence = Label(
        "名单比批准时多了：批准 {expected} 件以内，现在超过了。请重新申请导出。",
        "The list has grown: up to {expected} cases were agreed to and there are more now. Ask for the export anew.",
    )


class ExportOver(Problem):
    """A file can no longer be taken, or a request no longer be decided."""

    code = "export.over"
    kind = Kind.CONFLICT
    sentence = Label(
        "这份导出现在是“{state}”，不能再这样做。要用请重新申请。",
        "This export now stands at “{state}”, so this cannot be done. Ask for a new one if it is needed.",
    )


class OwnExport(Problem):
    """Somebody wants to be the second person for a request of his own."""

    code = "export.own"
    kind = Kind.FORBIDDEN
    sentence = Label(
        "自己的申请不能自己批，用本人的另一个账号也不行；这次已记给审计员。请由本街道另一位领导或区县协调员批准。",
        "Nobody grants a request of his own, nor through a second account of the same person; the auditor is told of this. "
        "Another leader of the street or the county's coordinator decides.",
    )


#: Refusals that the auditor hears of.
TOLD_TO_AUDITOR = (ExportsSpent, ExportNotGranted, ExportGrown, OwnExport)


def is_same_person(own: tuple[str, str | None], other: tuple[str, str | None]) -> bool:
    """Return whether two accounts, each as (name, phone), are one person's as far as the records can tell.

    Notes
    -----
    A phone is one person's; names are shared. Where one of the two has no phone, the name has to do: who is refused by mistake is
    one of several who may decide.
    """
    digits = ["".join(filter(str.isdecimal, each[1] or "")) for each in (own, other)]
    return digits[0] == digits[1] if all(digits) else "".join(own[0].split()) == "".join(other[0].split())
