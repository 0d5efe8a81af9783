"""Invited persons: seated when both sides agree and not before, gone when one does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gridmediate.domain.people_words import GUESTS_MOST, Consent, GuestKind
from gridmediate.domain.problems import FieldMissing, FieldTooLong, NotFound, NotPermitted
from gridmediate.domain.vocabulary import Flag, Phrase, Seat, Side
from gridmediate.domain.workflow import Act, State
from gridmediate.services import casepage, guests, teams
from gridmediate.services.asked import DayNotPast
from gridmediate.services.guests import Answer, GuestHasLeft, Invitation, TooManyGuests
from gridmediate.services.parties import PurposeMissing
from gridmediate.services.teams import SeatChange, TeamIsFinal
from gridmediate.store.columns import new_id
from gridmediate.store.models import Guest, TeamSeat
from tests.rig.world import World

EXPERT = Invitation(GuestKind.EXPERT, "王建国", "13912345678", why="看漏水从哪里来")


def invited(world: World, case_no: str, asked: Invitation = EXPERT, by: str = "worker") -> Guest:
    """Invite somebody."""
    row: Guest = world.do(guests.invite, case_no, asked, by=by)
    return row


def say(world: World, case_no: str, guest: Guest, side: Side, *, agrees: bool = True, by: str = "worker") -> Guest:
    """Let a side say what it thinks, today."""
    row: Guest = world.do(guests.answer, case_no, guest.id, Answer(side, agrees, world.today), by=by)
    return row


def agreed(world: World, case_no: str, asked: Invitation = EXPERT) -> Guest:
    """Invite somebody to whom both sides agree."""
    row = invited(world, case_no, asked)
    say(world, case_no, row, Side.APPLICANT)
    return say(world, case_no, row, Side.RESPONDENT)


def guest_seats(world: World, case_no: str) -> list[TeamSeat]:
    """Return the seats of invited persons as the team is now."""
    return [seat for seat in world.case(case_no).seats if seat.seat is Seat.GUEST and seat.left_at is None]


def read(world: World, case_no: str, who: str) -> casepage.CaseView:
    """Open the page of a case."""
    view: casepage.CaseView = world.do(casepage.read_case, case_no, by=who)
    return view


def test_an_invited_person_is_seated_by_the_second_yes_and_by_nothing_less(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = invited(world, case_no)
    assert guest_seats(world, case_no) == []
    say(world, case_no, row, Side.APPLICANT)
    say(world, case_no, row, Side.APPLICANT)  # said twice is not said by both
    assert guest_seats(world, case_no) == []
    row = say(world, case_no, row, Side.RESPONDENT, by="cadre")
    (seat,) = guest_seats(world, case_no)
    assert (seat.id, row.agreed_on, seat.account_id) == (row.seat_id, world.today, None)
    assert "专家" in Phrase.from_json(seat.reason).say("zh")
    assert world.acts(case_no)[-4:] == ["guest.invite", "guest.consent", "guest.consent", "guest.consent"]
    # It stands in nobody's way: every seat of the team is settled.
    world.act(case_no, Act.NOTE_SESSION)


@pytest.mark.parametrize("is_seated", [False, True], ids=["asked", "seated"])
@pytest.mark.parametrize("side", Side)
def test_one_sides_no_ends_an_invitation_also_of_who_is_seated(world: World, side: Side, is_seated: bool) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = agreed(world, case_no) if is_seated else invited(world, case_no)
    row = say(world, case_no, row, side, agrees=False)
    assert row.left_at == world.now
    assert guest_seats(world, case_no) == []
    with pytest.raises(GuestHasLeft):
        say(world, case_no, row, side)
    (view,) = read(world, case_no, "cadre").rights.guests
    assert (view.consent, view.has_left) == (Consent.REFUSED, True)
    agreed(world, case_no)  # invited anew, and now both agree
    assert len(guest_seats(world, case_no)) == 1


def test_an_invited_person_may_leave_and_does_so_once(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    row = agreed(world, case_no)
    world.do(guests.leave, case_no, row.id, by="cadre")
    assert guest_seats(world, case_no) == []
    with pytest.raises(GuestHasLeft):
        world.do(guests.leave, case_no, row.id, by="cadre")


def test_five_and_no_more_are_invited_at_once(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    rows = [invited(world, case_no) for _ in range(GUESTS_MOST)]
    with pytest.raises(TooManyGuests):
        invited(world, case_no)
    world.do(guests.leave, case_no, rows[0].id, by="worker")
    invited(world, case_no)


@pytest.mark.parametrize(("asked", "kind"), [
    (replace(EXPERT, name=" "), FieldMissing), (replace(EXPERT, kind=GuestKind.STUDIO), FieldMissing),
    (replace(EXPERT, name="王" * 61), FieldTooLong), (replace(EXPERT, phone="1" * 25), FieldTooLong),
    (replace(EXPERT, why="看" * 301), FieldTooLong), (replace(EXPERT, studio="老" * 61), FieldTooLong),
])
def test_an_invitation_that_is_not_whole_invites_nobody(world: World, asked: Invitation, kind: type) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    with pytest.raises(kind):
        invited(world, case_no, asked)
    assert world.count(Guest) == 0


def test_who_may_not_work_with_the_parties_invites_nobody(world: World) -> None:
    case_no, other = world.a_case(State.TEAM_FORMED), world.a_case(State.TEAM_FORMED)
    row = invited(world, case_no)
    yes = Answer(Side.APPLICANT, True, world.today)
    for who, kind in (("housing", NotPermitted), ("leader", NotPermitted), ("other_cadre", NotFound), ("auditor", NotFound)):
        for service, given in ((guests.invite, (EXPERT,)), (guests.answer, (row.id, yes)), (guests.leave, (row.id,)),
                               (guests.unmask, ("约人",))):
            with pytest.raises(kind):
                world.do(service, case_no, *given, by=who)
    # A guest of another case, and none at all.
    for key in (row.id, new_id()):
        with pytest.raises(NotFound):
            world.do(guests.answer, other, key, yes, by="cadre")


def test_nobody_is_invited_into_a_case_that_has_ended(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    row = invited(world, case_no)
    world.act(case_no, Act.AGREE_ORALLY)
    for service, given in ((guests.invite, (EXPERT,)), (guests.leave, (row.id,))):
        with pytest.raises(TeamIsFinal):
            world.do(service, case_no, *given, by="cadre")


def test_a_yes_of_tomorrow_is_none(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = invited(world, case_no)
    with pytest.raises(DayNotPast):
        world.do(guests.answer, case_no, row.id, Answer(Side.APPLICANT, True, world.today + timedelta(days=1)), by="worker")


def test_a_corrected_category_does_not_send_an_invited_person_away(world: World) -> None:
    case_no = world.file(t2_code="0201").case_no
    agreed(world, case_no)
    world.act(case_no, Act.ACCEPT, t2_code="0601")
    assert len(guest_seats(world, case_no)) == 1


def test_an_invited_persons_seat_is_not_given_to_staff(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    row = agreed(world, case_no)
    with pytest.raises(NotFound):
        world.do(teams.change_seat, case_no, SeatChange(row.seat_id or new_id(), "second_worker", "换人"), None, by="cadre")


@pytest.mark.parametrize(("kind", "flags", "name"), [
    (GuestKind.EXPERT, (), "王建国"), (GuestKind.LAWYER, (Flag.MINOR,), "王建国"), (GuestKind.STUDIO, (), "王建国"),
    (GuestKind.RELATIVE, (), "王*国"), (GuestKind.NEIGHBOUR, (), "王*国"), (GuestKind.OTHER, (), "王*国"),
    (GuestKind.RELATIVE, (Flag.MINOR,), "未成年人（姓名遮盖）"),
])
def test_who_comes_by_profession_is_named_and_others_are_masked(world: World, kind: GuestKind, flags: Any, name: str) -> None:
    case_no = world.file(flags=flags).case_no
    agreed(world, case_no, replace(EXPERT, kind=kind, studio="老王调解工作室"))
    view = read(world, case_no, "cadre")
    assert [each.name for each in view.rights.guests] == [name]
    assert [seat.name.zh for seat in view.seats if seat.seat is Seat.GUEST] == [name]
    assert "13912345678" not in repr(view)


def test_a_department_learns_that_somebody_was_invited_and_not_who(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    agreed(world, case_no)
    view = read(world, case_no, "housing")
    assert view.rights.guests == ()
    assert [seat.name.zh for seat in view.seats if seat.seat is Seat.GUEST] == ["受邀人员"]
    assert "王建国" not in repr(view)


def test_an_invited_person_is_shown_in_clear_for_a_purpose_that_is_recorded(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED)
    agreed(world, case_no, replace(EXPERT, kind=GuestKind.RELATIVE))
    with pytest.raises(PurposeMissing):
        world.do(guests.unmask, case_no, " ", by="worker")
    (clear,) = world.do(guests.unmask, case_no, "约到现场看", by="worker")
    assert (clear.name, clear.phone) == ("王建国", "13912345678")
    assert world.acts(case_no)[-1] == "guest.unmask"
    assert "guest.unmask" not in {entry.act for entry in read(world, case_no, "cadre").timeline}
