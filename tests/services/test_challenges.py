"""A side challenges a member of the team: the street decides, the seat is filled anew or the words say why not."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gridmediate.domain.problems import FieldMissing, FieldTooLong, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Flag, Phrase, Seat, Side
from gridmediate.domain.workflow import Act, State
from gridmediate.services import casepage, challenges, teams
from gridmediate.services.challenges import ChallengeDecided, ChallengeOpen, Objection
from gridmediate.services.teams import SeatChange, TeamIsFinal
from gridmediate.store.columns import new_id
from gridmediate.store.models import Challenge, Notice, TeamSeat
from tests.builders import NEXT_CELL, STREET
from tests.rig.world import World

WHY = "他是被申请人的表弟"


def seat(world: World, case_no: str, kind: Seat = Seat.GRID_WORKER) -> TeamSeat:
    """Return who sits in a seat now."""
    return next(each for each in world.case(case_no).seats if each.seat is kind and each.left_at is None)


def login_of(world: World, taken: TeamSeat) -> str:
    """Return the name of who sits in a seat."""
    return next(name for name, actor in world.people.items() if actor.account_id == taken.account_id)


def raised(world: World, case_no: str, kind: Seat = Seat.GRID_WORKER, by: str = "cadre", why: str = WHY) -> Challenge:
    """Let the applicant challenge who sits in a seat."""
    row: Challenge = world.do(
        challenges.challenge, case_no, Objection(seat(world, case_no, kind).id, Side.APPLICANT, why), by=by)
    return row


def decided(world: World, case_no: str, row: Challenge, *, upheld: bool, words: str = "理由成立",
            by: str = "leader") -> Challenge:
    """Let the street decide."""
    after: Challenge = world.do(challenges.decide, case_no, row.id, words, by=by, is_upheld=upheld)
    return after


def read(world: World, case_no: str, who: str) -> casepage.CaseView:
    """Open the page of a case."""
    view: casepage.CaseView = world.do(casepage.read_case, case_no, by=who)
    return view


def told(world: World, act: str) -> list[Notice]:
    """Return the notices of an act."""
    with world.store.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.act == act)))


def test_upheld_the_seat_goes_to_the_next_on_the_roster_with_the_reason_in_words(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    old = seat(world, case_no)
    who, other = sorted(("worker", "second_worker"), key=lambda name: world.people[name].account_id != old.account_id)
    row = raised(world, case_no)
    assert {notice.street_code for notice in told(world, "challenge.raise")} >= {STREET}
    assert seat(world, case_no).id == old.id  # until the decision the same person goes on
    row = decided(world, case_no, row, upheld=True)
    new = seat(world, case_no)
    assert (new.account_id, new.id) == (world.people[other].account_id, row.replaced_by)
    said = Phrase.from_json(new.reason).say("zh")
    assert "被申请回避" in said
    assert "表弟" not in said
    assert world.people[other].account_id in {notice.account_id for notice in told(world, "challenge.uphold")}
    assert world.acts(case_no)[-2:] == ["challenge.raise", "challenge.uphold"]
    assert who != login_of(world, new)


def test_upheld_with_nobody_left_the_seat_is_declared_vacant(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, filer="next_worker", cell_code=NEXT_CELL)
    decided(world, case_no, raised(world, case_no), upheld=True)
    left = seat(world, case_no)
    assert (left.account_id, left.is_vacant) == (None, True)
    assert "被申请回避" in Phrase.from_json(left.reason).say("zh")


def test_dismissed_with_words_the_same_person_goes_on(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    old, row = seat(world, case_no), raised(world, case_no, by="worker")
    with pytest.raises(FieldMissing):
        decided(world, case_no, row, upheld=False, words=" ")
    decided(world, case_no, row, upheld=False, words="只是同姓，没有亲属关系")
    assert seat(world, case_no).id == old.id
    (view,) = read(world, case_no, "cadre").rights.challenges
    assert (view.is_upheld, view.decision) == (False, "只是同姓，没有亲属关系")
    with pytest.raises(ChallengeDecided):
        decided(world, case_no, row, upheld=True)
    raised(world, case_no)  # a new reason may be brought


def test_a_cadre_is_challenged_like_anybody(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    old = seat(world, case_no, Seat.CADRE)
    decided(world, case_no, raised(world, case_no, Seat.CADRE, by="worker"), upheld=True)
    assert seat(world, case_no, Seat.CADRE).account_id != old.account_id


def test_one_open_challenge_per_seat(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    raised(world, case_no)
    with pytest.raises(ChallengeOpen):
        raised(world, case_no)
    raised(world, case_no, Seat.CADRE)
    assert len(read(world, case_no, "leader").rights.open_challenges) == 2


def test_who_was_challenged_does_not_come_back_with_a_corrected_category_and_the_ground_is_told_rightly(world: World) -> None:
    case_no = world.file(by="next_worker", cell_code=NEXT_CELL).case_no
    decided(world, case_no, raised(world, case_no), upheld=True)
    world.act(case_no, Act.ACCEPT, t2_code="0601")
    left = seat(world, case_no)
    assert left.account_id is None
    assert "被申请回避" in Phrase.from_json(left.reason).say("zh")
    assert "申报" not in Phrase.from_json(left.reason).say("zh")


@pytest.mark.parametrize(("who", "kind"), [
    ("cadre", NotPermitted), ("worker", NotPermitted), ("housing", NotPermitted), ("other_leader", NotFound),
    ("auditor", NotFound),
])
def test_the_street_decides_and_nobody_else(world: World, who: str, kind: type) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = raised(world, case_no)
    with pytest.raises(kind):
        decided(world, case_no, row, upheld=True, by=who)


@pytest.mark.parametrize(("who", "kind"), [("housing", NotPermitted), ("leader", NotPermitted), ("other_cadre", NotFound)])
def test_who_does_not_work_with_the_parties_records_no_challenge(world: World, who: str, kind: type) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(kind):
        raised(world, case_no, by=who)


def test_a_challenge_that_is_not_whole_is_none(world: World) -> None:
    case_no, other = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    for why, kind in ((" ", FieldMissing), ("他" * 501, FieldTooLong)):
        with pytest.raises(kind):
            raised(world, case_no, why=why)
    department = seat(world, case_no, Seat.DEPARTMENT)
    for key in (new_id(), seat(world, other).id, department.id):
        with pytest.raises(NotFound):
            world.do(challenges.challenge, case_no, Objection(key, Side.APPLICANT, WHY), by="cadre")
    row = raised(world, case_no)
    with pytest.raises(NotFound):
        decided(world, other, row, upheld=True)
    assert world.count(Challenge) == 1


def test_its_words_are_for_who_recorded_and_who_decides_it_and_not_for_who_is_challenged(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    old = seat(world, case_no)
    challenged = login_of(world, old)
    raised(world, case_no)
    for who, reads in (("cadre", True), ("leader", True), (challenged, False), ("housing", False)):
        assert (WHY in repr(read(world, case_no, who))) is reads, who
    assert read(world, case_no, challenged).rights.challenged(old.id)
    assert read(world, case_no, "housing").rights.challenges == ()
    # A cadre who is challenged does not read it either, though the cadre answers for the team.
    chair = world.a_case(State.TEAM_FORMED)
    by = login_of(world, seat(world, chair, Seat.CADRE))
    raised(world, chair, Seat.CADRE, by="worker")
    assert WHY not in repr(read(world, chair, by))


def test_who_has_stood_back_meanwhile_leaves_nothing_to_vacate(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    old, row = seat(world, case_no), raised(world, case_no)
    world.do(teams.change_seat, case_no, SeatChange(old.id, "", "住院"), None, by="cadre")
    vacant = seat(world, case_no)
    row = decided(world, case_no, row, upheld=True)
    assert (row.replaced_by, seat(world, case_no).id) == (None, vacant.id)


def test_over_a_case_that_has_ended_a_challenge_can_only_be_dismissed(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = raised(world, case_no)
    world.act(case_no, Act.TERMINATE)
    with pytest.raises(TeamIsFinal):
        raised(world, case_no, Seat.CADRE)
    with pytest.raises(TeamIsFinal):
        decided(world, case_no, row, upheld=True)
    decided(world, case_no, row, upheld=False, words="案件已经终止")


def test_the_streets_list_holds_challenges_and_extensions_of_the_street_and_forgets_what_is_decided(world: World) -> None:
    first, second, third = (world.a_case(State.MEDIATING, flags=(Flag.GROUP,)) for _ in range(3))
    other = world.a_case(State.MEDIATING, by="other_cadre", filer="other_worker", cell_code="990101002001001")
    row = raised(world, first)
    raised(world, other, by="other_cadre")
    world.act(second, Act.ASK_EXTENSION)
    rows = world.do(challenges.list_to_decide, by="leader")
    assert [(each.case_no, each.challenge_id) for each in rows] == [(first, row.id), (second, None)]
    assert third not in {each.case_no for each in rows}
    decided(world, first, row, upheld=True)
    world.act(second, Act.GRANT_EXTENSION, by="leader")
    assert world.do(challenges.list_to_decide, by="leader") == []
    with pytest.raises(NotPermitted):
        world.do(challenges.list_to_decide, by="cadre")
