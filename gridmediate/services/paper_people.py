"""Who stands on a paper: the parties in clear or masked, the mediators, the departments, who was invited.

A party who is a minor is named only where the law asks who the parties are (``domain.dossier.NAMES_MINORS``): what the parties
sign or hand to a court, and the committee's own registers. On every other paper, which goes to other units, up the line or on
the outside of a file, the name reads as withheld and the phone and the address are left out; the agent stays, since a notice has
to reach somebody. Where a safe contact is in force, the phone and address of whoever it protects stand on no paper at all. What
people wrote into the story of a case is printed as they wrote it: no rule can find a name in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gridmediate.domain.masking import mask_name
from gridmediate.domain.tasks import TaskState
from gridmediate.domain.vocabulary import Seat, Side, label
from gridmediate.services.casework import sitting
from gridmediate.services.grid import local_day
from gridmediate.services.paper_record import PaperRecord
from gridmediate.store.models import Party

Rows = list[dict[str, Any]]


def people_fields(record: PaperRecord, *, names_minors: bool) -> dict[str, Any]:
    """Return the fields about people.

    Parameters
    ----------
    names_minors : bool
        Whether the paper is one on which a minor's name has to stand.
    """
    parties = [(each, _party(record, each, names_minors=names_minors)) for each in record.parties]
    return {
        "parties": [row for _, row in parties],
        "applicants": [row for each, row in parties if each.side is Side.APPLICANT],
        "respondents": [row for each, row in parties if each.side is Side.RESPONDENT],
        "mediators": mediators(record),
        "departments": _departments(record),
        "guests": [{"name": record.text(row, "name"), "belongs_to": row.studio or label(row.kind).zh} for row in record.guests],
        "registrar": record.name(record.case.filed_by),
        "recorder": recorder(record),
    }


def _party(record: PaperRecord, row: Party, *, names_minors: bool) -> dict[str, Any]:
    withheld = row.is_minor and not names_minors
    unreached = withheld or row.id in record.barred
    return {
        "side": label(row.side).zh,
        "name": party_name(record, row, names_minors=names_minors),
        "phone": "" if unreached else record.text(row, "phone"),
        "address": "" if unreached else record.text(row, "address"),
        "agent": record.text(row, "agent"),
        "is_organisation": row.is_organisation,
        "is_minor": row.is_minor,
        "note": "推选的代表人" if row.is_representative else "",
    }


def party_name(record: PaperRecord, row: Party, *, names_minors: bool) -> str:
    """Return a party's name as the paper may bear it."""
    name = record.text(row, "name")
    return mask_name(name, is_minor=True) if row.is_minor and not names_minors else name


def names_of_side(record: PaperRecord, sides: Iterable[Side], *, names_minors: bool) -> str:
    """Return the names of the parties of some sides; a side of which nobody is recorded reads as the side."""
    found = []
    for side in sides:
        names = [party_name(record, row, names_minors=names_minors) for row in record.parties if row.side is side]
        found += names or [label(side).zh]
    return "、".join(found)


def mediators(record: PaperRecord) -> Rows:
    """Return who of the office mediates: the seats of the cadre and the grid worker."""
    return [
        {"name": person.name, "post": label(seat.seat).zh, "phone": person.phone}
        for seat in sorted(sitting(record.case), key=lambda each: each.position)
        if seat.seat in (Seat.CADRE, Seat.GRID_WORKER) and seat.account_id and (person := record.people.get(seat.account_id))
    ]


def recorder(record: PaperRecord) -> str:
    """Return who kept the record: whoever wrote the last minutes, else the team's second."""
    for each in reversed(record.sittings):
        if name := record.name(each.note.actor_id if each.note else None):
            return name
    return next((row["name"] for row in reversed(mediators(record))), "")


def _departments(record: PaperRecord) -> Rows:
    # An answer for the team alone is not put where the parties may read it.
    return [
        {
            "name": record.rules.department_label(task.department_code).zh,
            "part": label(task.part).zh,
            "person": record.name(task.answered_by),
            "ask": record.text(task, "ask"),
            "answer": "" if task.is_internal else record.text(task, "answer"),
            "answered_on": local_day(task.answered_at) if task.answered_at else None,
        }
        for task in record.case.tasks if task.state is not TaskState.RECALLED
    ]
