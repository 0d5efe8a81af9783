"""The phones of places that everybody may know, as an administrator enters them; :mod:`whom_to_call` is what residents see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, NotFound, Problem
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.store.models import PublicPhones

_PHONE = re.compile(r"[0-9+][0-9 +()-]{2,22}[0-9]")


class PhoneKind(StrEnum):
    """Which of a place's phones. ``office`` of a cell is its worker's duty phone."""

    OFFICE = "office"
    COMPLAINT = "complaint"


class PhoneUnreadable(Problem):
    """A phone that nobody could dial."""

    code = "public-phone.unreadable"
    sentence = Label("“{got}”不像电话号码。请写成 0510-12345678 或 12345；不公开就空着。",
                     "“{got}” does not look like a phone number. Write it as 0510-12345678 or 12345, or leave it empty.")


@dataclass(frozen=True, slots=True)
class PlacePhones:
    """The phones of a place, "" for none; ``level`` is None for a cell."""

    code: str
    level: Level | None
    name: Label
    office: str
    complaint: str


def read_phones(session: Session, street: str, actor: Actor, now: datetime) -> list[PlacePhones]:
    """Return the phones of the county and its streets, then of one street's communities, each before its cells.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.CELL_IMPORT)
    grid = grid_of(session, now)
    rows = {row.place_code: row for row in session.scalars(select(PublicPhones))}

    def phones(code: str, level: Level | None, name: Label) -> PlacePhones:
        row = rows.get(code)
        return PlacePhones(code, level, name, (row.office_phone or "") if row else "", (row.complaint_phone or "") if row else "")

    found = [phones(area.code, area.level, area.label) for area in grid.areas.values() if area.level is not Level.COMMUNITY]
    for area in grid.communities_of(street):
        found.append(phones(area.code, area.level, area.label))
        found += [phones(cell.code, None, cell.label) for cell in grid.cells.values() if cell.community_code == area.code]
    return found


def set_phones(session: Session, phones: Mapping[str, Mapping[PhoneKind, str]], actor: Actor, now: datetime) -> int:
    """Keep phones that changed; return of how many places.

    Parameters
    ----------
    phones : mapping of str to mapping of PhoneKind to str
        Place code to the phones given, "" to take one away. What is not named stays as it is.

    Raises
    ------
    NotPermitted, NotFound, Faults
    """
    require(actor, Permission.CELL_IMPORT)
    if not all(_is_known(grid_of(session, now), code) for code in phones):
        raise NotFound
    faults: list[Problem] = [
        PhoneUnreadable(field=f"{kind}-{code}", got=said[:24])
        for code, given in phones.items() for kind, said in given.items() if said and not _PHONE.fullmatch(said)
    ]
    if faults:
        raise Faults(faults)
    locked_home(session)
    rows = {row.place_code: row for row in session.scalars(
        select(PublicPhones).where(PublicPhones.place_code.in_(sorted(phones))))}
    changed = {code: pair for code, given in phones.items() if (pair := _kept(session, rows.get(code), code, given))}
    if changed:
        note(session, "cells.set_phones", {"phones": changed}, actor=actor, now=now)
    return len(changed)


def _is_known(grid: Grid, code: str) -> bool:
    return code in grid.areas or code in grid.cells


def _kept(session: Session, row: PublicPhones | None, code: str, given: Mapping[PhoneKind, str]) -> list[str] | None:
    """Keep the phones of one place; return both as they are now, or None where nothing changed."""
    before = (row.office_phone, row.complaint_phone) if row else (None, None)
    office = given.get(PhoneKind.OFFICE, before[0]) or None
    complaint = given.get(PhoneKind.COMPLAINT, before[1]) or None
    if (office, complaint) == before:
        return None
    if office is None and complaint is None:
        session.delete(row)
    elif row is None:
        session.add(PublicPhones(place_code=code, office_phone=office, complaint_phone=complaint))
    else:
        row.office_phone, row.complaint_phone = office, complaint
    return [office or "", complaint or ""]
