"""What the page of a case shows of invited persons, challenges and pictures, and what its reader may do about them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.masking import mask_name
from gridmediate.domain.people_words import BY_PROFESSION, AttachmentKind, Consent, GuestKind, consent_of
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.vocabulary import Flag, Label, Seat, Side
from gridmediate.services.casework import sitting
from gridmediate.services.teams import ADJUSTABLE
from gridmediate.store.encryption import unseal
from gridmediate.store.models import Attachment, Case, Challenge, Guest


@dataclass(frozen=True, slots=True)
class GuestView:
    """An invited person: who comes by profession named, others masked like the parties."""

    id: uuid.UUID
    kind: GuestKind
    name: str
    is_masked: bool
    studio: str
    why: str
    answers: tuple[tuple[Side, bool | None], ...]
    consent: Consent
    agreed_on: date | None
    has_left: bool
    seat_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """A challenge; its words only for who recorded it, who decides it, and who answers for the team."""

    id: uuid.UUID
    seat_id: uuid.UUID
    seat: Seat
    who: Label | None
    side: Side | None
    raised_at: datetime
    reason: str
    is_open: bool
    is_upheld: bool | None
    decided_at: datetime | None
    decision: str


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A picture, not opened."""

    id: uuid.UUID
    agreement_id: uuid.UUID | None
    kind: AttachmentKind
    width: int
    height: int
    size_bytes: int
    added_at: datetime
    added_by: Label | None


@dataclass(frozen=True, slots=True)
class RightsView:
    """Invited persons, challenges and pictures of a case, for one reader."""

    guests: tuple[GuestView, ...]
    challenges: tuple[ChallengeView, ...]
    attachments: tuple[AttachmentView, ...]
    may_change: bool
    may_decide: bool
    may_attach: bool
    may_note_interference: bool

    @property
    def open_challenges(self) -> tuple[ChallengeView, ...]:
        """Those that nobody has decided yet."""
        return tuple(each for each in self.challenges if each.is_open)

    def challenged(self, seat_id: uuid.UUID) -> bool:
        """Return whether a seat waits for a decision."""
        return any(each.seat_id == seat_id for each in self.open_challenges)

    def seat_name(self, seat_id: uuid.UUID) -> Label | None:
        """Return the name of who sits in a guest's seat, as far as this reader may know it."""
        name = next((each.name for each in self.guests if each.seat_id == seat_id), None)
        return Label(name, name) if name else None


def rights_of(session: Session, case: Case, actor: Actor, may: Callable[[Permission], bool], names: Mapping[uuid.UUID, Label], *,
              acts: set[str], whole: bool) -> RightsView:
    """Return what one reader sees.

    Parameters
    ----------
    names : mapping of UUID to Label
        Names of the accounts that the case's record mentions.
    acts : set of str
        What the record says was done with the case: what never happened is not asked for.
    whole : bool
        False for a department's reader, who gets its own task and not the rest.
    """
    clear = may(Permission.PARTY_UNMASK)
    return RightsView(
        guests=_guests(session, case) if whole and "guest.invite" in acts else (),
        challenges=_challenges(session, case, actor, may, names) if whole and "challenge.raise" in acts else (),
        attachments=_attachments(session, case, names) if clear and "attachment.add" in acts else (),
        may_change=may(Permission.PARTY_EDIT) and case.state in ADJUSTABLE, may_decide=may(Permission.CASE_APPROVE),
        may_attach=clear and may(Permission.CASE_FOLLOW_UP), may_note_interference=may(Permission.INTERFERENCE_NOTE),
    )


def _guests(session: Session, case: Case) -> tuple[GuestView, ...]:
    rows = session.scalars(select(Guest).where(Guest.case_id == case.id).order_by(Guest.invited_at, Guest.id))
    return tuple(_guest(session, case, row) for row in rows)


def _guest(session: Session, case: Case, row: Guest) -> GuestView:
    by_profession = row.kind in BY_PROFESSION
    name = unseal(session, row, "name")
    return GuestView(
        row.id, row.kind, name if by_profession else mask_name(name, is_minor=Flag.MINOR in case.flags), not by_profession,
        row.studio or "", unseal(session, row, "reason"),
        ((Side.APPLICANT, row.applicant_agrees), (Side.RESPONDENT, row.respondent_agrees)),
        consent_of(row.applicant_agrees, row.respondent_agrees), row.agreed_on, row.left_at is not None, row.seat_id,
    )


def _challenges(session: Session, case: Case, actor: Actor, may: Callable[[Permission], bool],
                names: Mapping[uuid.UUID, Label]) -> tuple[ChallengeView, ...]:
    seats = {seat.id: seat for seat in case.seats}
    mine = {seat.id for seat in sitting(case) if seat.account_id == actor.account_id}
    answers_for_it = may(Permission.CASE_APPROVE) or may(Permission.TEAM_ADJUST)
    rows = session.scalars(select(Challenge).where(Challenge.case_id == case.id).order_by(Challenge.raised_at, Challenge.id))
    found = []
    for row in rows:
        seat = seats[row.seat_id]
        reads = row.raised_by == actor.account_id or (answers_for_it and row.seat_id not in mine)
        found.append(ChallengeView(
            row.id, row.seat_id, seat.seat, names.get(seat.account_id) if seat.account_id else None, row.raised_by_side,
            row.raised_at, unseal(session, row, "reason") if reads else "", row.decided_at is None, row.is_upheld, row.decided_at,
            unseal(session, row, "decision") if reads else ""))
    return tuple(found)


def _attachments(session: Session, case: Case, names: Mapping[uuid.UUID, Label]) -> tuple[AttachmentView, ...]:
    rows = session.scalars(
        select(Attachment).where(Attachment.case_id == case.id, Attachment.removed_at.is_(None))
        .order_by(Attachment.added_at, Attachment.id))
    return tuple(
        AttachmentView(row.id, row.agreement_id, row.kind, row.width, row.height, row.size_bytes, row.added_at,
                       names.get(row.added_by))
        for row in rows)
