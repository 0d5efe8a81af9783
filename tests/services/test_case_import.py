"""A foreign file becomes cases that are as whole as those filed here, once, with every row accounted for."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from gridmediate.domain.import_map import ImportMap
from gridmediate.domain.import_problems import ColumnsAbsent, DepartmentsUnknown, NumberRepeats, StreetsUnknown, ValuesUnmapped
from gridmediate.domain.import_toml import read_map
from gridmediate.domain.placing import Placed
from gridmediate.domain.problems import Faults, NotPermitted
from gridmediate.domain.tasks import AnswerKind, TaskState
from gridmediate.domain.vocabulary import Datum, Role, Seat, Source
from gridmediate.domain.workflow import Act, Needs, Outcome, State
from gridmediate.geo.datums import wgs84_to_gcj02
from gridmediate.geo.locate import CellIndex
from gridmediate.services import casepage, handling, tasks
from gridmediate.services.asked import ActWords
from gridmediate.services.case_files import CaseFile, read_case_file
from gridmediate.services.case_import import import_cases
from gridmediate.services.case_reports import CaseImportReport
from gridmediate.services.filing import Filing, file_case
from gridmediate.services.gazetteer_files import PlaceRow, PlacesFile
from gridmediate.services.gazetteer_import import import_places
from gridmediate.services.grid import CellCard, Grid, grid_of
from gridmediate.services.placing import Point, locate, locate_many
from gridmediate.store import rollup
from gridmediate.store.columns import new_id
from gridmediate.store.encryption import unseal
from gridmediate.store.engine import Store
from gridmediate.store.history import verify
from gridmediate.store.models import Case, CaseClock, Department, HistoryEntry, Task, TeamSeat
from tests import builders
from tests.builders import CELL, NEXT_CELL
from tests.services.office import NOW, acting, an_office

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

MAPPING = """
[number]
column = "No"
[filed]
column = "Filed"
format = "%Y-%m-%d %H:%M"
zone = "Asia/Shanghai"
[closed]
column = "Closed"
[place]
lon = "Lon"
lat = "Lat"
datum = "wgs84"
address = "Where"
[category]
column = "Kind"
default = "0299"
values = { noise = "0203" }
[department]
column = "Office"
values = { H = "housing", U = "urban", N = "night_office", "" = "rules" }
[departments]
night_office = { zh = "夜间办", en = "Night office" }
[status]
column = "State"
[status.values]
new = "filed"
open = "assigned"
busy = "signed"
done = "settled_by_department"
dropped = "withdrawn"
agreed = "agreed_written"
[facts]
template = "{Kind}: {What}"
"""
COLUMNS = ("No", "Filed", "Closed", "Lon", "Lat", "Where", "Kind", "Office", "State", "What")
#: A point within the overlap that the fixture draws, one on a shared edge, one far out.
OVERLAP, EDGE = builders.inside(3, 0), (builders.ORIGIN[0] + builders.SIDE, builders.ORIGIN[1] + builders.SIDE / 2)
OUT = (builders.ORIGIN[0] - 0.01, builders.ORIGIN[1])
LATER_CELL = "990101001001009"


def row(number: int, point: tuple[float, float] | None = None, **said: str) -> dict[str, str]:
    """A row of a file: noise in the first cell, open with the housing office, unless *said* tells otherwise."""
    lon, lat = map(str, point) if point else ("", "")
    filed = f"2026-11-{1 + number % 20:02d} 10:{number % 60:02d}"
    return {"No": f"S{number}", "Filed": filed, "Closed": "", "Lon": lon, "Lat": lat, "Where": "柳溪路 3 号", "Kind": "noise",
            "Office": "H", "State": "open", "What": "半夜放歌"} | said


DONE = {"State": "done", "Closed": "2026-11-22 09:00"}
MIXED = [
    row(1, builders.inside()), row(2, builders.inside(), **DONE), row(3, OVERLAP, State="busy"), row(4, EDGE, **DONE, Office="U"),
    row(5, OUT), row(6, OUT, **DONE), row(7), row(8, **DONE, Office="N"), row(9, builders.inside(1), State="new", Office=""),
    row(10, builders.inside(), State="dropped", Closed="2026-11-20 08:00"), row(11, builders.inside(), **DONE, Office=""),
    row(12, builders.inside(), State="agreed", Closed="2026-11-21 08:00"), row(13, builders.inside(), Lat="north"),
    row(14, builders.inside(), State="done"), row(1, builders.inside()), row(16, builders.inside(), Kind="parking"),
]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A home with the small world of :mod:`tests.builders`, and two more cells that overlap each other wholly."""
    with an_office(store_url) as store:
        with store.writing() as session:
            builders.a_cell(session, "990101001001008", column=3)
            builders.a_cell(session, LATER_CELL, column=3)
        yield store


@pytest.fixture
def mapping() -> ImportMap:
    return read_map(MAPPING)


@pytest.fixture
def bring(store: Store, mapping: ImportMap, tmp_path: Path) -> Callable[..., CaseImportReport]:
    """Write rows to a file and import it."""

    def make(rows: list[dict[str, str]], lot: int = 1000) -> CaseImportReport:
        source = read_case_file(a_file(tmp_path, rows), mapping, NOW)
        reports = []
        for part in source.in_lots(lot):
            with store.writing() as session:
                reports.append(import_cases(session, part, mapping, None, NOW))
        return sum(reports[1:], start=reports[0])

    return make


def a_file(folder: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> Path:
    path = folder / "cases.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def is_sound(store: Store) -> bool:
    """Whether tallies equal a recount, every chain holds and numbers have no gap."""
    with store.reading() as session:
        differences, breaks = rollup.differences(session), [each for each in verify(session) if not isinstance(each, int)]
        numbers = sorted(session.scalars(select(Case.case_no)))
    by_series: dict[str, list[int]] = {}
    for number in numbers:
        by_series.setdefault(number.rsplit("-", 1)[0], []).append(int(number.rsplit("-", 1)[1]))
    assert not differences and not breaks
    return all(sorted(found) == list(range(1, len(found) + 1)) for found in by_series.values())


def counts_of(store: Store) -> list[int | None]:
    with store.reading() as session:
        kinds = (Case, Task, TeamSeat, CaseClock, HistoryEntry)
        return [session.scalar(select(func.count()).select_from(kind)) for kind in kinds]


def case_of(session, number: str) -> Case:
    return session.scalars(select(Case).where(Case.external_no == number)).one()


def test_what_the_gazetteer_says_of_addresses_is_counted_and_places_nothing(store, bring):
    places = [PlaceRow(2, name, "", (), "", "", cell, None, None, Datum.WGS84)
              for name, cell in (("锦溪花园", CELL), ("东街", CELL), ("东街口", NEXT_CELL))]
    with store.writing() as session:
        import_places(session, PlacesFile("places.xlsx", tuple(places), ()), None, NOW)
    report = bring([row(1, Where="锦溪花园"), row(2, Where="东街口西首"), row(3, Where="北京路"),
                    row(4, builders.inside(), Where="锦溪花园"), row(5, Where="")])
    assert report.as_json()["gazetteer"] == {"one": 1, "some": 1, "none": 1}
    assert report.placed[Placed.NONE] == 4


def test_every_row_is_in_exactly_one_class(store, bring):
    report = bring(MIXED)
    assert report.rows == 16 and report.adds_up
    assert report.classes() == {"inside": 7, "overlap": 1, "edge": 1, "outside": 2, "none": 2, "already": 0, "refused": 3}
    assert [(each.line, each.problem.code) for each in report.refused] == [
        (14, "import.position-unreadable"), (15, "import.closing-missing"), (16, NumberRepeats.code)]
    assert (report.queue_open, report.queue_closed, report.held_back) == (2, 2, 2)
    assert report.overlaps == {"990101001001008 990101001001009 → 990101001001008": 1,
                               f"{builders.CELL} {builders.NEXT_CELL} → {builders.CELL}": 1}
    assert report.departments == ("night_office",)
    assert is_sound(store)


def test_the_place_says_why(store, bring):
    bring(MIXED)
    with store.reading() as session:
        codes = {number: case_of(session, number).place_reason["code"] for number in ("S1", "S3", "S4", "S5", "S7")}
        assert list(codes.values()) == ["place.inside", "place.overlap", "place.edge", "place.outside", "place.address"]
        assert case_of(session, "S4").cell_code == builders.CELL and case_of(session, "S5").community_code is None


def test_a_file_that_comes_again_adds_nothing(store, bring):
    bring(MIXED)
    before = counts_of(store)
    again = bring(MIXED)
    assert again.already == 13 and again.created == 0 and again.adds_up and not again.changed and not again.departments
    assert counts_of(store) == before and is_sound(store)


def test_a_file_that_overlaps_adds_what_is_new_and_tells_what_changed(store, bring):
    bring(MIXED[:3])
    report = bring([row(1, builders.inside(), **DONE), *MIXED[1:4]])
    assert (report.already, report.created, report.changed) == (3, 1, 1)
    with store.reading() as session:
        assert case_of(session, "S1").state is State.TEAM_FORMED
    assert is_sound(store)


def test_numbers_follow_the_filing_and_go_on_after_those_here(store, bring):
    with store.writing() as session:
        worker = acting(session, Role.GRID_WORKER)
        command = Filing(new_id(), "0203", "半夜放歌", point=Point(*builders.inside()))
        assert file_case(session, command, worker, NOW).case_no == "LX-2026-0001"
    bring([row(5, builders.inside()), row(3, builders.inside()), row(4, builders.inside(), Filed="2025-06-01 08:00")])
    with store.reading() as session:
        given = [case_of(session, f"S{number}").case_no for number in (4, 3, 5)]
    assert given == ["LX-2025-0001", "LX-2026-0002", "LX-2026-0003"]
    assert is_sound(store)


def test_lots_give_the_same_as_one_import(store, bring):
    report = bring(MIXED, lot=4)
    assert report.rows == 16 and report.adds_up and report.created == 13 and len(report.refused) == 3
    assert is_sound(store)


def test_an_interrupted_import_is_whole_and_a_repeat_mends_it(store, bring, mapping, tmp_path):
    source = read_case_file(a_file(tmp_path, MIXED), mapping, NOW)

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    first, second, *_ = source.in_lots(5)
    with store.writing() as session:
        import_cases(session, first, mapping, None, NOW)
    with pytest.raises(KeyboardInterrupt), store.writing() as session:
        import_cases(session, second, mapping, None, NOW, interrupt)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 5
    assert is_sound(store)
    assert bring(MIXED).already == 5
    assert is_sound(store)


def test_an_import_that_is_rolled_back_leaves_no_department_behind(store, bring, mapping, tmp_path):
    source = read_case_file(a_file(tmp_path, MIXED), mapping, NOW)
    with pytest.raises(KeyboardInterrupt), store.writing() as session:
        import_cases(session, source, mapping, None, NOW)
        raise KeyboardInterrupt
    with store.reading() as session:
        assert session.get(Department, "night_office") is None
    assert bring(MIXED).departments == ("night_office",)


def test_what_is_open_waits_for_its_department_under_a_running_clock(store, bring):
    bring(MIXED)
    with store.reading() as session:
        for number, state in (("S1", TaskState.ASSIGNED), ("S3", TaskState.SIGNED)):
            case = case_of(session, number)
            task = session.scalars(select(Task).where(Task.case_id == case.id)).one()
            assert case.state is State.TEAM_FORMED and case.is_open and case.source is Source.IMPORT
            assert (task.department_code, task.state, task.is_open) == ("housing", state, True)
            clock = session.scalars(select(CaseClock).where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None))).one()
            assert clock.due_at == case.due_at and clock.started_at == case.filed_at
        of_case = TeamSeat.case_id == case_of(session, "S1").id
        seats = session.scalars(select(TeamSeat).where(of_case).order_by(TeamSeat.position)).all()
    assert [each.seat for each in seats] == [Seat.CADRE, Seat.GRID_WORKER, Seat.DEPARTMENT]
    assert [each.is_vacant for each in seats] == [True, True, False] and all(each.reason["code"] for each in seats)


def test_a_row_that_names_no_department_gets_those_of_the_rules(store, bring):
    with store.writing() as session:
        session.add(Department(code="urban_management", name="综合执法队", name_en="Urban management", area_code=builders.STREET))
    bring(MIXED)
    with store.reading() as session:
        reasons = session.scalars(select(TeamSeat.reason).where(
            TeamSeat.case_id == case_of(session, "S11").id, TeamSeat.seat == Seat.DEPARTMENT)).all()
    assert [each["code"] for each in reasons] == ["routing.rule"]


def test_what_is_under_way_elsewhere_without_a_cell_waits_here_to_be_placed(store, bring):
    bring(MIXED)
    with store.reading() as session:
        case = case_of(session, "S7")
        assert case.state is State.FILED and case.is_open and case.cell_code is None
        assert case.next_step["code"] == "next.settle_place"


def test_what_is_closed_has_the_course_of_its_own_days(store, bring):
    bring(MIXED)
    with store.reading() as session:
        case = case_of(session, "S2")
        assert case.state is State.CLOSED and case.outcome is Outcome.SETTLED_BY_DEPARTMENT and not case.is_open
        assert case.closed_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC) and case.due_at is None
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == case.id).order_by(HistoryEntry.seq)).all()
        assert [(each.act, each.at) for each in entries] == [
            ("case.import", case.filed_at), ("case.accept", case.filed_at), ("case.form_team", case.filed_at),
            ("task.answer", case.closed_at), ("case.close_as_department", case.closed_at)]
        passed = [each.to_state for each in entries if each.from_state != each.to_state]
        assert passed == ["filed", "accepted", "team_formed", "closed"]
        task = session.scalars(select(Task).where(Task.case_id == case.id)).one()
        assert task.state is TaskState.CONFIRMED and not task.is_open and task.settles
        assert unseal(session, case, "result") and unseal(session, task, "answer")
        assert case_of(session, "S10").outcome is Outcome.WITHDRAWN and case_of(session, "S12").outcome is Outcome.AGREED_WRITTEN
        assert case_of(session, "S12").sessions_held == 1


def test_people_read_and_go_on_with_imported_cases(store, bring):
    """The pages and acts of the house take an imported case like any other, and the tallies stay exact."""
    bring(MIXED)
    with store.writing() as session:
        staff, leader = acting(session, Role.DEPARTMENT_STAFF), acting(session, Role.LEADER)
        cadre = acting(session, Role.CADRE)
        case = case_of(session, "S1")
        task_id = session.scalars(select(Task.id).where(Task.case_id == case.id)).one()
        settled = tasks.Answer(AnswerKind.DONE, "已劝停，物业写了保证", settles=True)
        tasks.answer(session, task_id, settled, None, staff, NOW)
        words = {Needs.RESULT: "已劝停", Needs.SIDES_TOLD: "1"}
        handling.act_on_case(session, case.case_no, ActWords(Act.CLOSE_AS_DEPARTMENT, words=words), staff, NOW)
        waiting = case_of(session, "S9")
        handling.act_on_case(session, waiting.case_no, ActWords(Act.ACCEPT), cadre, NOW)
        handling.settle_place(session, case_of(session, "S5").case_no, builders.CELL, "就在边上", leader, NOW)
        handling.settle_place(session, case_of(session, "S8").case_no, builders.CELL, "看了地址", leader, NOW)
        for number in ("S1", "S2", "S5", "S8", "S12"):
            view = casepage.read_case(session, case_of(session, number).case_no, leader, NOW)
            assert view.timeline and view.facts == "noise: 半夜放歌" and view.place_reason.say("en")
            assert all(seat.reason.say(language) for seat in view.seats for language in ("zh", "en"))
    assert is_sound(store)


def test_a_page_knows_every_reason_that_an_import_stores():
    """Pages do not load the room of imports; a reason known only there would break the case's page."""
    code = "import gridmediate.web.app, gridmediate.domain.vocabulary as v; print('team.by_hand.source' in v.PHRASES)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "True"


def test_the_roster_of_the_day_decides_who_sits(store, bring):
    with store.writing() as session:
        then, now = builders.an_account(session, None, name="从前"), builders.an_account(session, None, name="如今")
        change = (NOW - timedelta(days=5)).date()
        builders.a_seat(session, then, builders.CELL, Seat.CADRE, valid_to=change - timedelta(days=1))
        builders.a_seat(session, now, builders.CELL, Seat.CADRE, valid_from=change)
        ids = {"then": then.id, "now": now.id}
    bring([row(1, builders.inside()), row(2, builders.inside(), **DONE)])
    with store.reading() as session:
        seated = {number: session.scalars(select(TeamSeat.account_id).where(
            TeamSeat.case_id == case_of(session, number).id, TeamSeat.seat == Seat.CADRE)).one() for number in ("S1", "S2")}
    assert seated == {"S1": ids["now"], "S2": ids["then"]}


def test_coordinates_of_another_datum_are_brought_home_and_kept(store, tmp_path):
    mapping = read_map(MAPPING.replace('datum = "wgs84"', 'datum = "gcj02"'))
    shifted = wgs84_to_gcj02(*builders.inside())
    source = read_case_file(a_file(tmp_path, [row(1, shifted)]), mapping, NOW)
    with store.writing() as session:
        import_cases(session, source, mapping, None, NOW)
    with store.reading() as session:
        case = case_of(session, "S1")
        assert case.cell_code == builders.CELL and case.datum is Datum.GCJ02
        assert (case.raw_lon, case.raw_lat) == shifted and (case.lon, case.lat) == pytest.approx(builders.inside(), abs=1e-8)


def test_columns_that_are_not_there_are_named_with_those_that_are(tmp_path, mapping):
    some = tuple(each for each in COLUMNS if each not in ("Office", "What"))
    with pytest.raises(Faults) as caught:
        read_case_file(a_file(tmp_path, MIXED, columns=some), mapping, NOW)
    (problem,) = caught.value.problems
    assert isinstance(problem, ColumnsAbsent)
    assert problem.values["missing"] == ["Office (department.column)", "What (facts.template)"]
    assert "Filed" in problem.say("en") and "Filed" in problem.say("zh")


def test_values_that_are_not_mapped_are_counted_and_told_together(tmp_path, mapping):
    rows = [row(1, Office="X"), row(2, Office="X"), row(3, Office="Y", State="asleep")]
    with pytest.raises(Faults) as caught:
        read_case_file(a_file(tmp_path, rows), mapping, NOW)
    assert {type(each) for each in caught.value.problems} == {ValuesUnmapped}
    assert {each.values["column"]: each.values["values"] for each in caught.value.problems} == {
        "Office": ["X (2)", "Y (1)"], "State": ["asleep (1)"]}
    assert "X (2), Y (1)" in caught.value.problems[1].say("en") and "[department.values]" in caught.value.problems[1].say("zh")


def test_departments_and_streets_that_are_not_here_are_told_together(store, tmp_path):
    mapping = read_map(MAPPING.replace('U = "urban"', 'U = "moon_office"').replace('address = "Where"', 'street_code = "1"'))
    source = read_case_file(a_file(tmp_path, MIXED), mapping, NOW)
    with pytest.raises(Faults) as caught, store.writing() as session:
        import_cases(session, source, mapping, None, NOW)
    assert {type(each) for each in caught.value.problems} == {DepartmentsUnknown, StreetsUnknown}
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_row_of_an_unknown_street_is_refused_and_a_known_one_gets_its_queue(store, tmp_path):
    mapping = read_map(MAPPING.replace('address = "Where"', 'street = "Where"'))
    rows = [row(1, Where="1"), row(2, Where=builders.OTHER_STREET), row(3, builders.inside(), Where=builders.OTHER_STREET)]
    with store.writing() as session:
        report = import_cases(session, read_case_file(a_file(tmp_path, rows), mapping, NOW), mapping, None, NOW)
        assert [each.number for each in report.refused] == ["S1"] and report.adds_up
        assert case_of(session, "S2").case_no == "DX-2026-0001" and case_of(session, "S3").street_code == builders.STREET


def test_only_who_may_edit_the_rules_imports(store, mapping):
    with store.writing() as session:
        worker, administrator = acting(session, Role.GRID_WORKER), acting(session, Role.ADMINISTRATOR)
        with pytest.raises(NotPermitted):
            import_cases(session, CaseFile("none.csv", ()), mapping, worker, NOW)
        assert import_cases(session, CaseFile("none.csv", ()), mapping, administrator, NOW).rows == 0


def test_an_empty_file_is_no_fault(store, bring):
    report = bring([])
    assert report.rows == 0 and report.adds_up


def _drawn_grid() -> Grid:
    boxes = {"1": (0, 0, 2, 2), "2": (2, 0, 4, 2), "3": (1, 1, 3, 3), "4": (6, 0, 7, 1)}
    shapes = {code: shapely.box(*box) for code, box in boxes.items()}
    cards = {
        code: CellCard(new_id(), code, f"格{code}", f"Cell {code}", "general", "9", "8", None, builders.LONG_AGO)
        for code in shapes
    }
    return Grid(1, cards, shapes, {}, CellIndex(list(shapes), list(shapes.values())), "7")


#: On the corners, edges and overlaps of the drawn cells, within them, and outside.
_POINTS = st.tuples(st.sampled_from([-1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6.5]), st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 9]))


@given(st.lists(st.none() | _POINTS))
def test_many_points_are_placed_as_each_alone(points):
    grid = _drawn_grid()
    asked = [Point(*each) if each else None for each in points]
    for point, placement in zip(asked, locate_many(grid, asked), strict=True):
        if point is None:
            assert placement.how is Placed.NONE and placement.cell is None
        else:
            alone = locate(grid, point)
            assert (placement.how, placement.cell, placement.reason, placement.nearest) == \
                (alone.how, alone.cell, alone.reason, alone.nearest)


def test_the_grid_of_the_home_is_the_one_asked(store):
    with store.reading() as session:
        grid = grid_of(session, NOW)
        placed = locate_many(grid, [Point(*OVERLAP), Point(*EDGE), Point(*OUT)])
    assert [each.how for each in placed] == [Placed.OVERLAP, Placed.EDGE, Placed.OUTSIDE]
