"""The fields of one paper of one case, gathered from the record: nobody types anything twice.

What the record does not hold (what exactly is asked for, each side's share, evidence, the number of pages) has no value here; the
paper leaves a line for the hand.
"""

from __future__ import annotations

from typing import Any

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.agreements import AgreementKind
from gridmediate.domain.categories import JUSTICE_CLASSES, category
from gridmediate.domain.dossier import NAMES_MINORS
from gridmediate.domain.vocabulary import label
from gridmediate.services.grid import local_day
from gridmediate.services.paper_ends import ending_fields, supervision_fields
from gridmediate.services.paper_people import mediators, people_fields
from gridmediate.services.paper_record import PaperRecord
from gridmediate.services.paper_work import work_fields
from gridmediate.store.models import Agreement

#: Papers of which there is one per row of a list, and the list.
_ONE_OF: dict[PaperKind, str] = {
    PaperKind.INVESTIGATION_RECORD: "investigations",
    PaperKind.MEDIATION_RECORD: "sessions",
    PaperKind.FOLLOW_UP_RECORD: "follow_ups",
}
#: What is counted where a case has several of a paper.
_COUNTED: dict[PaperKind, str] = {
    PaperKind.AGREEMENT: "份", PaperKind.ORAL_AGREEMENT_REGISTER: "份", PaperKind.SUPERVISION_SLIP: "份",
}


def fields_of(record: PaperRecord, kind: PaperKind, place: int) -> dict[str, Any]:
    """Return the fields of a paper.

    Parameters
    ----------
    record : PaperRecord
    kind : PaperKind
    place : int
        Which of several, from 1.

    Returns
    -------
    dict
        As :func:`gridmediate.documents.papers.complete` takes it.
    """
    names_minors = kind.value in NAMES_MINORS
    fields = _case_fields(record)
    fields |= people_fields(record, names_minors=names_minors)
    fields |= work_fields(record, chosen=_chosen(record, kind, place), names_minors=names_minors)
    fields |= {name: value for name, value in ending_fields(record).items() if value or name not in fields}
    if rows := _ONE_OF.get(kind):
        fields[rows] = [fields[rows][place - 1]]
    if kind is PaperKind.SUPERVISION_SLIP:
        fields["supervision"] = supervision_fields(record, place)
    return fields


def _case_fields(record: PaperRecord) -> dict[str, Any]:
    case = record.case
    cell = record.grid.cells.get(case.cell_code) if case.cell_code else None
    accepted = record.last_ever("case.accept")
    archived = record.last("case.archive")
    return {
        "case_no": case.case_no,
        "title": record.text(case, "title"),
        "category": JUSTICE_CLASSES[case.t1_code].name.zh,
        "category_detail": category(case.t2_code).name.zh,
        "source": label(case.source).zh,
        "county": record.county, "street": record.street, "community": record.community,
        "cell": f"{cell.name}（{cell.code}）" if cell else "",
        "committee": f"{record.county}{record.street}{record.community}人民调解委员会",
        "place": "" if record.barred else record.text(case, "address"),
        "facts": record.text(case, "facts"),
        "filed_on": local_day(case.filed_at),
        "accepted_on": local_day(accepted.at) if accepted else None,
        "today": local_day(record.now),
        "dossier_year": str(local_day(case.closed_at or case.filed_at).year),
        "archivist": record.name(archived.actor_id) if archived else next((row["name"] for row in mediators(record)), ""),
        "archived_on": local_day(archived.at) if archived else None,
    }


def _chosen(record: PaperRecord, kind: PaperKind, place: int) -> Agreement | None:
    match kind:
        case PaperKind.AGREEMENT:
            return [each for each in record.agreements if each.kind is not AgreementKind.ORAL][place - 1]
        case PaperKind.ORAL_AGREEMENT_REGISTER:
            return [each for each in record.agreements if each.kind is AgreementKind.ORAL][place - 1]
        case _:
            return None


def paper_title(kind: PaperKind, place: int, of: int) -> str:
    """Return a paper's Chinese name, with its number where there are several."""
    return f"{label(kind).zh}（第{place}{_COUNTED.get(kind, '次')}）" if of > 1 else label(kind).zh
