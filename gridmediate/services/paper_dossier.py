"""The lines of a dossier's index: what lies in it, what is on paper only, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.dossier import Checked, DossierFacts, Piece, Standing, check, how_many
from gridmediate.domain.vocabulary import Source, label
from gridmediate.services.grid import local_day
from gridmediate.services.paper_fields import paper_title

#: What the index says of pieces that are there without a paper of ours.
_NOTES = {
    Piece.IDENTITY: "已核对原件，不留复印件", Piece.POWER_OF_ATTORNEY: "纸质附后", Piece.RECEIPTS: "纸质凭证附后",
}
#: Pieces whose gap is one of the paper itself; elsewhere it is another paper that is missing beside those that are there.
_LACKING_ITSELF = frozenset({Piece.RIGHTS_NOTICE, Piece.CONFIRMATION})


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A line of the index.

    Parameters
    ----------
    number : int
        Its place; the file of the paper carries it too.
    title : str
    kind : PaperKind or None
        None for what is no paper of ours.
    place : int
        Which of several papers of the kind, from 1.
    state, note : str
    """

    number: int
    title: str
    kind: PaperKind | None
    place: int
    state: str
    note: str


def index_lines(case: DossierFacts) -> list[IndexLine]:
    """Return the lines of the index, the cover first; the index itself is no line of its own."""
    rows = sorted(check(case), key=lambda each: each.row.piece is not Piece.COVER)
    told = [line for each in rows if each.row.piece is not Piece.INDEX and each.standing is not Standing.NOT_NEEDED
            for line in _lines(each, case)]
    return [IndexLine(number, *line) for number, line in enumerate(told, 1)]


def _lines(each: Checked, case: DossierFacts) -> Iterator[tuple[str, PaperKind | None, int, str, str]]:
    papers = list(_papers(each, case))
    state, note = label(each.standing).zh, "；".join(lack.words.zh for lack in each.lacks)
    of_the_paper = each.row.piece in _LACKING_ITSELF
    for kind, place, of in papers:
        told = (state, note) if of_the_paper else (label(Standing.PRESENT).zh, "")
        yield paper_title(kind, place, of), kind, place, *told
    if not papers or (each.lacks and not of_the_paper):
        yield label(each.row.piece).zh, None, 1, state, note or _NOTES.get(each.row.piece, "")


def _papers(each: Checked, case: DossierFacts) -> Iterator[tuple[PaperKind, int, int]]:
    for kind in map(PaperKind, each.row.papers):
        # A form that no party filled in is not put into the dossier; it can be printed all the same.
        of = 0 if kind is PaperKind.APPLICATION and case.source is not Source.PARTY else how_many(kind, case)
        for place in range(1, of + 1):
            yield kind, place, of


#: Where the fields say when a paper came to be: a list and its column, or a day.
_MADE_ON: dict[PaperKind, tuple[str, str]] = {
    PaperKind.ACCEPTANCE_REGISTER: ("", "accepted_on"),
    PaperKind.INVESTIGATION_RECORD: ("investigations", "held_on"),
    PaperKind.MEDIATION_RECORD: ("sessions", "held_on"),
    PaperKind.FOLLOW_UP_RECORD: ("follow_ups", "visited_on"),
    PaperKind.TERMINATION_NOTICE: ("", "ended_on"),
    PaperKind.NON_ACCEPTANCE_LETTER: ("", "ended_on"),
    PaperKind.HANDOVER_LETTER: ("", "ended_on"),
    PaperKind.CLOSING_REPORT: ("", "closed_on"),
}


def index_rows(lines: Iterable[IndexLine], fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines as the paper takes them, with the days that *fields*, of the whole case, tell."""
    return [{"number": line.number, "title": line.title, "state": line.state, "note": line.note,
             "made_on": _made_on(line, fields)} for line in lines]


def _made_on(line: IndexLine, fields: Mapping[str, Any]) -> date | None:
    if line.kind not in _MADE_ON:
        return None
    rows, day = _MADE_ON[line.kind]
    made: date | datetime | None = (fields[rows][line.place - 1] if rows else fields)[day]
    return local_day(made) if isinstance(made, datetime) else made
