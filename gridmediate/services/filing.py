"""Filing a dispute: find the cell, read its roster, plan the team, start the deadline, give the number, tell the team."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Integer, Table, Uuid, and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmediate.domain.categories import category, t1_of
from gridmediate.domain.deadlines import ClockKind
from gridmediate.domain.deeds import FILED_ONE
from gridmediate.domain.permissions import Actor, Permission, may
from gridmediate.domain.problems import (
    Faults,
    FieldMissing,
    FieldTooLong,
    Kind,
    NotPermitted,
    OutsideGrid,
    Problem,
)
from gridmediate.domain.routing import urgency_of
from gridmediate.domain.vocabulary import (
    Datum,
    Flag,
    Label,
    Level,
    PlaceMethod,
    Side,
    Source,
    Willingness,
)
from gridmediate.domain.workflow import Outcome, State
from gridmediate.geo.crs import to_wgs84
from gridmediate.services.casework import refresh_next_step
from gridmediate.services.clocks import start_clock
from gridmediate.services.gazetteer import confirmed_entry
from gridmediate.services.grid import Grid, NoHome, grid_of, local_day
from gridmediate.services.linking import link_earlier
from gridmediate.services.on_spot import check_on_spot, solve
from gridmediate.services.placing import Placement, PlaceSaid, Point, place_of
from gridmediate.services.rulebook import rulebook_of
from gridmediate.services.teams import planned_seats, seat_rows
from gridmediate.services.telling import notices
from gridmediate.store import rollup
from gridmediate.store.bulk import insert_rows
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import keyring_of, seal
from gridmediate.store.engine import Store
from gridmediate.store.history import Entry, chained
from gridmediate.store.models import Case, CaseNumber, Home, Party

#: Built once, as is what takes a number: building them takes longer than the database does to answer.
_EARLIER = select(Home, Case.id, Case.case_no, Case.filing_digest, Case.cell_code, Case.outcome).outerjoin(
    Case, and_(Case.filed_by == bindparam("filer", type_=Uuid()), Case.filing_key == bindparam("key", type_=Uuid())))
_NUMBERS = cast(Table, CaseNumber.__table__)


def _taking(statement: Any) -> Any:
    count = bindparam("count", type_=Integer())
    taken = statement.values(street_code=bindparam("street"), year=bindparam("filed_in"), last=count)
    again = {"last": _NUMBERS.c.last + count}
    return taken.on_conflict_do_update(index_elements=["street_code", "year"], set_=again).returning(_NUMBERS.c.last)


_TAKING = {"sqlite": _taking(sqlite.insert(_NUMBERS)), "postgresql": _taking(postgresql.insert(_NUMBERS))}

FACTS_LIMIT = 2000
TITLE_LENGTH = 24


class FilingKeyReused(Problem):
    """The same filing key came with other contents."""

    code = "filing.key-reused"
    kind = Kind.CONFLICT
    sentence = Label(
        "这份上报的编号已经用过，但内容不同。原来那份已存好；请打开新表单再报。",
        "The key of this filing was used before with other contents. The earlier filing is safe; open a new form for this one.",
    )


@dataclass(frozen=True, slots=True)
class PartyEntry:
    """A party as filed; only the name is asked for."""

    side: Side
    name: str
    phone: str = ""
    address: str = ""
    is_minor: bool = False
    is_organisation: bool = False
    willingness: Willingness = Willingness.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Filing:
    """What a person files. ``filing_key`` is made when the form opens; sending it again is safe."""

    filing_key: uuid.UUID
    t2_code: str
    facts: str
    willingness: Willingness = Willingness.NOT_ASKED
    flags: tuple[Flag, ...] = ()
    source: Source = Source.WORKER
    point: Point | None = None
    place_method: PlaceMethod = PlaceMethod.NONE
    cell_code: str | None = None
    is_unsure: bool = False
    address: str = ""
    parties: tuple[PartyEntry, ...] = ()
    client_at: datetime | None = None
    external_no: str | None = None
    street_code: str | None = None
    #: What the matter is called in lists; empty takes the first clause of the facts.
    title: str = ""
    #: Solved on the spot, and how: what both sides agreed by word of mouth and what was done.
    on_spot: bool = False
    spot_result: str = ""
    #: The entry of the gazetteer that the filer chose; the cell or point stands beside it.
    place_entry: int | None = None

    def digest(self) -> bytes:
        """Return what tells a repeated sending from another filing under the same key."""
        contents = asdict(replace(self, client_at=None))
        if not self.on_spot:
            # As it was before there was such a thing: what is sent again over an update of the program stays the same filing.
            del contents["on_spot"], contents["spot_result"]
        return sha256(json.dumps(contents, sort_keys=True, default=str, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the filer gets back."""

    case_id: uuid.UUID
    case_no: str
    is_repeat: bool
    cell_code: str | None = None
    is_solved: bool = False


def file_case(session: Session, filing: Filing, actor: Actor, now: datetime) -> Receipt:
    """File a dispute.

    Sending the same filing again (same key, same contents) returns the first receipt and changes nothing.

    Raises
    ------
    Faults
        Every field that needs changing, at once.
    FilingKeyReused
        The key was used for other contents.
    OnSpotOutsideGrid, OnSpotBarred, NotPermitted
        It was solved on the spot, and may not be recorded so.
    """
    if not may(actor, Permission.CASE_FILE):
        raise NotPermitted
    earlier = _earlier(session, filing, actor)
    if earlier is not None:
        return earlier
    check_words(filing)
    grid = grid_of(session, now)
    placement = place_of(grid, PlaceSaid(filing.point, filing.cell_code, filing.is_unsure, filing.address))
    if filing.on_spot:
        check_on_spot(filing.flags, filing.t2_code, filing.source, is_placed=placement.cell is not None)
    case = _new_case(session, filing, placement, grid, actor, now)
    _take_entry(session, case, filing, placement, now)
    parties = _parties(session, case, filing)
    rules = rulebook_of(session)
    clock = start_clock(case, ClockKind.ACCEPT, rules, now)
    seats = seat_rows(case, planned_seats(session, rules, grid, case, local_day(now)), now) if placement.cell else []
    case.tasks = []
    refresh_next_step(case, rules)
    standing = rollup.Standing.of(case)
    details = {
        "standing": standing.as_json(),
        "deeds": FILED_ONE,
        "cell": case.cell_code,
        "how": placement.how.value,
        "t2": case.t2_code,
        "t1": case.t1_code,
        "key": filing.filing_key.hex,
        "seats": [seat.reason["code"] for seat in seats],
    }
    filed = [(Entry("case.file", details, to_state=State.FILED), now, actor.account_id)]
    told = notices(case, "case.file", now, accounts={seat.account_id for seat in seats if seat.account_id} - {actor.account_id})
    insert_rows(session, [case, *parties, *seats, clock, *chained(keyring_of(session), case.id, filed, case=case), *told])
    changes: rollup.Changes = {}
    rollup.moved(changes, None, standing, now)
    rollup.done(changes, standing, FILED_ONE, now)
    rollup.apply(session, changes)
    link_earlier(session, case, parties, actor, now)
    if filing.on_spot:
        solve(session, case.case_no, filing.spot_result, actor, now)
    return Receipt(case.id, case.case_no, is_repeat=False, cell_code=case.cell_code, is_solved=filing.on_spot)


def file_once(store: Store, filing: Filing, actor: Actor, now: datetime) -> Receipt:
    """File a dispute in a transaction of its own, also when the same filing arrives several times at once.

    PostgreSQL lets two transactions look for the key before either has written it; the second then breaks the constraint on it,
    and finds the first's receipt when it looks again.

    Raises
    ------
    Faults, FilingKeyReused
    """
    try:
        with store.writing() as session:
            return file_case(session, filing, actor, now)
    except IntegrityError:
        with store.writing() as session:
            return file_case(session, filing, actor, now)


def _earlier(session: Session, filing: Filing, actor: Actor) -> Receipt | None:
    """Return the receipt of the same filing sent before; the home is read by the same statement."""
    row = session.execute(_EARLIER, {"filer": actor.account_id, "key": filing.filing_key}).one_or_none()
    if row is None:
        raise NoHome
    session.info["home"] = row.Home
    if row.id is None:
        return None
    if row.filing_digest != filing.digest():
        raise FilingKeyReused
    return Receipt(row.id, row.case_no, is_repeat=True, cell_code=row.cell_code,
                   is_solved=row.outcome is Outcome.SOLVED_ON_SPOT)


def check_words(filing: Filing) -> None:
    """Check what was typed; every fault at once.

    Raises
    ------
    Faults
    """
    faults: list[Problem] = []
    facts = Label("一句话说事", "What happened")
    if not filing.facts.strip():
        faults.append(FieldMissing(field="facts", name=facts))
    elif len(filing.facts) > FACTS_LIMIT:
        faults.append(FieldTooLong(field="facts", name=facts, limit=FACTS_LIMIT, length=len(filing.facts)))
    if filing.on_spot and not filing.spot_result.strip():
        faults.append(FieldMissing(field="spot_result", name=Label("怎么解决的", "How it was solved")))
    if len(filing.address) > 200:
        faults.append(FieldTooLong(field="address", name=Label("地址", "Address"), limit=200, length=len(filing.address)))
    try:
        category(filing.t2_code)
    except Problem as problem:
        problem.field = "t2_code"
        faults.append(problem)
    for number, party in enumerate(filing.parties):
        if not party.name.strip():
            faults.append(FieldMissing(field=f"party-{number}-name", name=Label("当事人姓名", "Name of the party")))
        elif len(party.name) > 60:
            faults.append(
                FieldTooLong(
                    field=f"party-{number}-name", name=Label("当事人姓名", "Name of the party"), limit=60, length=len(party.name)
                )
            )
    if faults:
        raise Faults(faults)


def _new_case(session: Session, filing: Filing, placement: Placement, grid: Grid, actor: Actor, now: datetime) -> Case:
    street = _street_of(session, filing, placement, grid, actor)
    cell = placement.cell
    community = cell.community_code if cell else _community_to_ask(filing, placement, actor, street)
    wgs84 = to_wgs84(filing.point.lon, filing.point.lat, filing.point.datum) if filing.point else (None, None)
    case = Case(
        id=new_id(),
        version=1,
        state=State.FILED,
        is_open=True,
        case_no=next_numbers(session, grid, street, local_day(now).year)[0],
        cell_id=cell.id if cell else None,
        cell_code=cell.code if cell else None,
        community_code=community,
        street_code=street,
        county_code=grid.county_code,
        t2_code=filing.t2_code,
        t1_code=t1_of(filing.t2_code, filing.flags),
        source=filing.source,
        willingness=filing.willingness,
        flags=[flag.value for flag in filing.flags],
        urgency=urgency_of(filing.flags),
        lon=wgs84[0],
        lat=wgs84[1],
        raw_lon=filing.point.lon if filing.point else None,
        raw_lat=filing.point.lat if filing.point else None,
        datum=filing.point.datum if filing.point else Datum.WGS84,
        accuracy_m=filing.point.accuracy_m if filing.point else None,
        place_method=filing.place_method,
        place_reason=placement.reason.as_json(),
        filed_by=actor.account_id,
        filed_at=now,
        client_at=filing.client_at,
        filing_key=filing.filing_key,
        filing_digest=filing.digest(),
        external_no=filing.external_no,
        status_since=now,
        changed_at=now,
        next_due_at=now,
    )
    seal(session, case, "title", filing.title.strip() or title_of(filing.facts))
    seal(session, case, "facts", filing.facts.strip())
    seal(session, case, "address", filing.address.strip())
    return case


def _take_entry(session: Session, case: Case, filing: Filing, placement: Placement, now: datetime) -> None:
    """Say that the place was chosen from the gazetteer, and take its point where none was given."""
    chosen = confirmed_entry(session, filing.place_entry, placement, filing.address, now) if filing.place_entry else None
    if chosen is None:
        return
    case.place_method, case.place_reason = PlaceMethod.ADDRESS, chosen.reason.as_json()
    if filing.point is None and chosen.point is not None:
        case.lon, case.lat = case.raw_lon, case.raw_lat = chosen.point.lon, chosen.point.lat


def title_of(facts: str) -> str:
    """Return the first clause of the facts, short enough for one line of a list."""
    first = re.split(r"[。；！？\n.;!?]", facts.strip(), maxsplit=1)[0].strip() or facts.strip()
    if len(first) <= TITLE_LENGTH:
        return first
    cut = first[:TITLE_LENGTH]
    comma = max(cut.rfind("，"), cut.rfind(","))
    return cut[:comma] if comma >= 8 else cut.rstrip() + "…"


def _street_of(session: Session, filing: Filing, placement: Placement, grid: Grid, actor: Actor) -> str:
    if placement.cell is not None:
        return placement.cell.street_code
    if filing.street_code is not None:
        return filing.street_code
    near = placement.nearest.cell if placement.nearest else placement.candidates[0].cell if placement.candidates else None
    mine = sorted({grid.cells[code].street_code for code in actor.cells if code in grid.cells}
                  | {grid.areas[code].parent_code or "" for code in actor.communities if code in grid.areas} | actor.streets)
    if mine:
        return mine[0]
    if near is not None:
        return near.street_code
    streets = [area.code for area in grid.areas.values() if area.level is Level.STREET]
    if not streets:
        raise OutsideGrid(nearest="—", distance_m="—")
    return streets[0]


def _community_to_ask(filing: Filing, placement: Placement, actor: Actor, street: str) -> str | None:
    """Return the community whose queue an unplaced case waits in, or None for the street's.

    A filer who is not sure between cells of one community leaves it to that community; an address alone goes to the filer's own.
    """
    asked = {each.cell.community_code for each in placement.candidates}
    if len(asked) == 1 and filing.is_unsure:
        return asked.pop()
    if filing.point is None:
        own = {code[:12] for code in actor.cells} | actor.communities
        return min(own) if len(own) == 1 else None
    return None


def next_numbers(session: Session, grid: Grid, street: str, year: int, count: int = 1) -> list[str]:
    """Take the next case numbers of a street and year; they are given back if the transaction is.

    Parameters
    ----------
    year : int
        Of the local day of filing.
    count : int
        How many, in one statement.
    """
    taking = _TAKING[session.get_bind().dialect.name]
    last = session.execute(taking, {"street": street, "filed_in": year, "count": count}).scalar_one()
    area = grid.areas.get(street)
    letters = (area.abbreviation if area else None) or street
    return [f"{letters}-{year}-{number:04d}" for number in range(last - count + 1, last + 1)]


def _parties(session: Session, case: Case, filing: Filing) -> list[Party]:
    ring, rows = keyring_of(session), []
    for position, each in enumerate(filing.parties, 1):
        row = Party(
            id=new_id(), case_id=case.id, position=position, side=each.side, is_minor=each.is_minor,
            is_organisation=each.is_organisation, willingness=each.willingness, name_index=ring.index("name", each.name),
            phone_index=ring.index("phone", each.phone) if each.phone else None,
        )
        for column in ("name", "phone", "address"):
            seal(session, row, column, getattr(each, column).strip())
        rows.append(row)
    return rows

