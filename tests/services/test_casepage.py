"""The case page: each reader's own view, masked, with exactly the acts that reader may do, and every reading on record."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import pytest

from gridmediate.domain.problems import NotFound, Problem
from gridmediate.domain.tasks import AnswerKind, ReturnReason
from gridmediate.domain.vocabulary import Flag, Label, Phrase, Side
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import handling, tasks, teams
from gridmediate.services.asked import ActWords
from gridmediate.services.casepage import CaseView, read_case
from gridmediate.services.filing import PartyEntry
from gridmediate.services.handling import act_on_case
from gridmediate.services.tasks import Answer
from tests.builders import OTHER_CELL
from tests.rig.world import World

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow

NAME, PHONE, HOME = "王小芳", "13812342071", "柳溪路 3 号 201"
PARTIES = (PartyEntry(Side.APPLICANT, NAME, PHONE, HOME), PartyEntry(Side.RESPONDENT, "李四", "13900000000"))


def read(world: World, case_no: str, by: str) -> CaseView:
    """Read a case as one of the people."""
    view: CaseView = world.do(read_case, case_no, by=by)
    return view


def everything(found: Any) -> str:
    """Return all that a view holds as one text, in both languages."""
    match found:
        case Label():
            return f"{found.zh} {found.en}"
        case Phrase():
            return f"{found.say('zh')} {found.say('en')} {found.values}"
        case dict():
            return " ".join(everything(each) for each in found.values())
        case list() | tuple() | set() | frozenset():
            return " ".join(everything(each) for each in found)
        case _ if hasattr(found, "__dataclass_fields__"):
            return " ".join(everything(getattr(found, name)) for name in found.__dataclass_fields__)
        case _:
            return str(found)


@pytest.fixture
def formed(world: World) -> str:
    """A case led by housing, the police station beside it, with parties."""
    return world.a_case(State.TEAM_FORMED, t2_code="0402", flags=(Flag.THREAT,), parties=PARTIES)


@pytest.mark.parametrize("who", ["worker", "cadre", "housing", "police", "leader"])
def test_nobody_reads_a_whole_name_phone_or_home_of_a_party_without_asking(world: World, formed: str, who: str) -> None:
    said = everything(read(world, formed, who))
    assert NAME not in said
    assert "李四" not in said
    assert HOME not in said
    assert not re.search(r"\b1[3-9]\d{9}\b", said)


@pytest.mark.parametrize(("who", "phone"), [("worker", "138****2071"), ("cadre", "138****2071"), ("housing", ""), ("leader", "")])
def test_only_who_may_ask_for_them_sees_that_there_are_phones(world: World, formed: str, who: str, phone: str) -> None:
    view = read(world, formed, who)
    assert [party.name for party in view.parties] == ["王*芳", "李*"]
    assert view.parties[0].phone == phone
    assert view.may_unmask is bool(phone)


def test_in_a_case_about_a_minor_every_name_is_withheld(world: World) -> None:
    case_no = world.file(parties=(PartyEntry(Side.APPLICANT, NAME, is_minor=True), PARTIES[1])).case_no
    assert [party.name for party in read(world, case_no, "cadre").parties] == ["未成年人（姓名遮盖）", "李*"]
    flagged = world.file(parties=PARTIES, flags=(Flag.MINOR,)).case_no
    assert {party.name for party in read(world, flagged, "cadre").parties} == {"未成年人（姓名遮盖）"}


def test_a_department_reads_its_own_task_and_answer_and_no_others(world: World, formed: str) -> None:
    world.do(tasks.answer, world.task(formed, "police_station").id, Answer(AnswerKind.DONE, "出警记录三次"), None, by="police")
    world.do(tasks.answer, world.task(formed, "housing").id, Answer(AnswerKind.PARTLY, "已查水管"), None, by="housing")
    world.do(handling.note, formed, "双方在楼道里争执", by="worker")
    said = {who: everything(read(world, formed, who)) for who in ("housing", "police", "cadre")}
    assert "已查水管" in said["housing"]
    assert "出警记录三次" not in said["housing"]
    assert "双方在楼道里争执" not in said["housing"]
    assert "出警记录三次" in said["police"]
    assert "已查水管" not in said["police"]
    assert all(words in said["cadre"] for words in ("已查水管", "出警记录三次", "双方在楼道里争执"))
    assert {task.department_code for task in read(world, formed, "housing").tasks} == {"housing"}


def test_a_department_reads_no_reason_for_which_another_sent_its_task_back(world: World, formed: str) -> None:
    task = world.task(formed, "police_station")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "我们没有接到报警", None, by="police")
    assert "我们没有接到报警" not in everything(read(world, formed, "housing"))
    assert "我们没有接到报警" in everything(read(world, formed, "police"))


def test_a_department_that_is_out_of_the_case_reads_it_no_more(world: World, formed: str) -> None:
    task = world.task(formed, "police_station")
    world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, "归执法队", None, by="police")
    world.do(tasks.assign_again, task.id, "justice_office", "请出意见", None, by="cadre")
    with pytest.raises(NotFound):
        read(world, formed, "police")
    read(world, formed, "justice")
    world.do(tasks.recall, world.task(formed, "justice_office").id, "不再需要", None, by="cadre")
    with pytest.raises(NotFound):
        read(world, formed, "justice")


@pytest.mark.parametrize(
    "who", ["next_cadre", "far_worker", "other_cadre", "other_leader", "urban", "coordinator", "administrator", "auditor"])
def test_a_foreign_case_is_absent_and_leaves_no_reading(world: World, formed: str, who: str) -> None:
    said = []
    for number in (formed, "LX-2026-9999"):
        with pytest.raises(NotFound) as refusal:
            read(world, number, who)
        said.append(refusal.value.say("zh"))
    assert said[0] == said[1]
    assert "case.read" not in world.acts(formed)


def test_every_reading_is_on_record_and_not_in_the_timeline(world: World, formed: str) -> None:
    read(world, formed, "cadre")
    view = read(world, formed, "leader")
    entries = [entry for entry in world.entries(formed) if entry.act == "case.read"]
    assert [entry.actor_id for entry in entries] == [world.people[name].account_id for name in ("cadre", "leader")]
    assert [each.act for each in view.timeline] == ["case.form_team", "case.accept", "case.file"]
    assert view.version == world.case(formed).version


def test_the_timeline_names_people_by_name_and_says_acts_in_words(world: World, formed: str) -> None:
    world.act(formed, Act.NOTE_SESSION, words={Needs.NOTE: "双方到场，各退一步"})
    newest = read(world, formed, "cadre").timeline[0]
    assert (newest.said.zh, newest.words, newest.is_key) == ("记一次调解", "双方到场，各退一步", True)
    assert newest.by is not None


def test_the_deadline_comes_with_its_sum_and_its_source(world: World, formed: str) -> None:
    view = read(world, formed, "cadre")
    assert view.deadline is not None
    assert view.deadline_source is not None
    assert "33" in view.deadline_source.zh
    assert view.deadline.explain("zh")
    assert view.clock.due_at == world.case(formed).due_at


def test_stages_are_the_states_it_went_through(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    assert [mark.state for mark in read(world, case_no, "cadre").stages] == [
        State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.AGREED_WRITTEN, State.CLOSED]


@pytest.mark.parametrize("state", State)
def test_what_the_page_offers_is_done_when_it_is_asked_for_and_what_it_does_not_is_refused(world: World, state: State) -> None:
    case_no, other = world.a_case(state), world.file().case_no
    for who in ("worker", "cadre", "housing", "leader"):
        try:
            view = read(world, case_no, who)
        except NotFound:
            continue
        offered = {each.row.act for each in view.acts if each.blocked is None}
        words = world.words(case_no, who) | {Needs.DUPLICATE_OF: other}
        for act in Act:
            done = _try(world, case_no, who, act, words)
            assert done is (act in offered), (who, act)


class _TakenBack(Exception):
    pass


def _try(world: World, case_no: str, who: str, act: Act, words: dict[Needs, str]) -> bool:
    """Do an act and take it back."""
    try:
        with world.store.writing() as session:
            act_on_case(session, case_no, ActWords(act, None, words), world.people[who], world.now)
            session.flush()
            raise _TakenBack
    except _TakenBack:
        return True
    except Problem:
        return False


def test_the_acts_of_tasks_are_offered_to_who_does_them(world: World, formed: str) -> None:
    by_reader = {
        who: {act for task in read(world, formed, who).tasks for act in task.acts} for who in ("housing", "cadre", "leader")
    }
    assert by_reader == {"housing": {"sign", "answer", "send_back"}, "cadre": {"recall"}, "leader": set()}


def test_a_place_that_is_open_is_offered_to_who_settles_it(world: World) -> None:
    case_no = world.file(cell_code=None, address="柳溪路口").case_no
    assert read(world, case_no, "cadre").may_settle_place
    assert read(world, case_no, "leader").may_settle_place
    assert not read(world, case_no, "worker").may_settle_place
    assert not read(world, world.file().case_no, "cadre").may_settle_place


def test_the_view_is_plain_values(world: World) -> None:
    view = read(world, world.file(by="other_worker", cell_code=OTHER_CELL).case_no, "other_cadre")
    assert asdict(view)["street"] == {"zh": "东溪街道", "en": "Dongxi Street"}


def test_what_an_interest_is_no_colleague_reads(world: World, formed: str) -> None:
    world.do(teams.declare_interest, formed, "申请人是我表弟", by="worker")
    for who in ("cadre", "leader", "worker"):
        entry = next(each for each in read(world, formed, who).timeline if each.act == "team.declare_interest")
        assert entry.words == ("申请人是我表弟" if who == "worker" else "")
