"""The papers of a case: which can be made now, what its dossier lacks, and the fields of those that are made.

Fields are gathered in the transaction that records the making; the caller renders after it, since Word is slow.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.case_words import State
from gridmediate.domain.dossier import DossierFacts, Page, Piece, Proof, Standing, check, how_many, missing
from gridmediate.domain.paper_problems import PaperNotReady
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.sittings import SITTING_STATES
from gridmediate.domain.vocabulary import Label, label
from gridmediate.domain.workflow import FINAL_STATES, OPEN_STATES
from gridmediate.services.casework import load_case, permitted
from gridmediate.services.paper_dossier import IndexLine, index_lines, index_rows
from gridmediate.services.paper_fields import fields_of, paper_title
from gridmediate.services.paper_record import PaperRecord, dossier_facts, read_record
from gridmediate.store.encryption import unseal
from gridmediate.store.history import Entry, record
from gridmediate.store.models import Case


@dataclass(frozen=True, slots=True)
class PaperChoice:
    """A paper that can be made now: the *place*-th of *of*."""

    kind: PaperKind
    place: int
    of: int


@dataclass(frozen=True, slots=True)
class LackView:
    """A gap and where the reader makes it good; no page where the reader may not.

    ``party`` is the party it is about, ``proof`` what may be noted as seen on the spot.
    """

    words: Label
    page: Page | None
    party: uuid.UUID | None
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class PieceView:
    """A piece of the dossier as it stands."""

    piece: Piece
    is_must: bool
    standing: Standing
    lacks: tuple[LackView, ...]


@dataclass(frozen=True, slots=True)
class PaperDesk:
    """What the page of papers shows."""

    case_no: str
    title: str
    state: State
    papers: tuple[PaperChoice, ...]
    pieces: tuple[PieceView, ...]
    lacks: int


@dataclass(frozen=True, slots=True)
class MadePaper:
    """The fields of one paper, to be rendered.

    Parameters
    ----------
    kind : PaperKind
    title : str
        In Chinese, with its number where there are several.
    fields : dict
        As ``documents.rendering.render`` takes it.
    number : int
        Its place in the dossier; 0 for one made by itself.
    note : str
        For the index.
    """

    kind: PaperKind
    title: str
    fields: dict[str, Any]
    number: int = 0
    note: str = ""


#: Where a gap is made good, by the permission that opens the page.
_OPENS: dict[Page, Permission] = {
    Page.ACTS: Permission.CASE_READ, Page.PARTIES: Permission.PARTY_EDIT, Page.RIGHTS: Permission.PARTY_EDIT,
    Page.SEEN: Permission.PAPER_MAKE, Page.SESSIONS: Permission.CASE_MEDIATE, Page.AGREEMENT: Permission.CASE_FOLLOW_UP,
    Page.FOLLOW_UPS: Permission.CASE_FOLLOW_UP,
}
#: Pages that take nothing any more once the case has left these states.
_WHILE: dict[Page, frozenset[State]] = {
    Page.RIGHTS: frozenset(State) - FINAL_STATES, Page.PARTIES: OPEN_STATES, Page.SESSIONS: SITTING_STATES,
}
_PROOFS = {Piece.IDENTITY: Proof.IDENTITY, Piece.POWER_OF_ATTORNEY: Proof.POWER}


def paper_desk(session: Session, case_no: str, actor: Actor, now: datetime) -> PaperDesk:
    """Return the papers that can be made now and what the dossier lacks; the look is recorded.

    Raises
    ------
    NotFound, NotPermitted
    """
    case, read, facts = _open(session, case_no, actor, now)
    record(session, case.id, [Entry("paper.list")], actor=actor, at=now, case=case)
    may = permitted(actor, case)
    opens = {page for page, needed in _OPENS.items() if may(needed) and case.state in _WHILE.get(page, State)}
    keys = [party.id for party in read.parties]
    pieces = tuple(
        PieceView(each.row.piece, each.row.is_must, each.standing, tuple(
            LackView(lack.words, lack.page if lack.page in opens else None, keys[lack.party - 1] if lack.party else None,
                     _PROOFS.get(each.row.piece))
            for lack in each.lacks))
        for each in check(facts))
    choices = (PaperChoice(kind, place, of) for kind in PaperKind if (of := how_many(kind, facts)) for place in range(1, of + 1))
    return PaperDesk(case.case_no, unseal(session, case, "title"), case.state, tuple(choices), pieces, len(missing(facts)))


def make_paper(session: Session, case_no: str, kind: PaperKind, place: int, actor: Actor, now: datetime) -> MadePaper:
    """Return the fields of one paper. It shows the parties in clear, so its making is recorded as a reading of them.

    Raises
    ------
    NotFound, NotPermitted, PaperNotReady
    """
    case, read, facts = _open(session, case_no, actor, now)
    of = how_many(kind, facts)
    if not 1 <= place <= of:
        raise PaperNotReady(paper=label(kind))
    _record_making(session, case, actor, now, {"papers": [kind.value], "place": place}, read)
    return MadePaper(kind, paper_title(kind, place, of), _fields(read, kind, place, index_lines(facts)))


def make_dossier(session: Session, case_no: str, actor: Actor, now: datetime) -> list[MadePaper]:
    """Return the fields of every paper of the dossier by number, the index first with number 0.

    Raises
    ------
    NotFound, NotPermitted, PaperNotReady
    """
    case, read, facts = _open(session, case_no, actor, now)
    if not how_many(PaperKind.DOSSIER_INDEX, facts):
        raise PaperNotReady(paper=label(PaperKind.DOSSIER_INDEX))
    lines = index_lines(facts)
    made = [MadePaper(PaperKind.DOSSIER_INDEX, label(PaperKind.DOSSIER_INDEX).zh,
                      _fields(read, PaperKind.DOSSIER_INDEX, 1, lines))]
    made += [MadePaper(line.kind, line.title, _fields(read, line.kind, line.place, lines), line.number, line.note)
             for line in lines if line.kind]
    _record_making(session, case, actor, now, {"papers": [each.kind.value for each in made], "whole": True}, read)
    return made


def lacking(session: Session, case_no: str, actor: Actor, now: datetime) -> tuple[Label, ...]:
    """Return in words what the dossier of a case still lacks; nothing to a reader who makes no papers.

    Raises
    ------
    NotFound
    """
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PAPER_MAKE):
        return ()
    return tuple(lack.words for lack in missing(dossier_facts(read_record(session, case, now))))


def _open(session: Session, case_no: str, actor: Actor, now: datetime) -> tuple[Case, PaperRecord, DossierFacts]:
    case = load_case(session, case_no, actor)
    if not permitted(actor, case)(Permission.PAPER_MAKE):
        raise NotPermitted
    read = read_record(session, case, now)
    return case, read, dossier_facts(read)


def _fields(read: PaperRecord, kind: PaperKind, place: int, lines: list[IndexLine]) -> dict[str, Any]:
    fields = fields_of(read, kind, place)
    if kind is PaperKind.DOSSIER_INDEX:
        fields["dossier"] = index_rows(lines, fields)
    return fields


def _record_making(session: Session, case: Case, actor: Actor, now: datetime, details: dict[str, Any], read: PaperRecord) -> None:
    entry = Entry("paper.make", details | {"parties": len(read.parties)})
    record(session, case.id, [entry], actor=actor, at=now, case=case)
