"""Asking for mediation without an account: the request waits, sealed, until the cell's worker has looked at it."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmediate.domain.categories import HEADS
from gridmediate.domain.problems import Faults, FieldMissing, FieldNotAChoice, FieldTooLong, Kind, NotFound, Problem
from gridmediate.domain.residents import LOOK_DAYS, NOTICE_EDITION, WORDS_LIMIT, ForWhom, RequestState
from gridmediate.domain.vocabulary import LOCAL_ZONE, Label, Role, Seat, Side
from gridmediate.domain.working_calendar import WorkingCalendar
from gridmediate.services.follow_codes import index_of, receipt_code
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.teams import plan_for
from gridmediate.services.telling import people_of
from gridmediate.services.tries import count_try, minutes_until, network
from gridmediate.services.whom_to_call import WhomToCall, whom_to_call
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import keyring_of, seal
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Account, FollowCode, MediationRequest, Notice

#: What is sealed of a request: column → (what the form calls it, the longest, whether it is asked for).
FIELDS: dict[str, tuple[Label, int, bool]] = {
    "facts": (Label("什么事", "What happened"), WORDS_LIMIT, True), "place": (Label("在哪里", "Where"), 120, True),
    "name": (Label("您的姓名", "Your name"), 60, True), "phone": (Label("您的电话", "Your phone"), 24, True),
    "behalf": (Label("替谁申请", "For whom you ask"), 60, False), "other": (Label("对方是谁", "The other side"), 120, False),
    "wish": (Label("您希望怎样", "What you wish for"), 300, False),
}
#: Any class: who sits on a cell's team does not hang on it.
_ANY = "99"


class ConsentNeeded(Problem):
    """Nothing is kept of anybody without consent."""

    code = "request.consent-needed"
    sentence = Label("请看过两份告知，勾选同意后再发。", "Please read the two notices and tick that you agree, then send.")


class PhoneUnreadable(Problem):
    """Nobody could call back."""

    code = "request.phone"
    sentence = Label("电话“{got}”看不懂，请只写数字，我们要打给您核实。",
                     "The phone number “{got}” cannot be read; digits only, please: we call it to check.")


class FormUsed(Problem):
    """The same form came with other contents."""

    code = "request.form-used"
    kind = Kind.CONFLICT
    sentence = Label("这张表已经发过一次，内容不同。原来那份已收到；要再申请请重新打开。",
                     "This form was sent before with other contents. The first one has arrived; open the page anew to ask again.")


class AskedTooOften(Problem):
    """Many requests came from one network within an hour."""

    code = "request.too-often"
    kind = Kind.TOO_MANY
    sentence = Label("这个网络里申请得太多，请 {minutes} 分钟后再发；急的事请打社区电话，有危险打 110。",
                     "Many came from this network. Send again in {minutes} minutes; if it is pressing, call the community; "
                     "in danger, call 110.")


class CellFull(Problem):
    """Many requests came for one cell within a day."""

    code = "request.cell-full"
    kind = Kind.TOO_MANY
    sentence = Label("今天这一格的申请太多，网上先不收了。请打社区电话，或明天再发；有危险打 110。",
                     "There were very many requests for this cell today, so no more are taken here. Call the community, or send "
                     "tomorrow; in danger call 110.")


@dataclass(frozen=True, slots=True)
class AskRules:
    """How many requests are taken: from one network within an hour, for one cell within a day."""

    per_network: int = 6
    per_cell: int = 40


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody typed. ``form_key`` is made when the form opens; sending it again is safe."""

    form_key: uuid.UUID
    cell_code: str
    facts: str
    place: str
    name: str
    phone: str
    for_whom: ForWhom = ForWhom.SELF
    behalf: str = ""
    other: str = ""
    wish: str = ""
    head_code: str = ""
    consents: bool = False

    def digest(self) -> bytes:
        """Return what tells a repeated sending from another request under the same key."""
        return sha256(json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request's receipt; ``code`` is "" once it has been replaced."""

    request_no: str
    code: str
    cell: Label
    community: Label
    due_at: datetime
    call: WhomToCall


def ask(store: Store, asking: Asking, address: str, now: datetime, *, rules: AskRules = AskRules(),
        complaint: str = "") -> Asked:
    """Keep a request for mediation and tell the cell's worker. The same form sent twice gives one request and one receipt.

    Parameters
    ----------
    address : str
        Of the browser's network, to count by.
    complaint : str
        The office's phone for complaints, where no place has its own.

    Raises
    ------
    NotFound
        No such cell is in force.
    Faults, FormUsed, AskedTooOften, CellFull
    """
    check(asking)
    try:
        with store.writing() as session:
            return receipt(session, _ask(session, asking, address, now, rules), now, complaint)
    except IntegrityError:  # the same form at the same moment, or a number drawn twice: the second look finds it
        with store.writing() as session:
            return receipt(session, _ask(session, asking, address, now, rules), now, complaint)


def check(asking: Asking) -> None:
    """Check what was typed; every fault at once.

    Raises
    ------
    Faults
    """
    faults: list[Problem] = []
    for name, (words, limit, required) in FIELDS.items():
        text = getattr(asking, name).strip()
        is_needed = required or (name == "behalf" and asking.for_whom is not ForWhom.SELF)
        if is_needed and not text:
            faults.append(FieldMissing(field=name, name=words))
        elif len(text) > limit:
            faults.append(FieldTooLong(field=name, name=words, limit=limit, length=len(text)))
    if asking.phone.strip() and not re.fullmatch(r"[+\d][\d\s()+-]{4,}", asking.phone.strip()):
        faults.append(PhoneUnreadable(field="phone", got=asking.phone.strip()[:30]))
    if asking.head_code and asking.head_code not in HEADS:
        faults.append(FieldNotAChoice(field="head", name=Label("哪一类", "What kind"), got=asking.head_code[:8]))
    if not asking.consents:
        faults.append(ConsentNeeded(field="consents"))
    if faults:
        raise Faults(faults)


def _ask(session: Session, asking: Asking, address: str, now: datetime, rules: AskRules) -> MediationRequest:
    cell = grid_of(session, now).cells.get(asking.cell_code)
    if cell is None:
        raise NotFound
    earlier = session.scalars(select(MediationRequest).where(MediationRequest.form_key == asking.form_key)).one_or_none()
    if earlier is not None:
        if earlier.digest != asking.digest():
            raise FormUsed
        return earlier
    _check_limits(session, asking, address, now, rules)
    row = MediationRequest(
        id=new_id(), request_no=f"SQ-{secrets.randbelow(90_000_000) + 10_000_000}", cell_code=cell.code, asked_at=now,
        community_code=cell.community_code, state=RequestState.WAITING, form_key=asking.form_key, digest=asking.digest(),
        for_whom=asking.for_whom, head_code=asking.head_code or None,
        due_at=end_of_working_day(rulebook_of(session).calendar, now, LOOK_DAYS),
    )
    for name in FIELDS:
        seal(session, row, name, getattr(asking, name).strip())
    session.add(row)
    session.flush()
    ring = keyring_of(session)
    session.add(FollowCode(id=new_id(), request_id=row.id, case_id=None, side=Side.APPLICANT, made_at=now,
                           code_index=index_of(ring, receipt_code(ring, row.form_key, row.id))))
    details = {"cell": cell.code, "consent": NOTICE_EDITION, "for_whom": asking.for_whom.value}
    record(session, row.id, [Entry("request.ask", details)], actor=None, at=now, is_new=True)
    tell_of(session, row, "request.ask", now, hearers(session, row.cell_code, now))
    return row


def _check_limits(session: Session, asking: Asking, address: str, now: datetime, rules: AskRules) -> None:
    place = network(address)
    until = count_try(session, "ask network", place, now, most=rules.per_network, within=timedelta(hours=1)) if place else None
    if until is not None:
        raise AskedTooOften(minutes=minutes_until(until, now))
    if count_try(session, "ask cell", f"{asking.cell_code} {local_day(now)}", now, most=rules.per_cell, within=timedelta(days=1)):
        raise CellFull


def receipt(session: Session, row: MediationRequest, now: datetime, complaint: str) -> Asked:
    """Return the receipt of a request."""
    ring, grid = keyring_of(session), grid_of(session, now)
    code = receipt_code(ring, row.form_key, row.id)
    holds = session.scalars(select(FollowCode.id).where(
        FollowCode.request_id == row.id, FollowCode.code_index == index_of(ring, code), FollowCode.ended_at.is_(None))).first()
    cell = grid.cells[row.cell_code]
    return Asked(row.request_no, code if holds else "", cell.label, grid.areas[cell.community_code].label, row.due_at,
                 whom_to_call(session, grid, [cell], now, complaint=complaint)[cell.code])


def _seated(session: Session, cell_code: str, now: datetime) -> list[tuple[Seat, Account]]:
    rules, grid = rulebook_of(session), grid_of(session, now)
    plan, accounts = plan_for(session, rules, grid, t2_code=_ANY, flags=(), cell_code=cell_code, day=local_day(now))
    found = [(each.seat, accounts[each.account_id]) for each in plan if each.account_id in accounts]
    return sorted(found, key=lambda each: each[0] is not Seat.GRID_WORKER)


def hearers(session: Session, cell_code: str, now: datetime) -> set[uuid.UUID]:
    """Return who looks after requests in a cell today: its workers, or the community's cadres where nobody sits."""
    workers = {account.id for seat, account in _seated(session, cell_code, now) if seat is Seat.GRID_WORKER}
    return workers or cadres_of(session, grid_of(session, now).cells[cell_code].community_code, now)


def cadres_of(session: Session, community_code: str, now: datetime) -> set[uuid.UUID]:
    """Return the cadres of a community."""
    return people_of(session, {community_code}, now, (Role.CADRE,))


def tell_of(session: Session, row: MediationRequest, act: str, now: datetime, accounts: set[uuid.UUID], *,
            is_urgent: bool = False) -> None:
    """Queue a notice about a request; it holds the number and nothing else."""
    session.add_all(Notice(id=new_id(), account_id=each, case_id=None, case_no=row.request_no, act=act, created_at=now,
                           is_urgent=is_urgent) for each in sorted(accounts))


def end_of_working_day(calendar: WorkingCalendar, now: datetime, days: int) -> datetime:
    """Return the end of the *days*-th working day after the local day of *now*."""
    last: date = calendar.add_working_days(local_day(now), days)
    return datetime.combine(last + timedelta(days=1), time(), LOCAL_ZONE)
