"""The parties of a case: adding them, showing them in clear for a purpose, what each side was told and wants."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.agreements import MediatorChoice, NoticeHow, Openness, willingness_of
from gridmediate.domain.masking import mask_name
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import FieldMissing, FieldTooLong, Kind, NotFound, NotPermitted, Problem
from gridmediate.domain.vocabulary import Label, Side, Willingness
from gridmediate.domain.workflow import FINAL_STATES
from gridmediate.services.asked import DayNotPast, check_words
from gridmediate.services.casework import Writing, load_case, permitted
from gridmediate.services.filing import PartyEntry
from gridmediate.services.grid import local_day
from gridmediate.services.linking import link_earlier
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.safe_contact import barred_parties
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import keyring_of, seal, unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case, Party

#: How many may speak for many on one side (Civil Procedure Law art. 56 as the field practises it: two to five).
REPRESENTATIVES = 5


class PurposeMissing(Problem):
    """Personal fields are shown only for a stated purpose."""

    code = "party.purpose-missing"
    sentence = Label(
        "请写明查看用途，例如“约双方周三到场”。这会记入本案。",
        "State what you need it for, such as “to call both sides in on Wednesday”. It is recorded with the case.",
    )


@dataclass(frozen=True, slots=True)
class ClearParty:
    """A party unmasked; the name of a minor is withheld all the same (Law on the Protection of Minors art. 103)."""

    side: Side
    name: str
    phone: str
    address: str
    is_minor: bool
    #: A safe contact is in force: phone and address are left out, unless a second purpose was stated.
    is_barred: bool = False


def unmask(session: Session, case_no: str, purpose: str, actor: Actor, now: datetime, *, override: str = "") -> list[ClearParty]:
    """Show the parties in clear, for a stated purpose that is recorded with the case.

    Where a safe contact is in force the phone and the address it bars stay hidden, unless *override* states once more what they
    are needed for.

    Raises
    ------
    NotFound, NotPermitted, PurposeMissing
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_UNMASK):
        raise NotPermitted
    words = check_purpose(purpose)
    again = check_purpose(override) if override else ""
    rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    barred = barred_parties(session, case, rows)
    shown = barred if again else frozenset()
    details = {"parties": len(rows)} | ({"barred": len(barred), "override": bool(again)} if barred else {})
    said = "\n".join(each for each in (words, again if barred else "") if each)
    record(session, case.id, [Entry("party.unmask", details, words=said)], actor=actor, at=now, case=case)
    return [_in_clear(session, row, is_barred=row.id in barred, is_shown=row.id in shown or row.id not in barred) for row in rows]


def _in_clear(session: Session, row: Party, *, is_barred: bool, is_shown: bool) -> ClearParty:
    name = unseal(session, row, "name")
    phone, address = (unseal(session, row, column) if is_shown else "" for column in ("phone", "address"))
    return ClearParty(row.side, mask_name(name, is_minor=True) if row.is_minor else name, phone, address, row.is_minor, is_barred)


def check_purpose(purpose: str) -> str:
    """Return a stated purpose as it is recorded.

    Raises
    ------
    PurposeMissing
    """
    if len(purpose.strip()) < 2:
        raise PurposeMissing(field="purpose")
    return purpose.strip()[:200]


class OrganisationIsNoMinor(Problem):
    """A party cannot be both."""

    code = "party.organisation-is-no-minor"
    sentence = Label("单位没有成年不成年之分，请只勾一个。",
                     "An organisation is neither minor nor adult; tick one of the two only.")


def add_party(session: Session, case_no: str, entry: PartyEntry, actor: Actor, now: datetime, *,
              is_representative: bool = False) -> Case:
    """Add a party whose name was not known at filing.

    Parameters
    ----------
    is_representative : bool
        Whether it speaks for several on its side.

    Raises
    ------
    NotFound, NotPermitted, FieldMissing, FieldTooLong, OrganisationIsNoMinor, TooManyRepresentatives
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    if not entry.name.strip():
        raise FieldMissing(field="name", name=Label("当事人姓名", "Name of the party"))
    if len(entry.name) > 60:
        raise FieldTooLong(field="name", name=Label("当事人姓名", "Name of the party"), limit=60, length=len(entry.name))
    check_words("party_address", Label("住址", "Address"), entry.address, limit=120, required=False)
    if entry.is_minor and entry.is_organisation:
        raise OrganisationIsNoMinor(field="is_minor")
    session.refresh(case, ["parties"])
    if is_representative:
        _check_representatives(case.parties, entry.side)
    ring = keyring_of(session)
    row = Party(
        id=new_id(), case_id=case.id, position=len(case.parties) + 1, side=entry.side, is_minor=entry.is_minor,
        is_organisation=entry.is_organisation, willingness=entry.willingness, name_index=ring.index("name", entry.name),
        phone_index=ring.index("phone", entry.phone) if entry.phone else None, is_representative=is_representative,
    )
    for column in ("name", "phone", "address"):
        seal(session, row, column, getattr(entry, column).strip())
    session.add(row)
    session.flush()
    record(session, case.id, [Entry("party.add", {"side": entry.side.value})], actor=actor, at=now, case=case)
    link_earlier(session, case, [*case.parties, row], actor, now)
    return case


def set_willingness(
    session: Session, case_no: str, willingness: Willingness, version: int | None, actor: Actor, now: datetime
) -> Case:
    """Record whether the parties want mediation; a later refusal is recorded by its own act.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.PARTY_EDIT):
        raise NotPermitted
    writing = Writing(session, case, actor, now)
    with session.no_autoflush:
        for party in session.scalars(select(Party).where(Party.case_id == case.id)):
            party.willingness = willingness
    _want(case, willingness)
    writing.done("case.willingness", rulebook_of(session), details={"willingness": willingness.value})
    return case


def _want(case: Case, willingness: Willingness) -> None:
    case.willingness = willingness
    if willingness is Willingness.WILLING:
        # Whoever refused has agreed anew; without that nothing goes on.
        case.consent_needed = False


class TooManyRepresentatives(Problem):
    """More speak for one side than the rules let."""

    code = "party.too-many-representatives"
    kind = Kind.CONFLICT
    sentence = Label("一方推选的代表人至多 {limit} 名，这一方已有 {limit} 名。",
                     "A side may have at most {limit} representatives; it has them already.")


def _check_representatives(others: Iterable[Party], side: Side) -> None:
    if sum(each.is_representative and each.side is side for each in others) >= REPRESENTATIVES:
        raise TooManyRepresentatives(field="is_representative", limit=REPRESENTATIVES)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a party was told, and what it wants.

    Parameters
    ----------
    willingness : Willingness
    notice_on : date or None
        When it was told its rights and duties.
    notice_how : NoticeHow or None
    mediator_choice : MediatorChoice or None
    openness : Openness or None
    is_representative : bool
        Speaks for several on its side.
    agent : str
        Who acts for it, with a power of attorney.
    """

    willingness: Willingness = Willingness.NOT_ASKED
    notice_on: date | None = None
    notice_how: NoticeHow | None = None
    mediator_choice: MediatorChoice | None = None
    openness: Openness | None = None
    is_representative: bool = False
    agent: str = ""


def record_rights(session: Session, case_no: str, party_id: uuid.UUID, rights: Rights, version: int | None, actor: Actor,
                  now: datetime) -> Case:
    """Record what one party was told and wants. What all want together becomes what the case says.

    Raises
    ------
    NotFound, NotPermitted, ChangedMeanwhile, FieldMissing, DayNotPast, TooManyRepresentatives, FieldTooLong
    """
    case = load_case(session, case_no, actor, version=version)
    if not permitted(actor, case)(Permission.PARTY_EDIT) or case.state in FINAL_STATES:
        raise NotPermitted
    with session.no_autoflush:
        rows = session.scalars(select(Party).where(Party.case_id == case.id).order_by(Party.position)).all()
    party = next((each for each in rows if each.id == party_id), None)
    if party is None:
        raise NotFound
    if (rights.notice_on is None) is not (rights.notice_how is None):
        raise FieldMissing(field="notice_how" if rights.notice_on else "notice_on",
                           name=Label("告知的日期和方式", "Day and manner of the notice"))
    if rights.notice_on is not None and rights.notice_on > local_day(now):
        raise DayNotPast(field="notice_on", name=Label("告知日期", "Day of the notice"), got=rights.notice_on.isoformat())
    if rights.is_representative:
        _check_representatives([each for each in rows if each is not party], party.side)
    agent = check_words("agent", Label("代理人", "Agent"), rights.agent, limit=60, required=False)
    writing = Writing(session, case, actor, now)
    party.willingness, party.notice_on, party.notice_how = rights.willingness, rights.notice_on, rights.notice_how
    party.mediator_choice, party.openness = rights.mediator_choice, rights.openness
    party.is_representative = rights.is_representative
    if agent and agent != unseal(session, party, "agent"):
        # The form never shows who acts, so an empty field changes nobody; another agent needs a power of its own.
        seal(session, party, "agent", agent)
        party.power_seen_on = None
    _want(case, willingness_of(each.willingness for each in rows))
    writing.done("party.rights", rulebook_of(session), details={
        "party": party.position, "side": party.side.value, "willingness": rights.willingness.value,
        "told": rights.notice_how.value if rights.notice_how else None})
    return case
