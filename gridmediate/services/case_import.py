"""Taking many cases from another system at once, each as whole as one that was filed here.

Each row gets its number, its cell with the reason, its team, its tasks and clocks, its tallies and a history whose entries bear
the moments of the file. All of it belongs to the caller's transaction. A row is known again by its own number, so that a file
may come again, or overlap with another: what is there stays as it is, what is new is added.

Notes
-----
Cells are those in force at the import. Numbers go by street and local year of filing, in the order of filing. What was done
elsewhere is recorded as the shortest way through the workflow table; its conditions bind acts done here, not what has happened.
Nobody is sent a notice: ten thousand at once would tell nothing.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmediate.domain.categories import not_mediable
from gridmediate.domain.import_map import BY_RULES, ImportMap, SourceRow, course_to
from gridmediate.domain.import_problems import DepartmentsUnknown, StreetsUnknown
from gridmediate.domain.permissions import Actor, Permission
from gridmediate.domain.placing import Placed
from gridmediate.domain.problems import Faults, OutsideGrid, Problem
from gridmediate.domain.roster import RosterEntry
from gridmediate.domain.team import SeatPlan, plan_team
from gridmediate.domain.vocabulary import Level, Part, Phrase, Seat
from gridmediate.services.case_courses import Intake, Taken, take_case
from gridmediate.services.case_files import CaseFile, Progress, Refusal
from gridmediate.services.case_reports import CaseImportReport
from gridmediate.services.filing import next_numbers
from gridmediate.services.gazetteer import find_places, library_of
from gridmediate.services.grid import grid_of, local_day
from gridmediate.services.home_acts import locked_home, note, require
from gridmediate.services.placing import Placement, Point, locate_many
from gridmediate.services.rulebook import Rulebook, rulebook_of
from gridmediate.services.teams import roster_entry, routing_of
from gridmediate.store import rollup
from gridmediate.store.bulk import insert_rows
from gridmediate.store.encryption import keyring_of
from gridmediate.store.models import Account, Case, Department, RosterTerm

_CASES_AT_ONCE = 250
_NUMBERS_ASKED_AT_ONCE = 500
#: A statement of the roll-up has a dozen values a row, and a database takes some tens of thousands.
_TALLIES_AT_ONCE = 1000


def import_cases(session: Session, source: CaseFile, mapping: ImportMap, actor: Actor | None, now: datetime,
                 on_progress: Progress | None = None) -> CaseImportReport:
    """Take over the cases of a file, or of a part of it, in the caller's transaction.

    Parameters
    ----------
    session : Session
    source : CaseFile
        As :func:`~gridmediate.services.case_files.read_case_file` read it.
    mapping : ImportMap
    actor : Actor or None
        None for the office's own command line.
    now : datetime
    on_progress : callable, optional
        Called with the rows written and the rows to write.

    Returns
    -------
    CaseImportReport
        Its classes add up to the rows of *source*.

    Raises
    ------
    NotPermitted, NoHome
    Faults
        Departments or streets that this home does not have.
    """
    if actor is not None:
        require(actor, Permission.RULES_EDIT)
    return _Import(session, source, mapping, actor, now).carry_out(on_progress)


class _Import:
    """One file, or a part of it, on its way in."""

    def __init__(self, session: Session, source: CaseFile, mapping: ImportMap, actor: Actor | None, now: datetime) -> None:
        self.session, self.source, self.mapping, self.actor, self.now = session, source, mapping, actor, now
        # The home's lock makes a second import of the same file wait until the first has written its numbers.
        self.home = locked_home(session)
        self.grid = grid_of(session, now)
        self.rules, self.made = self._departments(rulebook_of(session))
        self.streets = [area.code for area in self.grid.areas.values() if area.level is Level.STREET]
        self._check_home()
        self.roster = _roster(session)
        self.plans: dict[tuple[str, str, date], list[SeatPlan]] = {}
        self.changes: rollup.Changes = {}

    def carry_out(self, on_progress: Progress | None) -> CaseImportReport:
        """Write what is not there yet."""
        fresh, already, changed = self._new_rows()
        fresh, refused = self._in_known_streets(fresh)
        placements = locate_many(self.grid, [self._point(row) for row in fresh])
        streets = [self._street(row, placement) for row, placement in zip(fresh, placements, strict=True)]
        numbers = self._numbers(fresh, streets)
        report = CaseImportReport(
            self.source.name, len(self.source), already=already, changed=changed, refused=(*self.source.refused, *refused),
            departments=self.made, addresses=self._known_addresses(fresh, placements),
        )
        waiting = iter(zip(fresh, placements, streets, numbers, strict=True))
        done = 0
        while lot := list(islice(waiting, _CASES_AT_ONCE)):
            taken = [self._take(*each) for each in lot]
            self._write(taken)
            for (row, placement, _, _), each in zip(lot, taken, strict=True):
                report = report + _counted(self.source.name, row, placement, each.case)
            done += len(lot)
            if on_progress is not None:
                on_progress(done, len(fresh))
        self._tally()
        if fresh or self.made:
            details = {
                "file": self.source.name[:120], "rows": report.rows, "classes": report.classes(), "departments": list(self.made),
            }
            note(self.session, "case.import", details, actor=self.actor, now=self.now)
            self.session.flush()
        return report

    def _departments(self, rules: Rulebook) -> tuple[Rulebook, tuple[str, ...]]:
        """Make the departments that the mapping describes and the home lacks; return the rules as they are with them."""
        present = set(self.session.scalars(select(Department.code)))
        new = {code: name for code, name in self.mapping.departments.items() if code not in present}
        if not new:
            return rules, ()
        for code, name in new.items():
            self.session.add(Department(
                code=code, name=name.zh, name_en=name.en, area_code=self.home.county_code, is_active=True))
        self.home.rules_edition += 1
        self.session.flush()
        # Not read anew: what is kept under the new edition must not outlive a transaction that is rolled back.
        return replace(rules, departments={**rules.departments, **new}), tuple(new)

    def _check_home(self) -> None:
        faults: list[Problem] = []
        wanted = (self.mapping.department.words if self.mapping.department else frozenset()) - {BY_RULES}
        if unknown := sorted(code for code in wanted if not self.rules.exists(code)):
            faults.append(DepartmentsUnknown(codes=unknown, known=sorted(self.rules.departments)))
        if self.mapping.street_code and self.mapping.street_code not in self.streets:
            faults.append(StreetsUnknown(codes=[self.mapping.street_code], known=self.streets))
        if faults:
            raise Faults(faults)
        if not self.streets:
            raise OutsideGrid(nearest="—", distance_m="—")

    def _new_rows(self) -> tuple[list[SourceRow], int, int]:
        """Return the rows whose numbers are not there yet, how many are, and how many of these read differently now."""
        kept: dict[str, bytes | None] = {}
        numbers = [row.number for row in self.source.rows]
        for start in range(0, len(numbers), _NUMBERS_ASKED_AT_ONCE):
            asked = numbers[start:start + _NUMBERS_ASKED_AT_ONCE]
            found = self.session.execute(select(Case.external_no, Case.filing_digest).where(Case.external_no.in_(asked)))
            kept.update((str(number), digest) for number, digest in found)
        changed = sum(kept[row.number] != self._digest(row) for row in self.source.rows if row.number in kept)
        return [row for row in self.source.rows if row.number not in kept], len(kept), changed

    def _digest(self, row: SourceRow) -> bytes:
        contents = [
            row.number, row.filed_at.isoformat(), row.closed_at.isoformat() if row.closed_at else None, row.lon, row.lat,
            row.address, row.department, row.t2_code, row.course.word, row.facts,
        ]
        return keyring_of(self.session).link(json.dumps(contents, ensure_ascii=False).encode())

    def _in_known_streets(self, rows: list[SourceRow]) -> tuple[list[SourceRow], list[Refusal]]:
        known = {None, *self.streets}
        refused = [
            Refusal(row.line, row.number, StreetsUnknown(codes=[row.street_code], known=self.streets))
            for row in rows if row.street_code not in known
        ]
        return [row for row in rows if row.street_code in known], refused

    def _point(self, row: SourceRow) -> Point | None:
        return Point(row.lon, row.lat, datum=self.mapping.datum) if row.lon is not None and row.lat is not None else None

    def _street(self, row: SourceRow, placement: Placement) -> str:
        if placement.cell is not None:
            return placement.cell.street_code
        if row.street_code is not None:
            return row.street_code
        return placement.nearest.cell.street_code if placement.nearest else self.streets[0]

    def _known_addresses(self, rows: Sequence[SourceRow], placements: Sequence[Placement]) -> Counter[str]:
        """Count what the gazetteer says of the rows that have an address and no position; it places none of them."""
        said: Counter[str] = Counter()
        if not library_of(self.session, self.now).places:
            return said
        for row, placement in zip(rows, placements, strict=True):
            if placement.how is Placed.NONE and row.address.strip():
                found = find_places(self.session, row.address, [row.street_code] if row.street_code else self.streets, self.now)
                said["none" if not found else "one" if len(found) == 1 and found[0].is_exact else "some"] += 1
        return said

    def _numbers(self, rows: Sequence[SourceRow], streets: Sequence[str]) -> list[str]:
        keys = [(street, local_day(row.filed_at).year) for row, street in zip(rows, streets, strict=True)]
        given = {key: iter(next_numbers(self.session, self.grid, *key, count)) for key, count in sorted(Counter(keys).items())}
        return [next(given[key]) for key in keys]

    def _take(self, row: SourceRow, placement: Placement, street: str, case_no: str) -> Taken:
        """Decide the course of a row, make the rows of its case, and note its flows for the tallies."""
        digest = self._digest(row)
        if _is_held_back(row, placement):
            row = replace(row, course=course_to("filed"))
        intake = Intake(
            placement=placement, seats=self._seats(row, placement), street=street, county=self.grid.county_code, case_no=case_no,
            datum=self.mapping.datum, file=self.source.name, importer=self.actor.account_id if self.actor else None,
            now=self.now, digest=digest,
        )
        taken = take_case(self.session, self.rules, row, intake)
        taken.count(self.changes)
        return taken

    def _seats(self, row: SourceRow, placement: Placement) -> list[SeatPlan]:
        """Return the team: people by the roster of the day, the department that the row names or those of the rules."""
        if placement.cell is None and row.department is None:
            return []
        seats: list[SeatPlan] = []
        if placement.cell is not None:
            # Whoever was in post on the day handled what is closed; what is open is for those who are in post now.
            day = local_day(row.filed_at if row.course.is_closed else self.now)
            seats = self._plan(placement.cell.code, row.t2_code, day)
        if row.department is None:
            return seats
        name = self.rules.department_label(row.department)
        reason = Phrase("team.by_hand.source", {"department": {"zh": name.zh, "en": name.en}, "said": row.department_said})
        named = SeatPlan(Seat.DEPARTMENT, 1, None, row.department, Part.LEAD, reason, vacant=False)
        return [*(each for each in seats if each.department_code is None), named]

    def _plan(self, cell_code: str, t2_code: str, day: date) -> list[SeatPlan]:
        key = (cell_code, t2_code, day)
        if key not in self.plans:
            cell = self.grid.cells[cell_code]
            terms = [*self.roster.get(cell_code, ()), *self.roster.get(cell.community_code, ())]
            entries: list[RosterEntry] = [roster_entry(term, account, cell_code) for term, account in terms]
            routing = routing_of(self.rules, self.grid, t2_code, (), cell_code)
            self.plans[key] = list(plan_team(self.rules.template, entries, routing, cell=cell_code, day=day).seats)
        return self.plans[key]

    def _write(self, taken: list[Taken]) -> None:
        ring = keyring_of(self.session)
        insert_rows(self.session, (row for each in taken for row in (*each.rows, *each.history(ring))))

    def _tally(self) -> None:
        keys = iter(self.changes.items())
        while part := dict(islice(keys, _TALLIES_AT_ONCE)):
            rollup.apply(self.session, part)


def _is_held_back(row: SourceRow, placement: Placement) -> bool:
    """Return whether a row that is under way by its file has to wait here for a person, as one that is filed here would."""
    is_under_way = bool(row.course.rows) and not row.course.is_closed
    return is_under_way and (placement.cell is None or not_mediable(row.t2_code) is not None)


def _counted(file: str, row: SourceRow, placement: Placement, case: Case) -> CaseImportReport:
    codes = [each.cell.code for each in placement.candidates]
    shared = len(codes) > 1 and placement.cell is not None
    return CaseImportReport(
        file, 0, placed=Counter({placement.how: 1}), ended=Counter({row.course.word: 1}),
        overlaps=Counter({f"{' '.join(codes)} → {case.cell_code}": 1} if shared else {}),
        closed_at_filing=int(row.was_closed_early), held_back=int(_is_held_back(row, placement)),
        queue_open=int(case.cell_code is None and case.is_open), queue_closed=int(case.cell_code is None and not case.is_open),
    )


def _roster(session: Session) -> dict[str, list[tuple[RosterTerm, Account]]]:
    rows = session.execute(
        select(RosterTerm, Account).join(Account, Account.id == RosterTerm.account_id).where(Account.is_active)
        .order_by(RosterTerm.seat, RosterTerm.is_cover, RosterTerm.position, RosterTerm.valid_from)
    ).all()
    roster: dict[str, list[tuple[RosterTerm, Account]]] = defaultdict(list)
    for term, account in rows:
        roster[term.cell_code].append((term, account))
    return roster
