"""The gazetteer on its pages: imported by the administrator, asked while filing, a hint where a place is settled."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from gridmediate.domain.vocabulary import PlaceMethod, Role
from gridmediate.services.gazetteer_files import COLUMNS
from gridmediate.store.models import Case, GazetteerEntry
from tests.builders import CELL, NEXT_CELL

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow


def a_sheet(*rows):
    book = Workbook()
    for row in ([words.zh for words in COLUMNS.values()], *([row.get(key, "") for key in COLUMNS] for row in rows)):
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


GARDEN = {"name": "锦溪花园", "name_en": "Jinxi Garden", "cell": CELL}
BOOK = (GARDEN, GARDEN | {"building": "3 幢"}, GARDEN | {"building": "A座", "cell": NEXT_CELL})


def send(client, *rows):
    return client.post("/gazetteer/import", data={"file": (io.BytesIO(a_sheet(*rows)), "地名.xlsx")})


@pytest.fixture
def book(client_as, store):
    admin = client_as(Role.ADMINISTRATOR)
    plan = send(admin, *BOOK)
    assert "新增" in plan.text
    with store.reading() as session:
        assert session.scalars(select(GazetteerEntry)).all() == []
    done = admin.post(plan.forms[-1]["action"] if hasattr(plan, "forms") else plan.text.split('action="/gazetteer/import/')[1].split('"')[0])
    assert done.status_code == 303
    return admin
