"""A team's seats are filled from the roster of the day, or declared vacant with a reason."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.limit_rows import template_from_json
from gridmediate.domain.problems import ConditionNotMet, Faults, NotFound
from gridmediate.domain.routing import route
from gridmediate.domain.routing_defaults import DEFAULT_RULES
from gridmediate.domain.team import (
    Exclusion,
    RosterEntry,
    RosterKind,
    SeatCount,
    SeatPlan,
    TeamPlan,
    TeamTemplate,
    add_department,
    candidates,
    is_settled,
    plan_team,
    replace,
    unsettled,
)
from gridmediate.domain.vocabulary import Flag, Part, Phrase, Seat
from tests.rig.walk import walked

CELL = "990102001003005"
DAY = date(2026, 11, 23)
CADRE, WORKER, COVER, SPARE = (UUID(int=n) for n in (1, 2, 3, 4))
LEAK = route(DEFAULT_RULES, "0201")


def an_entry(account_id, seat=Seat.GRID_WORKER, **changes):
    row = {"name": "某某", "cell_code": CELL, "valid_from": date(2026, 9, 1)} | changes
    return RosterEntry(account_id, seat=seat, **row)


ROSTER = [an_entry(CADRE, Seat.CADRE), an_entry(WORKER), an_entry(COVER, kind=RosterKind.COVER)]


def a_plan(roster=ROSTER, template=None, routing=LEAK, **changes):
    return plan_team(template or TeamTemplate(), roster, routing, **({"cell": CELL, "day": DAY} | changes))


def worker_seat(plan):
    return next(each for each in plan.seats if each.seat is Seat.GRID_WORKER)


def test_a_team_is_a_cadre_a_worker_and_the_departments_in_this_order():
    plan = a_plan()
    assert [(each.seat, each.account_id, each.department_code, each.part) for each in plan.seats] == [
        (Seat.CADRE, CADRE, None, None),
        (Seat.GRID_WORKER, WORKER, None, None),
        (Seat.DEPARTMENT, None, "housing", Part.SUPPORT),
    ]
    assert is_settled(plan.seats) and plan.vacancies == ()
    assert plan.seats[1].reason.say("zh") == "名册在岗，自 2026年9月1日 起"
    assert plan.seats[2].rule_no == "02-01"


def test_a_case_led_by_the_committee_has_no_lead_among_its_departments():
    assert [each.part for each in a_plan().departments] == [Part.SUPPORT]
    led = a_plan(routing=route(DEFAULT_RULES, "0402", flags=[Flag.THREAT]))
    assert [(each.department_code, each.part) for each in led.departments] == [
        ("housing", Part.LEAD), ("police_station", Part.SUPPORT),
    ]  # fmt: skip


@walked(
    ("day", "who"),
    [(date(2026, 9, 1), WORKER), (date(2026, 11, 23), WORKER), (date(2026, 11, 24), COVER), (date(2026, 8, 31), None)],
)
def test_both_ends_of_a_term_count_and_cover_follows(day, who):
    roster = [
        an_entry(WORKER, valid_to=date(2026, 11, 23)),
        an_entry(COVER, kind=RosterKind.COVER, valid_from=date(2026, 11, 20), note="补选前"),
    ]
    seat = worker_seat(a_plan(roster, day=day))
    assert seat.account_id == who
    assert seat.vacant is (who is None)
    if who == COVER:
        assert seat.reason.say("zh") == "名册代管，自 2026年11月20日 起（补选前）"


def test_a_holder_goes_before_a_cover_whatever_their_order():
    roster = [an_entry(COVER, kind=RosterKind.COVER, order=1), an_entry(WORKER, order=9)]
    assert worker_seat(a_plan(roster)).account_id == WORKER


def test_the_cells_own_row_goes_before_the_communitys():
    roster = [an_entry(SPARE, cell_code=CELL[:12], order=1), an_entry(WORKER, order=2)]
    assert worker_seat(a_plan(roster)).account_id == WORKER
    assert worker_seat(a_plan(roster[:1])).account_id == SPARE


def test_a_row_of_another_cell_does_not_count():
    assert worker_seat(a_plan([an_entry(WORKER, cell_code="990102001003006")])).vacant


@walked(("ground", "said"), [("declared", "申报了利害关系"), (Exclusion.CHALLENGED, "被申请回避")])
def test_who_has_an_interest_is_passed_over_and_the_next_one_says_so(ground, said):
    seat = worker_seat(a_plan(excluded={WORKER: ground}))
    assert seat.account_id == COVER
    assert seat.reason.say("zh") == f"名册代管，自 2026年9月1日 起；排在前面的 1 人回避：{said}"
    assert "某某" not in json.dumps(seat.reason.as_json(), ensure_ascii=False), "the tie of a person is not told to the team"


def test_a_seat_where_all_have_an_interest_is_vacant_and_says_so():
    seat = worker_seat(a_plan(excluded={WORKER: "declared", COVER: "challenged"}))
    assert seat.vacant and seat.account_id is None
    assert seat.reason.say("en") == (
        "All 2 of Grid worker on the roster have to stand back: declared an interest, was challenged"
    )


def test_an_unknown_ground_is_refused():
    with pytest.raises(ValueError, match="dislikes"):
        a_plan(excluded={WORKER: "dislikes him"})


def test_an_empty_roster_declares_each_seat_vacant():
    plan = a_plan([])
    assert [each.vacant for each in plan.seats] == [True, True, False]
    assert plan.seats[0].reason.say("zh") == "11月23日 周一 名册上没有社区干部，已提醒街道补人"
    assert is_settled(plan.seats)


def test_a_case_whose_place_is_open_has_vacant_seats_and_its_departments():
    plan = a_plan(cell=None)
    assert [each.reason.code for each in plan.vacancies] == ["team.vacant.no-cell"] * 2
    assert [each.department_code for each in plan.departments] == ["housing"]


def test_a_template_may_ask_for_more_and_says_when_there_are_too_few():
    template = TeamTemplate(overrides=(SeatCount("02", 1, 2), SeatCount("0201", 1, 3)))
    workers = [each for each in a_plan(template=template).seats if each.seat is Seat.GRID_WORKER]
    assert [(each.position, each.account_id) for each in workers] == [(1, WORKER), (2, COVER), (3, None)]
    assert workers[2].reason.say("zh") == "要 3 名网格员，名册上只有 2 名"
    assert template.seats("0203")[Seat.GRID_WORKER] == 2
    assert template.seats("0101")[Seat.GRID_WORKER] == 1


def test_one_person_does_not_take_two_seats():
    seat = worker_seat(a_plan([an_entry(CADRE, Seat.CADRE), an_entry(CADRE)]))
    assert seat.vacant
    assert seat.reason.say("zh") == "名册上的网格员已坐本案另一席"


def test_too_few_because_of_an_interest_says_so():
    seats = a_plan(template=TeamTemplate(1, 2), excluded={WORKER: "declared"}).seats
    assert seats[2].reason.say("zh") == "要 2 名网格员，除回避的 1 人外只有 1 名"


def test_a_person_twice_on_the_roster_stands_once_in_the_queue():
    roster = [an_entry(WORKER), an_entry(WORKER, kind=RosterKind.COVER), an_entry(WORKER, cell_code=CELL[:12])]
    assert [row.kind for row in candidates(roster, Seat.GRID_WORKER, CELL, DAY)] == [RosterKind.HOLDER]


def test_a_replacement_keeps_the_seat_and_carries_its_own_reason():
    by_hand = Phrase("team.added", {"by": "陈志远", "why": "熟悉情况"})
    plan = replace(a_plan(), Seat.GRID_WORKER, 1, account_id=SPARE, reason=by_hand)
    assert worker_seat(plan).account_id == SPARE
    assert worker_seat(plan).reason.say("zh") == "陈志远加的：熟悉情况"
    assert plan.seats[0] == a_plan().seats[0]


def test_a_seat_may_be_declared_vacant_by_hand_and_filled_again():
    reason = Phrase("team.added", {"by": "x", "why": "y"})
    vacant = replace(a_plan(), Seat.CADRE, 1, reason=reason)
    assert vacant.seats[0].vacant and is_settled(vacant.seats)
    assert not replace(vacant, Seat.CADRE, 1, account_id=SPARE, reason=reason).seats[0].vacant


def test_a_replacement_is_refused_for_a_member_for_one_with_an_interest_and_for_no_seat():
    reason = Phrase("team.added", {"by": "x", "why": "y"})
    with pytest.raises(ConditionNotMet, match="already sits"):
        replace(a_plan(), Seat.GRID_WORKER, 1, account_id=CADRE, reason=reason)
    with pytest.raises(ConditionNotMet, match="interest"):
        replace(a_plan(), Seat.GRID_WORKER, 1, account_id=SPARE, excluded={SPARE}, reason=reason)
    with pytest.raises(NotFound):
        replace(a_plan(), Seat.GRID_WORKER, 2, account_id=SPARE, reason=reason)


def test_a_department_is_added_once():
    reason = Phrase("team.added", {"by": "您", "why": "楼道曾发生争吵"})
    plan = add_department(a_plan(), "police_station", Part.SUPPORT, reason)
    assert [(each.position, each.department_code) for each in plan.departments] == [(1, "housing"), (2, "police_station")]
    with pytest.raises(ConditionNotMet):
        add_department(plan, "housing", Part.SUPPORT, reason)


def test_an_empty_seat_without_a_word_does_not_count_as_settled():
    seats = a_plan().seats
    silent = changed(seats[1], account_id=None)
    unexplained = changed(seats[1], account_id=None, vacant=True, reason=None)
    assert unsettled((seats[0], silent)) == (Seat.GRID_WORKER,)
    assert unsettled((seats[0], unexplained)) == (Seat.GRID_WORKER,)
    assert unsettled(()) == (Seat.CADRE, Seat.GRID_WORKER)
    assert unsettled(seats[2:]) == (Seat.CADRE, Seat.GRID_WORKER)
    assert not is_settled(())


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
entries = st.builds(
    RosterEntry,
    account_id=st.integers(1, 6).map(lambda n: UUID(int=n)),
    name=st.just("某某"),
    seat=st.sampled_from([Seat.CADRE, Seat.GRID_WORKER]),
    cell_code=st.sampled_from([CELL, CELL[:12], "990102001003006"]),
    valid_from=days,
    valid_to=st.none() | days,
    kind=st.sampled_from(RosterKind),
    order=st.integers(1, 3),
    note=st.sampled_from(["", "补选前"]),
)
templates = st.builds(TeamTemplate, st.integers(1, 3), st.integers(1, 3), st.just((SeatCount("02", 2, 1),)))


@given(
    st.lists(entries, max_size=12),
    templates,
    days,
    st.dictionaries(st.integers(1, 6).map(lambda n: UUID(int=n)), st.sampled_from(Exclusion), max_size=4),
    st.sampled_from(["0101", "0201", "0402"]),
)
def test_any_roster_gives_a_settled_team_of_the_asked_size(roster, template, day, excluded, category):
    routing = route(DEFAULT_RULES, category)
    plan = a_plan(roster, template, routing, day=day, excluded=excluded)
    assert is_settled(plan.seats)
    people = [each for each in plan.seats if each.seat is not Seat.DEPARTMENT]
    for seat, wanted in template.seats(category).items():
        assert [each.position for each in people if each.seat is seat] == list(range(1, wanted + 1))
    seated = [each.account_id for each in people if each.account_id]
    assert len(set(seated)) == len(seated)
    assert not set(seated) & set(excluded)
    assert all(each.vacant == (each.account_id is None) for each in people)
    for each in plan.seats:
        assert Phrase.from_json(json.loads(json.dumps(each.reason.as_json()))).say("zh") == each.reason.say("zh")
        assert each.reason.say("en")
    for each in people:
        if each.account_id:
            assert any(row.account_id == each.account_id and row.holds_on(day) and row.seat is each.seat for row in roster)


@given(st.lists(entries, max_size=8), days, st.randoms())
def test_the_order_of_rows_in_the_table_does_not_change_the_team(roster, day, random):
    # Rows alike in everything that ranks them may differ in their note only; that is all that may change.
    shuffled = random.sample(roster, len(roster))
    assert [each.account_id for each in a_plan(roster, day=day).seats] == [
        each.account_id for each in a_plan(shuffled, day=day).seats
    ]


@given(st.lists(entries, max_size=8), days, st.integers(1, 400))
def test_a_later_change_of_the_roster_leaves_an_earlier_day_alone(roster, day, after):
    later = an_entry(UUID(int=9), valid_from=day + timedelta(days=after))
    assert a_plan(roster, day=day) == a_plan([*roster, later], day=day)


def test_a_plan_is_made_of_plain_seats():
    assert TeamPlan(()).account_ids == frozenset()
    assert all(isinstance(each, SeatPlan) for each in a_plan().seats)
    assert a_plan().account_ids == {CADRE, WORKER}


def test_a_template_survives_storage_and_a_bad_one_names_its_faults():
    template = TeamTemplate(1, 2, (SeatCount("0502", 2, 1),))
    stored = json.loads(json.dumps(template.as_json()))
    assert TeamTemplate.from_json(stored) == template_from_json(stored) == template
    with pytest.raises(Faults) as refused:
        template_from_json({"cadres": 0, "grid_workers": "many", "overrides": [{"prefix": "77", "cadres": 99}]})
    assert [problem.field for problem in refused.value.problems] == ["category", "cadres", "cadres", "grid_workers"]
