"""What hangs at the cells of the demonstration: numbers that ring nowhere, and two notices of the street."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gridmediate.demo.people import HOME_COMMUNITY
from gridmediate.domain.permissions import Actor
from gridmediate.domain.vocabulary import Level
from gridmediate.services.cell_notices import NoticeDraft, publish
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.public_phones import PhoneKind, set_phones

_COMPLAINTS = "0000-12345"
_FRAUD = "近日有人自称社保局，让人点链接“补缴”。社保局不会打电话要验证码。\n拿不准就问网格员，或打 96110。"
_PARKING = "周六上午九点，锦溪社区活动室。每幢楼来一位，一起把车位怎么停说清楚。"


def hang_out(session: Session, street: str, leader: Actor, administrator: Actor, now: datetime) -> None:
    """Enter the phones of the street, its communities and cells, and publish two notices.

    Parameters
    ----------
    street : str
    leader, administrator : Actor
        Of that street and of its county.
    """
    grid, office = grid_of(session, now), PhoneKind.OFFICE
    communities = [area.code for area in grid.areas.values() if area.level is Level.COMMUNITY]
    phones = {code: {office: f"0000-860{number:02d}"} for number, code in enumerate(communities, 1)}
    duty = {code: {office: f"0000-87{number:03d}"} for number, code in enumerate(grid.cells, 1)}
    set_phones(session, phones | duty | {street: {office: "0000-86000", PhoneKind.COMPLAINT: _COMPLAINTS}}, administrator, now)
    today = local_day(now)
    for title, text, days, place in (
        ("谨防冒充社保局的电话", _FRAUD, 13, street), ("周六在社区活动室议停车", _PARKING, 6, HOME_COMMUNITY),
    ):
        publish(session, NoticeDraft(street, title, text, today, today + timedelta(days=days), (place,)), leader, now)
