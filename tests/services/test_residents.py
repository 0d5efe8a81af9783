"""Without an account: a request waits for the worker's look, a code opens one matter to one side, what a side says is heard."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from gridmediate.domain.problems import Faults, NotFound
from gridmediate.domain.residents import CODE_ALPHABET, Decline, ForWhom, RequestState, Saying, code_from
from gridmediate.domain.sittings import Plan
from gridmediate.domain.vocabulary import Flag, Seat, Side, Source
from gridmediate.domain.workflow import State
from gridmediate.services import casepage, follow_codes, follow_page, requests, residents, said, sayings, sessions
from gridmediate.services.follow_codes import FollowLocked, FollowRefused, FollowRules
from gridmediate.services.pictures import redraw
from gridmediate.services.requests import Checked, RequestDecided
from gridmediate.services.residents import AskedTooOften, Asking, AskRules, CellFull, FormUsed
from gridmediate.services.sayings import NotSayable, Said, SaidTooOften, UrgedAlready
from gridmediate.services.sweep import sweep
from gridmediate.store.models import Case, Challenge, FollowCode, HistoryEntry, MediationRequest, Notice, SideSaying
from tests.builders import CELL, GAP_CELL, NEXT_CELL
from tests.rig.world import World
from tests.services.pictures_sent import photo

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.20"
SECRET = "楼上三楼的老周漏水"


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """SQLite alone: no statement is written for one database."""
    return sqlite_street_url


def asking(**given) -> Asking:
    named = {"form_key": uuid.uuid4(), "cell_code": CELL, "facts": SECRET, "place": "三栋201", "name": "周六一",
             "phone": "13812342071", "consents": True}
    return Asking(**named | given)


def ask(world: World, address: str = HERE, **given):
    return residents.ask(world.store, asking(**given), address, world.now, rules=AskRules(100, 100))


def request_of(world: World, number: str) -> MediationRequest:
    with world.store.reading() as session:
        return session.scalars(select(MediationRequest).where(MediationRequest.request_no == number)).one()


CHECKED = Checked("0201", CELL, "三栋201", "楼上漏水", "周六一", "13812342071", "吴七")


def follow(world: World, number: str, code: str) -> follow_codes.Following:
    token = follow_codes.open_matter(world.store, number, code, HERE, world.now)
    with world.store.reading() as session:
        who = follow_codes.following(session, token, world.now)
    assert who is not None
    return who


def say(world: World, who, kind: Saying, words: str = "", **given):
    with world.store.writing() as session:
        return sayings.say(session, who, Said(kind, words, **given), world.now)


def see(world: World, who) -> follow_page.FollowView:
    with world.store.writing() as session:
        return follow_page.read_matter(session, who, world.now)


def told(world: World, act: str) -> set[str]:
    names = {actor.account_id: name for name, actor in world.people.items()}
    with world.store.reading() as session:
        return {names[each] for each in session.scalars(select(Notice.account_id).where(Notice.act == act)) if each}


def side_of(world: World, state: State = State.MEDIATING, side: Side = Side.APPLICANT):
    case_no = world.a_case(state)
    code = world.do(follow_codes.give_code, case_no, side, by="worker")
    return case_no, follow(world, case_no, code)


# -- asking ------------------------------------------------------------------------------------------------------------


def test_a_request_waits_sealed_until_the_cells_worker_has_looked(world: World) -> None:
    asked = ask(world)
    assert told(world, "request.ask") == {"worker"}
    assert world.count(Case) == 0
    with world.store.engine.connect() as connection:
        assert SECRET.encode() not in b"".join(bytes(row[0]) for row in connection.execute(
            text("select facts_sealed from mediation_requests")))
    row = request_of(world, asked.request_no)
    assert world.do(requests.list_requests, by="cadre")[0].request_no == asked.request_no
    assert world.do(requests.list_requests, by="next_worker") == []
    with pytest.raises(NotFound):
        world.do(requests.open_request, row.id, by="next_cadre")
    assert world.do(requests.open_request, row.id, by="worker").words["facts"] == SECRET
    with world.store.reading() as session:
        acts = session.scalars(select(HistoryEntry.act).where(HistoryEntry.chain == row.id).order_by(HistoryEntry.seq)).all()
    assert acts == ["request.ask", "request.read"]


def test_where_nobody_works_the_communitys_cadre_hears(world: World) -> None:
    ask(world, cell_code=GAP_CELL)
    assert told(world, "request.ask") == {"next_cadre"}


def test_the_same_form_twice_is_one_request_with_one_receipt(world: World) -> None:
    form = asking()
    first, second = (residents.ask(world.store, form, HERE, world.now) for _ in range(2))
    assert (first.request_no, first.code) == (second.request_no, second.code)
    assert world.count(MediationRequest) == 1
    with pytest.raises(FormUsed):
        residents.ask(world.store, replace(form, facts="别的事"), HERE, world.now)


def test_every_fault_of_the_form_comes_at_once_and_nothing_is_kept_without_consent(world: World) -> None:
    bad = asking(facts="", phone="没有", consents=False, for_whom=ForWhom.GUARDIAN)
    with pytest.raises(Faults) as faults:
        residents.ask(world.store, bad, HERE, world.now)
    assert [each.field for each in faults.value.problems] == ["facts", "behalf", "phone", "consents"]
    assert world.count(MediationRequest) == 0


def test_a_network_and_a_cell_are_asked_only_so_often(world: World) -> None:
    few = AskRules(per_network=2, per_cell=3)
    for _ in range(2):
        residents.ask(world.store, asking(), HERE, world.now, rules=few)
    with pytest.raises(AskedTooOften):
        residents.ask(world.store, asking(), "203.0.113.99", world.now, rules=few)
    residents.ask(world.store, asking(), ELSEWHERE, world.now, rules=few)
    with pytest.raises(CellFull):
        residents.ask(world.store, asking(), "192.0.2.1", world.now, rules=few)
    residents.ask(world.store, asking(cell_code=NEXT_CELL), "192.0.2.1", world.now, rules=few)
    world.pass_time(hours=25)
    residents.ask(world.store, asking(), HERE, world.now, rules=few)


def test_a_request_nobody_looked_at_reminds_the_cadre_once(world: World) -> None:
    asked = ask(world)
    assert sweep(world.store, world.now).acts["request.late"] == 0
    world.now = asked.due_at + timedelta(minutes=1)
    assert sweep(world.store, world.now).acts["request.late"] == 1
    assert sweep(world.store, world.now).acts["request.late"] == 0
    assert "cadre" in told(world, "request.late")


# -- the worker's look -------------------------------------------------------------------------------------------------


def test_what_the_worker_files_points_back_and_keeps_the_residents_code(world: World) -> None:
    asked = ask(world, for_whom=ForWhom.GUARDIAN, behalf="小周")
    row = request_of(world, asked.request_no)
    receipt = world.do(requests.file_request, row.id, CHECKED, by="worker")
    again = world.do(requests.file_request, row.id, replace(CHECKED, facts="改了一句"), by="cadre")
    assert (again.case_no, again.is_repeat) == (receipt.case_no, True)
    case = world.case(receipt.case_no)
    assert (case.source, case.flags, case.parties[0].is_minor) == (Source.PARTY, [Flag.MINOR.value], True)
    assert request_of(world, asked.request_no).case_id == case.id
    for number in (asked.request_no, receipt.case_no):
        assert follow(world, number, asked.code).case_id == case.id
    assert world.do(requests.list_requests, by="worker") == []


def test_a_declined_request_says_why_and_where_to_go(world: World) -> None:
    asked = ask(world)
    row = request_of(world, asked.request_no)
    world.do(requests.decline, row.id, Decline.OTHER_BODY, "请找供电所，电话 95598", by="worker")
    with pytest.raises(RequestDecided):
        world.do(requests.file_request, row.id, CHECKED, by="cadre")
    view = see(world, follow(world, asked.request_no, asked.code))
    assert view.reply == "请找供电所，电话 95598"
    assert view.answer is not None
    assert view.open_acts == {Saying.DELETE_DATA}


def test_a_request_is_taken_back_at_once_and_its_words_erased_on_demand(world: World) -> None:
    asked = ask(world)
    who = follow(world, asked.request_no, asked.code)
    say(world, who, Saying.WORDS, "还有水表的事")
    say(world, who, Saying.STOP)
    row = request_of(world, asked.request_no)
    assert row.state is RequestState.WITHDRAWN
    with pytest.raises(RequestDecided):
        world.do(requests.file_request, row.id, CHECKED, by="worker")
    say(world, who, Saying.DELETE_DATA)
    with world.store.engine.connect() as connection:
        kept = connection.execute(text("select facts_sealed, name_sealed, phone_sealed from mediation_requests")).one()
        words = connection.execute(text("select words_sealed from side_sayings")).all()
    assert set(kept) == {None}
    assert {each[0] for each in words} == {None}
    with pytest.raises(FollowRefused):
        follow(world, asked.request_no, asked.code)


# -- number and code ---------------------------------------------------------------------------------------------------


def test_codes_have_no_look_alikes_and_only_their_keyed_hash_is_kept(world: World) -> None:
    assert not set(CODE_ALPHABET) & set("0O1IL2Z5S8B")
    asked = ask(world)
    with world.store.engine.connect() as connection:
        rows = [str(each) for table in ("follow_codes", "mediation_requests", "history") for each in
                connection.execute(text(f"select * from {table}"))]
    assert not any(asked.code in row for row in rows)


def test_five_wrong_tries_an_hour_for_a_number_wherever_from_and_for_a_network_whatever_the_number(world: World) -> None:
    asked = ask(world)
    for last in range(5):
        with pytest.raises(FollowRefused):
            follow_codes.open_matter(world.store, asked.request_no, "AAAA-AAAA", f"10.0.{last}.1", world.now)
    with pytest.raises(FollowLocked):
        follow_codes.open_matter(world.store, asked.request_no, asked.code, ELSEWHERE, world.now)
    for last in range(5):
        with pytest.raises(FollowRefused):
            follow_codes.open_matter(world.store, f"SQ-{last}", "AAAA-AAAA", f"192.0.2.{last}", world.now)
    with pytest.raises(FollowLocked):
        follow_codes.open_matter(world.store, "SQ-99", "AAAA-AAAA", "192.0.2.200", world.now)
    world.pass_time(minutes=61)
    assert follow(world, asked.request_no, asked.code)


def test_the_right_pair_costs_no_try(world: World) -> None:
    asked = ask(world)
    for _ in range(8):
        follow(world, asked.request_no, asked.code)


@pytest.mark.slow
def test_ten_thousand_guesses_find_nothing(world: World) -> None:
    numbers = [ask(world, ELSEWHERE).request_no for _ in range(20)]
    drawn = random.Random(7)
    with world.store.reading() as session:
        hits = sum(follow_codes.find(session, drawn.choice(numbers), code_from(drawn.getrandbits(64))) is not None
                   for _ in range(10_000))
    assert hits == 0
    free = FollowRules(tries=10**9)
    with pytest.raises(FollowRefused):
        follow_codes.open_matter(world.store, numbers[0], "AAAA-AAAA", HERE, world.now, rules=free)


def test_a_new_code_ends_the_old_one_and_the_page_it_opened(world: World) -> None:
    case_no = world.a_case()
    old = world.do(follow_codes.give_code, case_no, Side.RESPONDENT, by="worker")
    token = follow_codes.open_matter(world.store, case_no, old, HERE, world.now)
    new = world.do(follow_codes.give_code, case_no, Side.RESPONDENT, by="cadre")
    with world.store.reading() as session:
        assert follow_codes.following(session, token, world.now) is None
    with pytest.raises(FollowRefused):
        follow(world, case_no, old)
    assert follow(world, case_no, new).side is Side.RESPONDENT
    with pytest.raises(NotFound):
        world.do(follow_codes.give_code, case_no, Side.APPLICANT, by="other_cadre")


def test_a_page_left_alone_for_half_an_hour_closes(world: World) -> None:
    asked = ask(world)
    token = follow_codes.open_matter(world.store, asked.request_no, asked.code, HERE, world.now)
    world.pass_time(minutes=31)
    with world.store.reading() as session:
        assert follow_codes.following(session, token, world.now) is None


# -- what a side sees and says -----------------------------------------------------------------------------------------


def test_a_side_answers_the_meeting_and_the_team_reads_it(world: World) -> None:
    case_no, who = side_of(world)
    begins = world.now + timedelta(days=1)
    row = world.do(sessions.plan, case_no, Plan(begins, begins + timedelta(hours=1), room="二号调解室"), by="cadre").row
    meeting = see(world, who).meeting
    assert meeting is not None
    assert meeting.place is not None
    say(world, who, Saying.COMING, sitting_id=row.id)
    assert see(world, who).meeting.answer is Saying.COMING
    shown = world.do(casepage.read_case, case_no, by="cadre").said
    assert [(each.side, each.kind) for each in shown.rows] == [(Side.APPLICANT, Saying.COMING)]
    with pytest.raises(NotSayable):
        say(world, who, Saying.COMING, sitting_id=uuid.uuid4())


def test_a_meeting_elsewhere_shows_no_address(world: World) -> None:
    case_no, who = side_of(world)
    begins = world.now + timedelta(days=1)
    world.do(sessions.plan, case_no, Plan(begins, begins + timedelta(hours=1), elsewhere="三栋201家里"), by="cadre")
    view = see(world, who)
    assert view.meeting is not None
    assert view.meeting.place is None
    assert "三栋201" not in repr(view)


def test_a_wish_to_stop_reaches_the_cadre_with_a_due_moment_and_is_dealt_with(world: World) -> None:
    case_no, who = side_of(world, side=Side.RESPONDENT)
    say(world, who, Saying.STOP, "不想再谈")
    assert "cadre" in told(world, "side.stop")
    view = see(world, who)
    assert view.stopping_by is not None
    page = world.do(casepage.read_case, case_no, by="cadre")
    (row,) = page.said.wants_to_stop
    assert (row.words, row.side, row.is_open) == ("不想再谈", Side.RESPONDENT, True)
    world.do(said.answer, case_no, row.id, by="cadre")
    assert world.do(casepage.read_case, case_no, by="cadre").said.wants_to_stop == ()
    assert world.case(case_no).state is State.MEDIATING


def test_a_step_is_urged_once_and_again_when_it_is_late(world: World) -> None:
    case_no, who = side_of(world)
    say(world, who, Saying.URGE)
    with pytest.raises(UrgedAlready) as refusal:
        say(world, who, Saying.URGE)
    world.now = refusal.value.values["again"]
    say(world, who, Saying.URGE)
    assert world.acts(case_no).count("side.urge") == 2


def test_another_mediator_is_for_the_street_to_decide(world: World) -> None:
    case_no, who = side_of(world)
    say(world, who, Saying.OTHER_MEDIATOR, "他跟对方是亲戚", seat=Seat.GRID_WORKER)
    with world.store.reading() as session:
        row = session.scalars(select(Challenge)).one()
    assert (row.raised_by, row.raised_by_side) == (None, Side.APPLICANT)
    assert "leader" in told(world, "challenge.raise")
    page = world.do(casepage.read_case, case_no, by="worker")
    assert page.rights.open_challenges[0].reason == ""
    assert "他跟对方是亲戚" not in repr(page)


def test_a_paper_is_kept_sealed_and_each_look_recorded(world: World) -> None:
    case_no, who = side_of(world)
    row = say(world, who, Saying.PAPER, "收条", picture=redraw(photo()))
    assert world.do(said.show_paper, case_no, row.id, by="cadre").content.startswith(b"\xff\xd8")
    assert world.acts(case_no)[-1] == "follow.paper"
    with pytest.raises(NotFound):
        world.do(said.show_paper, case_no, row.id, by="other_cadre")


def test_both_sides_are_asked_alike_whether_it_was_settled_also_after_the_end(world: World) -> None:
    case_no, one = side_of(world, State.CLOSED)
    other = follow(world, case_no, world.do(follow_codes.give_code, case_no, Side.RESPONDENT, by="worker"))
    assert see(world, one).open_acts == see(world, other).open_acts >= {Saying.SETTLED, Saying.NOT_SETTLED}
    say(world, one, Saying.SETTLED)
    say(world, other, Saying.NOT_SETTLED)
    settled = world.do(casepage.read_case, case_no, by="cadre").said.settled
    assert [each[:2] for each in settled] == [(Side.APPLICANT, Saying.SETTLED), (Side.RESPONDENT, Saying.NOT_SETTLED)]
    with pytest.raises(NotSayable):
        say(world, one, Saying.STOP)


def test_a_side_sees_no_names_and_gets_a_copy_of_its_own_words_alone(world: World) -> None:
    asked = ask(world)
    receipt = world.do(requests.file_request, request_of(world, asked.request_no).id, CHECKED, by="worker")
    one = follow(world, receipt.case_no, asked.code)
    other = follow(world, receipt.case_no, world.do(follow_codes.give_code, receipt.case_no, Side.RESPONDENT, by="worker"))
    say(world, one, Saying.WORDS, "我家的话")
    for who in (one, other):
        assert not any(word in repr(see(world, who)) for word in ("周六一", "吴七", "三栋201", "我家的话"))
    with world.store.writing() as session:
        mine, theirs = (repr(follow_page.own_data(session, who, world.now)) for who in (one, other))
    assert all(word in mine for word in ("周六一", "我家的话", SECRET))
    assert "吴七" not in mine.replace("楼上三楼", "")
    assert "吴七" in theirs
    assert not any(word in theirs for word in ("周六一", "我家的话", SECRET))


def test_a_side_says_only_so_much_in_a_day(world: World) -> None:
    _, who = side_of(world)
    for number in range(20):
        say(world, who, Saying.WORDS, f"第{number}句")
    with pytest.raises(SaidTooOften):
        say(world, who, Saying.WORDS, "再一句")


def test_every_look_and_act_of_a_side_stands_in_the_cases_chain_by_nobody_with_its_side(world: World) -> None:
    case_no, who = side_of(world, side=Side.RESPONDENT)
    see(world, who)
    say(world, who, Saying.NOT_SETTLED)
    entries = [each for each in world.entries(case_no) if each.act in ("follow.open", "follow.read", "side.not_settled")]
    assert [(each.act, each.actor_id, each.details["side"]) for each in entries] == [
        ("follow.open", None, "respondent"), ("follow.read", None, "respondent"), ("side.not_settled", None, "respondent")]
    assert world.count(FollowCode) == 1
    assert world.count(SideSaying) == 1
