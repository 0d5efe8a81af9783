"""The floor: what Flask and SQLAlchemy cost by themselves for the same rows, without anything that makes a filing safe.

No sign-in, no form token, no checks, no sealing, no chain of history, no rules: a case, its two parties, four seats, a clock and
a line of history go in as they come, and a list comes out through one plain template. Nobody can be faster by much.

    python -m benchmarks.floor DATABASE_URL CASES      builds its tables if they are not there
    gunicorn "benchmarks.floor:app('DATABASE_URL')"    serves them
"""

from __future__ import annotations

import random
import sys
import threading
import uuid
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, jsonify, render_template_string, request
from sqlalchemy import ForeignKey, Index, String, create_engine, event, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

_PAGE = """<!doctype html><title>Cases</title><table>{% for case in cases %}
<tr><td>{{ case.case_no }}</td><td>{{ case.title }}</td><td>{{ case.state }}</td><td>{{ case.cell_code }}</td>
<td>{{ case.address }}</td><td>{{ case.due_at }}</td></tr>{% endfor %}</table>"""


class Base(DeclarativeBase):
    """The floor's models."""


class Case(Base):
    """A case, in clear."""

    __tablename__ = "cases"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    case_no: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(32))
    is_open: Mapped[bool]
    cell_code: Mapped[str] = mapped_column(String(24))
    community_code: Mapped[str] = mapped_column(String(24))
    t2_code: Mapped[str] = mapped_column(String(4))
    title: Mapped[str]
    facts: Mapped[str]
    address: Mapped[str]
    lon: Mapped[float]
    lat: Mapped[float]
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    __table_args__ = (Index("ix_cases_community", "community_code", "is_open", "due_at", "id"),)


class Row(Base):
    """Anything else that a filing writes: a party, a seat, a clock, a line of history."""

    __tablename__ = "case_rows"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    text: Mapped[str]
    at: Mapped[datetime]


_KINDS = ("party", "party", "seat", "seat", "seat", "seat", "clock", "history")


def engine_for(url: str) -> Any:
    """Return an engine with the same promise as ours: an answered filing has reached the disk."""
    engine = create_engine(url, pool_size=10)
    if url.startswith("sqlite"):
        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
                connection.execute(f"PRAGMA {pragma}")
    return engine


def app(url: str) -> Flask:
    """Return the program."""
    flask, engine = Flask(__name__), engine_for(url)
    turn: Any = threading.Lock() if url.startswith("sqlite") else nullcontext()

    @flask.post("/cases")
    def file() -> Any:
        form, now = request.form, datetime.now(UTC).replace(tzinfo=None)
        with turn, Session(engine) as session:
            case = Case(id=uuid.uuid4(), case_no="F-1", state="filed", is_open=True, cell_code=form["cell_code"],
                        community_code=form["cell_code"][:12], t2_code=form["t2_code"], title=form["facts"][:24],
                        facts=form["facts"], address=form["address"], lon=float(form["lon"]), lat=float(form["lat"]),
                        filed_at=now, due_at=now + timedelta(days=3))
            session.add(case)
            session.add_all(
                Row(case_id=case.id, kind=kind, name=form["party-0-name"], text=form["facts"], at=now) for kind in _KINDS)
            session.commit()
        return "", 303, {"Location": "/"}

    @flask.get("/cases")
    def worklist() -> str:
        with Session(engine) as session:
            cases = session.scalars(select(Case).where(Case.community_code == request.args["community"], Case.is_open)
                                    .order_by(Case.due_at, Case.id).limit(100)).all()
            return render_template_string(_PAGE, cases=cases)

    @flask.get("/counts")
    def counts() -> Any:
        with Session(engine) as session:
            return jsonify([list(row) for row in session.execute(
                select(Case.cell_code, Case.state, func.count()).group_by(Case.cell_code, Case.state))])

    return flask


def build(url: str, count: int, cells: list[str]) -> None:
    """Make the tables and *count* cases in *cells*, unless they are there."""
    engine, drawn, now = engine_for(url), random.Random(1), datetime(2026, 11, 1)  # noqa: DTZ001 - bare on purpose
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        if session.scalar(select(func.count()).select_from(Case)):
            return
        for start in range(0, count, 5000):
            rows = [_case(drawn, now, at, cells) for at in range(start, min(start + 5000, count))]
            session.execute(insert(Case), rows)
            session.execute(insert(Row), [
                {"id": uuid.uuid4(), "case_id": row["id"], "kind": kind, "name": "王建国", "text": row["facts"], "at": now}
                for row in rows for kind in _KINDS])
        session.commit()


def _case(drawn: random.Random, now: datetime, at: int, cells: list[str]) -> dict[str, Any]:
    cell, filed = drawn.choice(cells), now - timedelta(minutes=drawn.randrange(600_000))
    is_open = drawn.random() < 0.25
    return {"id": uuid.uuid4(), "case_no": f"F-{at}", "state": "mediating" if is_open else "closed", "is_open": is_open,
            "cell_code": cell, "community_code": cell[:12], "t2_code": "0203", "title": "楼上卫生间漏水泡坏天花板",
            "facts": "楼上卫生间漏水泡坏天花板，修了两次没修好。" * 2, "address": "第3网格12号5室", "lon": 118.1, "lat": 36.1,
            "filed_at": filed, "due_at": filed + timedelta(days=3)}


if __name__ == "__main__":
    build(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
