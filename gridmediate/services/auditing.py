"""Who saw and did what, for the auditor: the record of acts, its verification, and digests to keep elsewhere.

Codes, numbers and names of staff only. What people typed stays sealed, and nothing here opens it. Looking is itself written down.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridmediate.domain.acts import READINGS, act_label
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import FieldNotAChoice, Kind, Problem
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Part, Role, Seat, label
from gridmediate.domain.workflow import State
from gridmediate.services.downloads import taken_as
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.store import history
from gridmediate.store.encryption import keyring_of
from gridmediate.store.models import Account, Case, HistoryEntry

PAGE_SIZE = 50
#: Details that are printed; every other is left out, so that a new one must be let in expressly.
_PRINTED: dict[str, Label] = {
    "file": Label("文件", "file"), "from": Label("自", "from"), "to": Label("至", "to"),
    "edition": Label("版", "edition"), "new": Label("新增", "new"), "changed": Label("变动", "changed"),
    "unchanged": Label("不变", "unchanged"), "retired": Label("停用", "retired"), "joins": Label("新来", "join"),
    "moves": Label("变动", "move"), "leaves": Label("离岗", "leave"), "cell": Label("网格", "cell"),
    "seat": Label("席位", "seat"), "role": Label("岗位", "post"), "place": Label("地方", "place"),
    "t2": Label("分类", "category"), "how": Label("定位", "located"), "part": Label("分工", "part"),
    "department": Label("部门", "department"), "kind": Label("种类", "kind"), "why": Label("缘由", "why"),
    "day": Label("日期", "day"), "working": Label("补班", "worked"), "year": Label("年份", "year"),
    "count": Label("数量", "count"), "entries": Label("条数", "entries"), "breaks": Label("断处", "breaks"),
    "second": Label("第二人", "second person"),
    "until": Label("截至", "until"), "heads": Label("校验码", "digest"),
    "format": Label("格式", "format"), "rows": Label("行数", "rows"), "number": Label("下载编号", "download number"),
    "sha256": Label("文件校验码", "file digest"),
}
#: Details whose values are words of the vocabulary.
_WORDS: dict[str, type[StrEnum]] = {"seat": Seat, "role": Role, "part": Part}


class AnchorUnreadable(Problem):
    """A digest that was kept cannot be read."""

    code = "audit.anchor-unreadable"
    sentence = Label(
        "存证“{got}”读不出来。应当是时刻加 64 位校验码，就像校验后显示的那一行。",
        "The kept line “{got}” cannot be read. It should be a moment and 64 digits, just like the line shown after verifying.",
    )


class RecordBroken(Problem):
    """The record of acts does not hold."""

    code = "audit.broken"
    kind = Kind.CONFLICT
    sentence = Label(
        "记录链有 {count} 处对不上。请立即停用可疑账号，保全数据库和备份，并报告主管。",
        "The record of acts does not hold; places: {count}. Close doubtful accounts at once, secure database and backups, and "
        "report it.",
    )


@dataclass(frozen=True, slots=True)
class ActFilter:
    """What the auditor looks for; empty is any.

    Parameters
    ----------
    login : str
        Who did it.
    case_no : str
    act : str
        An act (``case.read``), a resource (``case``), or ``reading`` for acts that only look.
    first, last : date or None
        Local days, both included.
    taken : str
        Number or SHA-256 of a file that somebody took out of the house.
    """

    login: str = ""
    case_no: str = ""
    act: str = ""
    first: date | None = None
    last: date | None = None
    taken: str = ""


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act or reading, as it is shown."""

    chain: uuid.UUID
    seq: int
    at: datetime
    act: str
    label: Label
    who: Label | None
    login: str | None
    about: str | None
    case_no: str | None
    from_state: State | None
    to_state: State | None
    details: tuple[tuple[Label, Label], ...]
    is_reading: bool
    has_words: bool

    @property
    def key(self) -> str:
        """What the next page begins after."""
        return f"{self.at.isoformat()}|{self.chain.hex}|{self.seq}"


@dataclass(frozen=True, slots=True)
class ActPage:
    """A page of the record, the newest first; ``after`` is the next page's key, "" on the last."""

    rows: tuple[ActRow, ...]
    after: str


def acts(session: Session, wanted: ActFilter, actor: Actor, now: datetime, *, after: str = "", size: int = PAGE_SIZE) -> ActPage:
    """Read a page of the record. For a session that writes: this reading is recorded, with what was looked for.

    Raises
    ------
    NotPermitted
    FieldNotAChoice
        If the person or the case looked for is not there.
    """
    require(actor, Permission.AUDIT_READ)
    conditions = _conditions(session, wanted)
    if after:
        conditions.append(_older_than(after))
    subject = aliased(Account)
    found = session.execute(
        select(HistoryEntry, Account.name, Account.name_en, Account.login, Case.case_no, subject.login.label("about"))
        .outerjoin(Account, Account.id == HistoryEntry.actor_id).outerjoin(Case, Case.id == HistoryEntry.case_id)
        .outerjoin(subject, subject.id == HistoryEntry.chain).where(*conditions)
        .order_by(HistoryEntry.at.desc(), HistoryEntry.chain.desc(), HistoryEntry.seq.desc()).limit(size + 1)
    ).all()
    rows = tuple(_row(each) for each in found[:size])
    details = {"login": wanted.login, "case_no": wanted.case_no, "act": wanted.act, "taken": wanted.taken,
               "first": wanted.first.isoformat() if wanted.first else "", "last": wanted.last.isoformat() if wanted.last else ""}
    history.lock_account(session, actor.account_id)
    entry = history.Entry("audit.read", {name: value for name, value in details.items() if value})
    history.record(session, actor.account_id, [entry], actor=actor, at=now)
    return ActPage(rows, rows[-1].key if len(found) > size else "")


def _conditions(session: Session, wanted: ActFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.login:
        who = session.scalar(select(Account.id).where(Account.login == wanted.login))
        if who is None:
            raise FieldNotAChoice(field="login", name=Label("人员", "Person"), got=wanted.login)
        conditions.append(or_(HistoryEntry.actor_id == who, and_(HistoryEntry.chain == who, HistoryEntry.actor_id.is_(None))))
    if wanted.case_no:
        case = session.scalar(select(Case.id).where(Case.case_no == wanted.case_no))
        if case is None:
            raise FieldNotAChoice(field="case_no", name=Label("案号", "Case number"), got=wanted.case_no)
        conditions.append(HistoryEntry.case_id == case)
    if wanted.act == "reading":
        conditions.append(HistoryEntry.act.in_(sorted(READINGS)))
    elif wanted.act:
        conditions.append(HistoryEntry.act == wanted.act if "." in wanted.act
                          else HistoryEntry.act.startswith(f"{wanted.act}.", autoescape=True))
    if wanted.taken:
        conditions.append(taken_as(wanted.taken))
    if wanted.first:
        conditions.append(HistoryEntry.at >= datetime.combine(wanted.first, time(), LOCAL_ZONE))
    if wanted.last:
        conditions.append(HistoryEntry.at < datetime.combine(wanted.last + timedelta(days=1), time(), LOCAL_ZONE))
    return conditions


def _older_than(key: str) -> ColumnElement[bool]:
    try:
        moment, chain, seq = key.split("|")
        at, chain_id, number = datetime.fromisoformat(moment), uuid.UUID(chain), int(seq)
        if at.tzinfo is None:
            raise ValueError("no zone")
    except ValueError as error:
        raise FieldNotAChoice(name=Label("页码", "Page"), got=key[:40]) from error
    same_chain = and_(HistoryEntry.chain == chain_id, HistoryEntry.seq < number)
    return or_(HistoryEntry.at < at, and_(HistoryEntry.at == at, or_(HistoryEntry.chain < chain_id, same_chain)))


def _row(found: Any) -> ActRow:
    entry: HistoryEntry = found[0]
    is_case = entry.case_id is not None
    return ActRow(
        chain=entry.chain, seq=entry.seq, at=entry.at, act=entry.act, label=act_label(entry.act),
        who=Label(found.name, found.name_en) if found.name else None, login=found.login,
        about=None if is_case or found.about == found.login else found.about, case_no=found.case_no,
        from_state=_state(entry.from_state), to_state=_state(entry.to_state), details=_printed(entry.details),
        is_reading=entry.act in READINGS, has_words=entry.words_sealed is not None,
    )


def _state(value: str | None) -> State | None:
    try:
        return State(value) if value else None
    except ValueError:
        return None


def _printed(details: dict[str, Any]) -> tuple[tuple[Label, Label], ...]:
    return tuple(
        (words, _value(name, details[name])) for name, words in _PRINTED.items()
        if isinstance(details.get(name), str | int | float) and details[name] != ""
    )


def _value(name: str, value: Any) -> Label:
    if name in _WORDS and value in set(_WORDS[name]):
        return label(_WORDS[name](value))
    return Label(str(value)[:120], str(value)[:120])


@dataclass(frozen=True, slots=True)
class Anchor:
    """The heads of all chains at a moment, to be kept outside: printed, mailed, on another machine."""

    until: datetime
    digest: str

    def __str__(self) -> str:
        return f"{self.until.isoformat(timespec='microseconds')} {self.digest}"

    @classmethod
    def read(cls, line: str) -> Anchor:
        """Read a kept line back.

        Raises
        ------
        AnchorUnreadable
        """
        moment, _, digest = " ".join(line.split()).partition(" ")
        try:
            until = datetime.fromisoformat(moment)
            if until.tzinfo is None or len(bytes.fromhex(digest)) != 32:
                raise ValueError(line)
        except ValueError as error:
            raise AnchorUnreadable(field="anchor", got=line.strip()[:90]) from error
        return cls(until, digest.lower())


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found.

    Parameters
    ----------
    entries : int
    breaks : tuple of Break
    anchor : Anchor
        To keep now.
    kept : Anchor or None
        The line that was compared.
    kept_holds : bool or None
        Whether the record still has, up to then, what it had then.
    """

    entries: int
    breaks: tuple[history.Break, ...]
    anchor: Anchor
    kept: Anchor | None = None
    kept_holds: bool | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.breaks and self.kept_holds is not False


#: An act bears the moment its request began and is written when it ends, so the last minutes may still grow.
_SETTLED_AFTER = timedelta(minutes=15)
#: How many breaks are listed; a spoilt table has as many as rows.
_LISTED = 200


def verify_record(session: Session, now: datetime, *, kept: Anchor | None = None, told: Callable[[int], None] | None = None
                  ) -> Verification:
    """Walk every chain and compare with a kept line. Reads only; see :func:`note_verification` for writing it down.

    Parameters
    ----------
    session : Session
    now : datetime
    kept : Anchor, optional
        A line from an earlier verification: without one, a tail cut off a chain that is no case's cannot be seen.
    told : callable, optional
        Called with the number of entries read, every two thousand.
    """
    breaks: list[history.Break] = []
    count = 0
    for found in history.verify(session, told=told):
        if isinstance(found, history.Break):
            if len(breaks) < _LISTED:
                breaks.append(found)
        else:
            count = found
    ring = keyring_of(session)
    until = now - _SETTLED_AFTER
    anchor = Anchor(until, history.heads(session, ring, until=until).hex())
    holds = history.heads(session, ring, until=kept.until).hex() == kept.digest if kept else None
    return Verification(count, tuple(breaks), anchor, kept, holds)


def entries_kept(session: Session) -> int:
    """Count the entries of the record."""
    return session.scalar(select(func.count()).select_from(HistoryEntry)) or 0


def note_verification(session: Session, found: Verification, actor: Actor | None, now: datetime) -> None:
    """Write down that the record was verified, with the digest: on the auditor's own chain, or from the command line the home's.

    Raises
    ------
    NotPermitted
    """
    if actor is not None:
        require(actor, Permission.AUDIT_READ)
    details: dict[str, Any] = {"entries": found.entries, "breaks": len(found.breaks), "until": found.anchor.until.isoformat(),
               "heads": found.anchor.digest}
    if actor is None:
        locked_home(session)
        note(session, "audit.verify", details, actor=None, now=now)
        return
    history.lock_account(session, actor.account_id)
    history.record(session, actor.account_id, [history.Entry("audit.verify", details)], actor=actor, at=now)


#: How far back the auditor's page looks for what calls for a look.
ALARM_DAYS = 7


def alarms(session: Session, now: datetime) -> dict[str, int]:
    """Return how often, in the last days, an export of cases was refused, and a long one granted; by act, without zeros."""
    looked_for = HistoryEntry.act.in_(("export.refused", "export.grant")), HistoryEntry.at > now - timedelta(days=ALARM_DAYS)
    found = session.execute(select(HistoryEntry.act, func.count()).where(*looked_for).group_by(HistoryEntry.act))
    return {act: count for act, count in found}


def acts_known(session: Session) -> Iterable[tuple[str, Label]]:
    """Return the acts that stand in the record, with their words, to choose from."""
    return [(act, act_label(act)) for act in session.scalars(select(HistoryEntry.act).distinct().order_by(HistoryEntry.act))]


def people_known(session: Session) -> list[tuple[str, Label]]:
    """Return every account by name, also closed ones, to choose from."""
    rows = session.execute(select(Account.login, Account.name, Account.name_en).order_by(Account.name, Account.login))
    return [(row.login, Label(row.name, row.name_en)) for row in rows]
