"""The phones of a place that everybody may know: its office's, and the one for complaints. An administrator enters them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.vocabulary import Label, Level
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.store.models import Area

_PHONE = re.compile(r"[0-9+][0-9 +()-]{2,22}[0-9]")


class PhoneUnreadable(Problem):
    """A phone that nobody could dial."""

    code = "public-phone.unreadable"
    sentence = Label("“{got}”不像电话号码。请写成 0510-12345678 或 12345；不公开就空着。",
                     "“{got}” does not look like a phone number. Write it as 0510-12345678 or 12345, or leave it empty.")


@dataclass(frozen=True, slots=True)
class PlacePhones:
    """The phones of a county, street or community, "" for none."""

    code: str
    level: Level
    name: Label
    office: str
    complaint: str


def read_phones(session: Session, actor: Actor) -> list[PlacePhones]:
    """Return every place with its phones, a street before its communities.

    Raises
    ------
    NotPermitted
    """
    require(actor, Permission.CELL_IMPORT)
    return [
        PlacePhones(area.code, area.level, Label(area.name, area.name_en), area.office_phone or "", area.complaint_phone or "")
        for area in session.scalars(select(Area).order_by(Area.code))
    ]


def set_phones(session: Session, phones: Mapping[str, tuple[str, str]], actor: Actor, now: datetime) -> int:
    """Keep phones that changed; return of how many places.

    Parameters
    ----------
    phones : mapping of str to (str, str)
        Place code to office phone and complaint phone, "" to take one away. Places that are not named stay as they are.

    Raises
    ------
    NotPermitted, Faults
    """
    require(actor, Permission.CELL_IMPORT)
    faults: list[Problem] = [
        PhoneUnreadable(field=f"{kind}-{code}", got=said[:24])
        for code, pair in phones.items() for kind, said in zip(("office", "complaint"), pair, strict=True)
        if said and not _PHONE.fullmatch(said)
    ]
    if faults:
        raise Faults(faults)
    locked_home(session)
    changed = {}
    for area in session.scalars(select(Area).where(Area.code.in_(sorted(phones)))):
        wanted = tuple(said or None for said in phones[area.code])
        if wanted != (area.office_phone, area.complaint_phone):
            area.office_phone, area.complaint_phone = wanted
            changed[area.code] = [said or "" for said in wanted]
    if changed:
        note(session, "cells.set_phones", {"phones": changed}, actor=actor, now=now)
    return len(changed)
