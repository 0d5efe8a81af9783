"""Cells in editions: what a sheet changes, and what it never touches."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from shapely import affinity
from sqlalchemy import select

from gridmediate.domain.grid_problems import (
    CommunityUnclear,
    EditionAhead,
    EffectiveInThePast,
    FaultsOpen,
    OtherCounty,
    PatternUnusable,
)
from gridmediate.domain.problems import NotPermitted
from gridmediate.domain.vocabulary import Label, Level, PlaceMethod, Role
from gridmediate.geo.cells import CellSheet
from gridmediate.geo.faults import FaultKind
from gridmediate.services.cell_sheets import CellImport, Place, check_sheet
from gridmediate.services.cells import compare_cells, import_cells
from gridmediate.services.filing import Filing, Point, file_case
from gridmediate.services.grid import grid_of
from gridmediate.store.history import HOME_CHAIN
from gridmediate.store.models import Area, Case, Cell, Department, HistoryEntry, Home, RuleRow
from tests.builders import CELL, COMMUNITY, COUNTY, NEXT_CELL, NEXT_COMMUNITY_CELL, ORIGIN, SIDE, STREET, an_account, inside
from tests.services.office import NOW, TODAY, acting, actor_of, an_office

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def office(sqlite_url):
    with an_office(sqlite_url) as store:
        yield store


@pytest.fixture
def session(office):
    with office.writing() as session:
        yield session


@pytest.fixture
def admin(session):
    return acting(session, Role.ADMINISTRATOR)


def square(column, row=0, width=1.0):
    west, south = ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE
    return shapely.box(west, south, west + width * SIDE, south + SIDE)


def a_sheet(cells, *, households=None, names=None):
    """Return a sheet of ``{code: shape}``; names are those the small world's cells have."""
    codes = tuple(cells)
    return CellSheet(
        codes=codes, names=tuple((names or {}).get(code, f"第{int(code[-3:])}网格") for code in codes),
        households=tuple((households or {}).get(code, 360) for code in codes), kinds=("",) * len(codes),
        communities=tuple(code[:12] for code in codes), geometries=np.array(list(cells.values()), dtype=object),
        source_crs="WGS 84", code_field="code", name_field="name", fields=("code", "name"),
    )


def as_is():
    return {CELL: square(0), NEXT_CELL: square(1), NEXT_COMMUNITY_CELL: square(0, 1)}


def an_import(cells, **more):
    sheet = more.pop("sheet", None) or a_sheet(cells)
    return CellImport(sheet, "cells.geojson", more.pop("valid_from", TOMORROW), **more)


def editions(session, code):
    return session.scalars(select(Cell).where(Cell.cell_code == code).order_by(Cell.valid_from)).all()


def test_the_same_sheet_changes_nothing_and_writes_nothing(session, admin):
    before = [(cell.id, cell.valid_to) for cell in session.scalars(select(Cell))]
    report = import_cells(session, an_import(as_is()), admin, NOW)
    assert (report.new, report.changed, report.unchanged, report.is_empty) == ((), (), 3, True)
    assert [(cell.id, cell.valid_to) for cell in session.scalars(select(Cell))] == before
    assert session.scalars(select(HistoryEntry).where(HistoryEntry.chain == HOME_CHAIN)).all() == []


def test_a_ring_that_turns_the_other_way_or_begins_elsewhere_is_the_same_cell(session, admin):
    turned = shapely.Polygon(list(square(0).exterior.coords)[2:-1][::-1] + list(square(0).exterior.coords)[:2][::-1])
    as_parts = shapely.MultiPolygon([square(1)])
    report = compare_cells(session, an_import(as_is() | {CELL: turned, NEXT_CELL: as_parts}), admin, NOW)
    assert report.unchanged == 3


def test_a_changed_outline_closes_the_old_edition_the_day_before_and_opens_a_new_one(session, admin):
    old = editions(session, NEXT_CELL)[0]
    report = import_cells(session, an_import(as_is() | {NEXT_CELL: square(1, width=2)}), admin, NOW)
    assert [(each.code, each.what) for each in report.changed] == [(NEXT_CELL, ("outline",))]
    kept, new = editions(session, NEXT_CELL)
    assert (kept.id, kept.valid_to) == (old.id, TODAY)
    assert (new.valid_from, new.valid_to) == (TOMORROW, None)
    assert new.area_m2 > 1.9 * 0.99 * editions(session, CELL)[0].area_m2
    assert (new.west, new.east) == pytest.approx((ORIGIN[0] + SIDE, ORIGIN[0] + 3 * SIDE))
    assert len(editions(session, CELL)) == 1


@pytest.mark.parametrize(("change", "what"), [
    ({"names": {CELL: "桥头网格"}}, "name"), ({"households": {CELL: 401}}, "households"),
])
def test_a_changed_name_or_number_of_households_is_a_new_edition_too(session, admin, change, what):
    report = import_cells(session, an_import({}, sheet=a_sheet(as_is(), **change)), admin, NOW)
    assert [(each.code, each.what) for each in report.changed] == [(CELL, (what,))]
    assert len(editions(session, CELL)) == 2


def test_a_sheet_without_households_keeps_those_that_are_known(session, admin):
    sheet = a_sheet(as_is() | {NEXT_CELL: square(1, width=2)}, households={CELL: None, NEXT_CELL: None})
    import_cells(session, an_import({}, sheet=sheet), admin, NOW)
    assert len(editions(session, CELL)) == 1
    assert editions(session, NEXT_CELL)[-1].households == 360


def test_cells_missing_from_the_sheet_are_closed_only_when_asked(session, admin):
    fewer = {CELL: square(0)}
    report = import_cells(session, an_import(fewer), admin, NOW)
    assert report.missing == (NEXT_CELL, NEXT_COMMUNITY_CELL)
    assert report.is_empty
    assert editions(session, NEXT_CELL)[0].valid_to is None
    import_cells(session, an_import(fewer, retire_missing=True), admin, NOW)
    assert editions(session, NEXT_CELL)[0].valid_to == TODAY
    assert NEXT_CELL in grid_of(session, NOW).cells
    assert NEXT_CELL not in grid_of(session, NOW + timedelta(days=1)).cells


def test_cells_of_another_street_are_never_missing(session, admin):
    report = compare_cells(session, an_import(as_is(), retire_missing=True), admin, NOW)
    assert report.missing == ()


def test_nothing_is_taken_over_while_something_must_be_corrected(session, admin):
    overlapping = as_is() | {NEXT_CELL: square(0.5)}
    with pytest.raises(FaultsOpen):
        import_cells(session, an_import(overlapping), admin, NOW)
    assert len(editions(session, NEXT_CELL)) == 1


def test_overlaps_that_are_real_can_be_accepted_and_that_is_written_down(session, admin):
    overlapping = as_is() | {NEXT_CELL: square(0.5)}
    import_cells(session, an_import(overlapping, accept=frozenset({FaultKind.OVERLAP})), admin, NOW)
    entry = session.scalars(select(HistoryEntry).where(HistoryEntry.chain == HOME_CHAIN)).one()
    assert entry.act == "cells.import"
    assert entry.details["accepted"] == ["overlap"]


def test_invalid_rings_and_double_codes_cannot_be_accepted(session, admin):
    bowtie = shapely.Polygon([(120.1, 30.2), (120.104, 30.204), (120.104, 30.2), (120.1, 30.204)])
    every = frozenset(FaultKind)
    with pytest.raises(FaultsOpen):
        import_cells(session, an_import(as_is() | {CELL: bowtie}, accept=every), admin, NOW)


def test_a_changed_cell_cannot_take_effect_in_the_past_but_a_new_one_can(session, admin):
    changed = as_is() | {NEXT_CELL: square(1, width=2)}
    with pytest.raises(EffectiveInThePast):
        import_cells(session, an_import(changed, valid_from=TODAY - timedelta(days=1)), admin, NOW)
    new = as_is() | {f"{COMMUNITY}003": square(3)}
    report = import_cells(session, an_import(new, valid_from=date(2025, 1, 1)), admin, NOW)
    assert report.new == (f"{COMMUNITY}003",)


def test_an_edition_is_not_put_before_one_that_is_entered_already(session, admin):
    later = as_is() | {NEXT_CELL: square(1, width=2)}
    import_cells(session, an_import(later, valid_from=TODAY + timedelta(days=30)), admin, NOW)
    with pytest.raises(EditionAhead):
        import_cells(session, an_import(as_is() | {NEXT_CELL: square(1, width=3)}), admin, NOW)
    with pytest.raises(EditionAhead):
        again = as_is() | {NEXT_CELL: square(1, width=3)}
        import_cells(session, an_import(again, valid_from=TODAY + timedelta(days=30)), admin, NOW)


def test_the_import_counts_the_edition_on_and_joins_outlines(session, admin):
    report = import_cells(session, an_import(as_is() | {NEXT_CELL: square(1, width=2)}), admin, NOW)
    assert report.edition == session.get(Home, 1).grid_edition == 2
    community = shapely.from_wkb(session.get(Area, COMMUNITY).outline)
    assert community.equals(shapely.box(ORIGIN[0], ORIGIN[1], ORIGIN[0] + 3 * SIDE, ORIGIN[1] + SIDE))
    assert shapely.from_wkb(session.get(Area, STREET).outline).area > community.area


def test_a_new_community_is_added_with_its_name(session, admin):
    code = f"{STREET}009001"
    names = {f"{STREET}009": Label("听泉社区", "Tingquan Community")}
    import_cells(session, an_import(as_is() | {code: square(3)}, names=names), admin, NOW)
    area = session.get(Area, f"{STREET}009")
    assert (area.level, area.name, area.name_en, area.parent_code) == (Level.COMMUNITY, "听泉社区", "Tingquan Community", STREET)


def test_codes_that_do_not_tell_the_community_need_a_place(session, admin):
    sheet = a_sheet({"4700": square(9)})
    with pytest.raises(FaultsOpen):
        import_cells(session, an_import({}, sheet=sheet), admin, NOW)
    with pytest.raises(CommunityUnclear):
        import_cells(session, an_import({}, sheet=sheet, code_pattern=r"\d+"), admin, NOW)
    place = Place("LA-ALL", Label("洛杉矶", "Los Angeles"), "LA", Label("洛杉矶", "Los Angeles"))
    report = import_cells(session, an_import({}, sheet=sheet, place=place), admin, NOW)
    assert report.new == ("4700",)
    assert (session.get(Area, "LA-ALL").parent_code, session.get(Area, "LA").parent_code) == ("LA", COUNTY)


def test_codes_of_another_county_are_refused(session, admin):
    sheet = a_sheet({"110101001001001": square(9)})
    with pytest.raises(FaultsOpen):
        import_cells(session, an_import({}, sheet=sheet), admin, NOW)
    with pytest.raises(OtherCounty):
        import_cells(session, an_import({}, sheet=sheet, code_pattern=r"\d{15}"), admin, NOW)


def test_a_pattern_that_is_none_is_refused_in_words(session):
    with pytest.raises(PatternUnusable) as refusal:
        check_sheet(session, an_import(as_is(), code_pattern="["))
    assert r"\d{15}" in refusal.value.say("zh")


def test_only_who_may_import_cells_does(session):
    worker = acting(session, Role.CADRE)
    for act in (compare_cells, import_cells):
        with pytest.raises(NotPermitted):
            act(session, an_import(as_is()), worker, NOW)


def test_the_first_import_sets_up_a_home_that_can_decide(store_url):
    with an_office(store_url, home=False) as store:
        with store.writing() as session:
            report = import_cells(session, an_import(as_is(), valid_from=date(2025, 1, 1)), None, NOW)
        with store.reading() as session:
            assert (report.edition, session.get(Home, 1).county_code) == (1, COUNTY)
            assert set(grid_of(session, NOW).cells) == set(as_is())
            assert session.scalars(select(Department.code)).first()
            assert {row.kind for row in session.scalars(select(RuleRow))} == {"ladder", "limit", "routing", "team"}


def test_a_cell_moved_by_a_hair_counts_as_unchanged(session, admin):
    nearly = affinity.translate(square(0), 5e-9, -5e-9)
    assert compare_cells(session, an_import(as_is() | {CELL: nearly}, accept=frozenset(FaultKind)), admin, NOW).unchanged == 3


def file_at(session, column, row=0):
    """File a case in the middle of a square of the small world."""
    worker = actor_of(session, an_account(session, cells=[]))
    lon, lat = inside(column, row)
    filing = Filing(uuid.uuid4(), "0201", "楼上漏水", point=Point(lon, lat), place_method=PlaceMethod.MAP)
    return file_case(session, filing, worker, NOW)


def test_open_cases_of_changing_cells_and_of_the_queue_are_counted_and_left_alone(session, admin):
    file_at(session, 0)
    moved, queued = file_at(session, 1), file_at(session, 2)
    wider = as_is() | {NEXT_CELL: square(1, width=2)}
    report = import_cells(session, an_import(wider), admin, NOW)
    assert (report.open_cases, report.queue_inside) == (1, 1)
    assert session.get(Case, moved.case_id).cell_id == editions(session, NEXT_CELL)[0].id
    assert session.get(Case, queued.case_id).cell_code is None
