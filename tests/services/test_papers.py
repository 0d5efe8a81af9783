"""Papers out of the record: what stands in it stands on them, what does not is left to the hand, and every making is recorded."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from gridmediate.documents.fields import FIELDS
from gridmediate.documents.papers import FieldKind, PaperField, PaperKind
from gridmediate.documents.rendering import render
from gridmediate.domain.agreements import NoticeHow
from gridmediate.domain.dossier import NAMES_MINORS, PAPERS, Page, Piece, Proof, Standing
from gridmediate.domain.masking import MINOR
from gridmediate.domain.paper_problems import PaperNotReady
from gridmediate.domain.people_words import GuestKind
from gridmediate.domain.problems import FieldMissing, FieldTooLong, NotFound, NotPermitted
from gridmediate.domain.sittings import Plan
from gridmediate.domain.tasks import AnswerKind
from gridmediate.domain.vocabulary import Flag, Side, Source
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import casepage, guests, investigations, papers, parties, party_proofs, safe_contact, sessions, tasks
from gridmediate.services.filing import PartyEntry
from gridmediate.services.investigations import AskedInTheFuture, Finding
from gridmediate.services.sweep import sweep
from gridmediate.store.engine import Store
from gridmediate.store.models import Party
from tests.rig.world import CLAUSE, KEYRING, NOW, WORDS, World
from tests.services.paper_cases import CHILD, PARTIES, a_full_case, a_supervised_case, an_end, hold

#: Its stories take about a second each.
pytestmark = pytest.mark.slow


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url

#: What the record does not hold at all, or not of a case that ended well; papers leave a line for the hand.
LEFT_TO_THE_HAND = {
    "requests", "responsibility", "evidence", "committee_address", "committee_phone", "remarks", "retention", "dossier_no",
    "dossier_pages", "guests", "parties.note", "applicants.note", "respondents.note", "mediators.phone",
    "investigations.present", "sessions.absent", "follow_ups.way", "follow_ups.measures", "confirmation.court",
    "confirmation.applied_on", "dossier.pages",
}
#: What only other ends of a case have.
OF_OTHER_ENDS = {"reason", "referral", "ended_on", "supervision", "handover"}
_APPLICANTS_ONLY = {"applicants.agent", "applicants.is_minor", "applicants.is_organisation"}


def fields_of(world: World, case_no: str, kind: PaperKind, place: int = 1, *, by: str = "cadre") -> dict[str, Any]:
    """Return the fields of a paper."""
    made: papers.MadePaper = world.do(papers.make_paper, case_no, kind, place, by=by)
    return made.fields


def text_of(document: bytes) -> str:
    """Return all text of a Word file, tables included."""
    opened = Document(io.BytesIO(document))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in opened.paragraphs), *cells])


def paper(world: World, case_no: str, kind: PaperKind, place: int = 1) -> str:
    """Return the text of a paper of a case."""
    return text_of(render(kind, fields_of(world, case_no, kind, place)))


def _blanks(fields: dict[str, Any], table: dict[str, PaperField], before: str = "") -> set[str]:
    """Return the names that are blank in every row."""
    found = set()
    for name, field in table.items():
        value = fields.get(name)
        if not value:
            found.add(before + name)
        elif field.kind in (FieldKind.ROWS, FieldKind.RECORD):
            rows = value if isinstance(value, list) else [value]
            columns = {column.name: column for column in field.columns if column.name != "number"}
            found |= set.intersection(*(_blanks(row, columns, f"{before}{name}.") for row in rows))
    return found


@pytest.mark.slow
def test_of_a_full_case_every_field_is_filled_but_those_for_the_hand(world: World) -> None:
    case_no = a_full_case(world)
    register = fields_of(world, case_no, PaperKind.ACCEPTANCE_REGISTER)
    index = fields_of(world, case_no, PaperKind.DOSSIER_INDEX)
    blanks = _blanks(register | {"dossier": index["dossier"]}, FIELDS)
    assert blanks - _APPLICANTS_ONLY == LEFT_TO_THE_HAND | OF_OTHER_ENDS
    assert [row["name"] for row in register["parties"]] == [entry.name for entry in PARTIES]
    assert register["parties"][1]["phone"] == "", "who gave no phone has none on paper"


@pytest.mark.slow
def test_every_paper_is_made_from_a_case_that_has_it(world: World) -> None:
    cases = [a_full_case(world), a_supervised_case(world), *(an_end(world, state) for state in (
        State.TERMINATED, State.REFERRED, State.NOT_ACCEPTED))]
    oral = world.a_case(State.PERFORMING, parties=PARTIES)
    made = set()
    for case_no in [*cases, oral]:
        desk = world.do(papers.paper_desk, case_no, by="cadre")
        for choice in desk.papers:
            said = paper(world, case_no, choice.kind, choice.place)
            assert case_no in said or choice.kind in (PaperKind.AGREEMENT, PaperKind.ORAL_AGREEMENT_REGISTER,
                                                      PaperKind.CONFIRMATION_APPLICATION, PaperKind.EXTENSION_REQUEST,
                                                      PaperKind.SUPERVISION_SLIP, PaperKind.HANDOVER_LETTER), choice
            assert "{{" not in said and "None" not in said, choice
            made.add(choice.kind)
    assert made == set(PaperKind) and set(PAPERS) == {kind.value for kind in PaperKind}


@pytest.mark.slow
def test_the_agreement_says_what_was_agreed_in_words_and_clause_by_clause(world: World) -> None:
    said = paper(world, a_full_case(world), PaperKind.AGREEMENT)
    for words in ("（2026）锦溪社区人调字第 1 号", "装饰行修好漏水处，", "并赔偿损失。", "赔偿装修损失", "600.00 元",
                  "2026年12月10日", "2027年1月10日", "欧阳㛃𬭎", "<李>&“记”装饰行", CHILD, "马兰花",
                  "谁来修，赔多少", "本协议一式4份"):
        assert words in said, words


def test_an_agreement_without_clauses_has_its_words_and_no_empty_table(world: World) -> None:
    case_no = world.a_case(State.AGREED_WRITTEN, parties=PARTIES[:1])
    said = paper(world, case_no, PaperKind.AGREEMENT)
    assert WORDS[Needs.TERMS] in said and "履行内容" not in said
    world.act(case_no, Act.RETURN_TO_MEDIATION)
    with pytest.raises(PaperNotReady):
        fields_of(world, case_no, PaperKind.AGREEMENT)
    world.act(case_no, Act.AGREE_PARTLY, clauses=(CLAUSE,))
    world.act(case_no, Act.AGREE_IN_WRITING)
    first, second = (paper(world, case_no, PaperKind.AGREEMENT, place) for place in (1, 2))
    assert "人调字第 2 号" in first and "赔偿装修损失" in first
    assert "人调字第 3 号" in second and "赔偿装修损失" not in second


@pytest.mark.slow
def test_a_minor_is_named_only_where_the_law_asks_who_the_parties_are(world: World) -> None:
    full, ended = a_full_case(world), an_end(world, State.TERMINATED)
    for case_no in (full, ended):
        for choice in world.do(papers.paper_desk, case_no, by="cadre").papers:
            said = paper(world, case_no, choice.kind, choice.place)
            if choice.kind.value not in NAMES_MINORS:
                assert CHILD not in said and "13900001111" not in said and "401 室" not in said, choice
    assert CHILD in paper(world, full, PaperKind.MEDIATION_RECORD)
    notice = paper(world, ended, PaperKind.TERMINATION_NOTICE)
    assert MINOR.zh in notice and "欧阳㛃𬭎" in notice


def test_no_paper_bears_the_phone_or_home_of_who_is_reached_by_a_safe_contact(world: World) -> None:
    home = "柳溪路 3 号 402"
    two = (PartyEntry(Side.APPLICANT, "王小芳", "13812342071", home), PartyEntry(Side.RESPONDENT, "李大勇", "13912342072", home),
           PartyEntry(Side.RESPONDENT, "赵六", "13712342073", "望月路 9 号"))
    case_no = world.a_case(State.MEDIATING, parties=two, flags=(Flag.DOMESTIC_VIOLENCE,), address=home)
    kind = PaperKind.ACCEPTANCE_REGISTER
    assert [each["phone"] for each in fields_of(world, case_no, kind)["parties"]] == ["13812342071", "13912342072", "13712342073"]
    protected = world.case(case_no).parties[0].id
    world.do(safe_contact.record_contact, case_no, "打单位座机", protected, None, by="cadre")
    fields = fields_of(world, case_no, kind)
    assert [(each["phone"], each["address"]) for each in fields["parties"]] == [("", ""), ("", ""), ("13712342073",
        "望月路 9 号")]
    assert fields["place"] == ""
    assert "13812342071" not in paper(world, case_no, kind)


def test_invited_persons_stand_on_papers_once_both_sides_agreed(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    guest = world.do(guests.invite, case_no, guests.Invitation(GuestKind.EXPERT, "孙工"), by="cadre")
    assert fields_of(world, case_no, PaperKind.ACCEPTANCE_REGISTER)["guests"] == []
    for side in Side:
        world.do(guests.answer, case_no, guest.id, guests.Answer(side, True, world.today), by="cadre")
    assert [each["name"] for each in fields_of(world, case_no, PaperKind.ACCEPTANCE_REGISTER)["guests"]] == ["孙工"]


@pytest.mark.parametrize("state", [State.TERMINATED, State.REFUSED, State.WITHDRAWN])
def test_a_notice_of_the_end_gives_the_reason_and_the_routes(world: World, state: State) -> None:
    said = paper(world, an_end(world, state), PaperKind.TERMINATION_NOTICE)
    for words in ("第一条理由", "第二条理由", "向人民法院起诉：临川区人民法院", "2026年11月23日"):
        assert words in said, words


def test_a_reason_of_two_lines_and_the_place_to_go_are_told_apart(world: World) -> None:
    fields = fields_of(world, an_end(world, State.NOT_ACCEPTED), PaperKind.NON_ACCEPTANCE_LETTER)
    assert (fields["reason"], fields["referral"]) == ("第一条理由\n第二条理由", "区人民法院立案庭")
    handed = fields_of(world, an_end(world, State.REFERRED), PaperKind.HANDOVER_LETTER)["handover"]
    assert (handed["unit"], handed["reason"], handed["contact"]) == ("区人民法院立案庭", "第一条理由\n第二条理由", "甲6")


def test_how_an_earlier_life_ended_does_not_stand_on_the_papers_of_the_next(world: World) -> None:
    case_no = an_end(world, State.REFUSED)
    world.act(case_no, Act.REOPEN)
    with pytest.raises(PaperNotReady):
        fields_of(world, case_no, PaperKind.TERMINATION_NOTICE)
    fields = fields_of(world, case_no, PaperKind.DOSSIER_COVER)
    assert (fields["reason"], fields["ended_on"], fields["outcome"]) == ("", None, "")


def test_an_extension_is_asked_with_its_days_before_it_is_decided_and_tells_the_decision_after(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.ASK_EXTENSION, words=WORDS | {Needs.REASON: "等检测"})
    asked = fields_of(world, case_no, PaperKind.EXTENSION_REQUEST)
    assert asked["extension"]["opinion"] == "" and asked["extension"]["days"] == 30
    world.act(case_no, Act.GRANT_EXTENSION, by="leader", words={})
    granted = fields_of(world, case_no, PaperKind.EXTENSION_REQUEST)
    for name in ("days", "until", "reason", "asked_on"):
        assert granted["extension"][name] == asked["extension"][name], name
    assert granted["due_on"] == asked["due_on"], "the last day before the extension"
    assert (granted["extension"]["opinion"], granted["extension"]["decided_by"]) == ("同意延期", "甲14")


def test_a_denied_extension_says_why(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.ASK_EXTENSION)
    world.act(case_no, Act.DENY_EXTENSION, by="leader", words={Needs.REASON: "已够久"})
    assert fields_of(world, case_no, PaperKind.EXTENSION_REQUEST)["extension"]["opinion"] == "不同意：已够久"


def test_a_delay_that_went_up_and_a_question_that_came_back_each_make_a_slip(world: World) -> None:
    case_no = a_supervised_case(world)
    answered = fields_of(world, case_no, PaperKind.SUPERVISION_SLIP)["supervision"]
    assert answered["issued_by"] == "柳溪街道综治中心" and answered["unit"] == "锦溪社区"
    assert (answered["matter"], answered["demand"]) == ("请协调物业停水", "已协调，请三日内再调一次")
    world.pass_time(days=40)
    sweep(world.store, world.now)
    places = [each.place for each in world.do(papers.paper_desk, case_no, by="cadre").papers
              if each.kind is PaperKind.SUPERVISION_SLIP]
    slips = [fields_of(world, case_no, PaperKind.SUPERVISION_SLIP, place)["supervision"] for place in places]
    assert len(slips) > 2 and slips[0] == answered
    assert any(slip["unit"] == "锦溪社区" and "期限原到2026年12月23日" in slip["matter"] for slip in slips[1:])
    assert any(slip["unit"] == "住建所" for slip in slips[1:])


def test_an_answer_for_the_team_alone_is_on_no_paper(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    task = world.task(case_no, "housing")
    world.do(tasks.answer, task.id, tasks.Answer(AnswerKind.DONE, "当事人不宜知道", is_internal=True), None, by="housing")
    assert "当事人不宜知道" not in str(fields_of(world, case_no, PaperKind.DOSSIER_INDEX))


def test_a_session_that_was_only_noted_has_its_note_on_the_record(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    hold(world, case_no)
    assert WORDS[Needs.NOTE] in paper(world, case_no, PaperKind.MEDIATION_RECORD, 1)
    second = paper(world, case_no, PaperKind.MEDIATION_RECORD, 2)
    assert "第2次" in second and "申请人称漏水三个月。" in second and "住建所、其他受邀人员 2 人" in second
    assert WORDS[Needs.NOTE] not in second


def test_the_side_that_did_not_come_stands_as_absent(world: World) -> None:
    case_no = world.a_case(State.TEAM_FORMED, parties=PARTIES[:1])
    seats = tuple(seat.id.hex for seat in world.case(case_no).seats)
    began = world.now - timedelta(hours=1)
    held = sessions.Held(Plan(began, world.now, elsewhere="申请人家里"), minutes={"statements": "只来一方", "result": "再约"})
    world.do(sessions.hold, case_no, None, held, sessions.Presence(seats, (Side.APPLICANT,)), by="cadre")
    row = fields_of(world, case_no, PaperKind.MEDIATION_RECORD)["sessions"][0]
    assert (row["present"], row["absent"], row["place"]) == ("欧阳㛃𬭎", "被申请人", "申请人家里")


# -- who, and what is recorded -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["worker", "housing", "leader", "second_worker"])
def test_only_who_mediates_makes_papers(world: World, by: str) -> None:
    case_no = world.a_case(State.MEDIATING)
    for service, given in ((papers.paper_desk, ()), (papers.make_paper, (PaperKind.RIGHTS_NOTICE, 1)), (papers.make_dossier, ())):
        with pytest.raises(NotPermitted):
            world.do(service, case_no, *given, by=by)
    assert world.do(papers.lacking, case_no, by=by) == ()
    assert "paper.make" not in world.acts(case_no)


@pytest.mark.parametrize("by", ["next_cadre", "other_leader", "administrator", "auditor", "coordinator"])
def test_who_does_not_read_the_case_learns_nothing(world: World, by: str) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(NotFound):
        world.do(papers.make_paper, case_no, PaperKind.RIGHTS_NOTICE, 1, by=by)


def test_a_case_sent_up_has_its_papers_made_by_the_street(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    world.act(case_no, Act.ESCALATE)
    assert world.do(papers.paper_desk, case_no, by="leader").papers
    desk = world.do(papers.paper_desk, case_no, by="leader")
    rights = [lack for each in desk.pieces if each.piece is Piece.RIGHTS_NOTICE for lack in each.lacks]
    assert all(lack.page is None for lack in rights), "the street does not edit the parties"


def test_each_making_is_recorded_as_a_reading_with_its_kind_and_no_name(world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES)
    version = world.case(case_no).version
    fields_of(world, case_no, PaperKind.RIGHTS_NOTICE)
    world.do(papers.make_dossier, case_no, by="cadre")
    made = [entry for entry in world.entries(case_no) if entry.act == "paper.make"]
    assert made[0].details == {"papers": ["rights_notice"], "place": 1, "parties": 3}
    assert made[1].details["whole"] is True and "mediation_record" in made[1].details["papers"]
    assert world.case(case_no).version == version
    timeline = world.do(casepage.read_case, case_no, by="cadre").timeline
    assert not [entry for entry in timeline if entry.act.startswith("paper.")]


@pytest.mark.parametrize("place", [0, -1, 2, 99])
def test_a_paper_that_is_not_there_is_refused_in_words(world: World, place: int) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(PaperNotReady) as refusal:
        fields_of(world, case_no, PaperKind.MEDIATION_RECORD, place)
    assert "人民调解记录" in refusal.value.say("zh") and "Mediation record" in refusal.value.say("en")


# -- the dossier -------------------------------------------------------------------------------------------------------


def test_the_index_lists_what_lies_in_the_dossier_under_the_numbers_of_its_files(world: World) -> None:
    case_no = world.a_case(State.TERMINATED, parties=PARTIES[:2])
    index, *made = world.do(papers.make_dossier, case_no, by="cadre")
    rows = {row["number"]: row for row in index.fields["dossier"]}
    assert (index.kind, made[0].kind) == (PaperKind.DOSSIER_INDEX, PaperKind.DOSSIER_COVER)
    for each in made:
        assert rows[each.number]["title"] == each.title
    assert PaperKind.APPLICATION not in {each.kind for each in made}, "nobody applied"
    lacking = [row for row in rows.values() if row["state"] == "缺"]
    assert {row["title"] for row in lacking} == {"人民调解当事人权利义务告知书", "身份证明"}
    assert {row["title"] for row in rows.values() if row["state"] == "有"} >= {"人民调解受理登记表", "终止人民调解通知书"}
    assert all("当事人 1" in row["note"] and "当事人 2" in row["note"] for row in lacking)


def test_a_party_that_applied_has_its_application_in_the_dossier(world: World) -> None:
    case_no = world.file(source=Source.PARTY).case_no
    kinds = {each.kind for each in world.do(papers.make_dossier, case_no, by="cadre")}
    assert PaperKind.APPLICATION in kinds


def test_a_duplicate_has_no_dossier_of_its_own(world: World) -> None:
    case_no = world.a_case(State.DUPLICATE)
    with pytest.raises(PaperNotReady):
        world.do(papers.make_dossier, case_no, by="cadre")


def test_what_is_made_good_is_no_longer_missing(world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES[:1])
    before = world.do(papers.lacking, case_no, by="cadre")
    party = world.case(case_no).parties[0]
    world.do(parties.record_rights, case_no, party.id, parties.Rights(
        notice_on=world.today, notice_how=NoticeHow.PAPER, agent="马兰花"), None, by="cadre")
    world.do(party_proofs.note_proof, case_no, party.id, Proof.IDENTITY, by="cadre")
    after = [lack.zh for lack in world.do(papers.lacking, case_no, by="cadre")]
    assert len(before) == 3 and after == ["申请人（当事人 1）有代理人，授权委托书还没有收", "还没有协议，也没有依法终结"]
    world.do(party_proofs.note_proof, case_no, party.id, Proof.POWER, by="cadre")
    assert len(world.do(papers.lacking, case_no, by="cadre")) == 1
    # The form never shows the agent: sent without, it changes nobody; another one brings a power of its own.
    for agent, gaps in (("", 1), ("马兰花", 1), ("马强", 2)):
        told = parties.Rights(notice_on=world.today, notice_how=NoticeHow.PAPER, agent=agent)
        world.do(parties.record_rights, case_no, party.id, told, None, by="cadre")
        assert len(world.do(papers.lacking, case_no, by="cadre")) == gaps, agent


def test_a_session_without_minutes_is_told_until_they_are_written(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    begins_at = world.now + timedelta(hours=1)
    world.do(sessions.plan, case_no, Plan(begins_at, begins_at + timedelta(hours=1), room="一号"), by="cadre")
    pages = lambda: [lack.page for each in world.do(papers.paper_desk, case_no, by="cadre").pieces  # noqa: E731
                     if each.piece is Piece.MEDIATION_RECORD for lack in each.lacks]
    assert pages() == []
    world.pass_time(hours=3)
    assert pages() == [Page.SESSIONS]


def test_a_gap_that_can_no_longer_be_closed_is_told_without_a_link(world: World) -> None:
    case_no = world.a_case(State.CLOSED, parties=PARTIES[:1])
    desk = world.do(papers.paper_desk, case_no, by="cadre")
    by_piece = {each.piece: each for each in desk.pieces}
    assert [lack.page for lack in by_piece[Piece.RIGHTS_NOTICE].lacks] == [None]
    assert [lack.page for lack in by_piece[Piece.IDENTITY].lacks] == [Page.SEEN]
    assert by_piece[Piece.OUTCOME].standing is Standing.PRESENT


# -- proofs and investigations ----------------------------------------------------------------------------------------


def seen_on(world: World, case_no: str) -> list[Any]:
    """Return the days on which proofs were seen."""
    with world.store.reading() as session:
        rows = session.scalars(select(Party).where(Party.case_id == world.case(case_no).id).order_by(Party.position))
        return [(row.identity_seen_on, row.power_seen_on) for row in rows]


def test_a_proof_is_noted_once_with_its_day(world: World) -> None:
    case_no = world.a_case(State.MEDIATING, parties=PARTIES[:1])
    party, first = world.case(case_no).parties[0], world.today
    world.do(party_proofs.note_proof, case_no, party.id, Proof.IDENTITY, by="cadre")
    world.pass_time(days=2)
    world.do(party_proofs.note_proof, case_no, party.id, Proof.IDENTITY, by="cadre")
    assert seen_on(world, case_no) == [(first, None)]
    assert world.acts(case_no).count("party.prove") == 1
    with pytest.raises(NotFound):
        world.do(party_proofs.note_proof, case_no, party.id, Proof.POWER, by="cadre")  # nobody acts for it
    with pytest.raises(NotPermitted):
        world.do(party_proofs.note_proof, case_no, party.id, Proof.IDENTITY, by="worker")
    other = world.a_case(State.MEDIATING)
    with pytest.raises(NotFound):
        world.do(party_proofs.note_proof, other, party.id, Proof.IDENTITY, by="cadre")


def test_an_archived_dossier_is_not_added_to(world: World) -> None:
    case_no = world.a_case(State.ARCHIVED, parties=PARTIES[:1])
    with pytest.raises(NotPermitted):
        world.do(party_proofs.note_proof, case_no, world.case(case_no).parties[0].id, Proof.IDENTITY, by="cadre")


FOUND = Finding(NOW - timedelta(hours=3), "楼道", "老周", "看见漏水", "邻居")


def test_an_investigation_is_sealed_and_read_by_the_team_alone(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    row = world.do(investigations.add_investigation, case_no, FOUND, by="cadre")
    assert "老周".encode() not in row.person_sealed and "漏水".encode() not in row.text_sealed
    for by, count in (("cadre", 1), ("worker", 1), ("housing", 0), ("leader", 0)):
        assert len(world.do(casepage.read_case, case_no, by=by).investigations) == count, by
    entry = next(each for each in world.entries(case_no) if each.act == "investigation.add")
    assert entry.details == {} and entry.words_sealed is None
    told = fields_of(world, case_no, PaperKind.INVESTIGATION_RECORD)["investigations"]
    assert [(each["asked"], each["investigators"], each["recorder"]) for each in told] == [("老周", "甲6", "甲6")]


@pytest.mark.parametrize(("change", "problem"), [
    ({"place": " "}, FieldMissing), ({"person": ""}, FieldMissing), ({"text": ""}, FieldMissing),
    ({"place": "x" * 121}, FieldTooLong), ({"text": "x" * 4001}, FieldTooLong), ({"relation": "x" * 61}, FieldTooLong),
    ({"asked_at": FOUND.asked_at + timedelta(days=1)}, AskedInTheFuture),
])
def test_an_investigation_that_cannot_be_is_refused_whole(world: World, change: dict, problem: type) -> None:
    case_no = world.a_case(State.MEDIATING)
    with pytest.raises(problem):
        world.do(investigations.add_investigation, case_no, replace(FOUND, **change), by="cadre")
    assert "investigation.add" not in world.acts(case_no)


def test_who_does_not_mediate_investigates_nothing_and_nothing_is_added_to_what_is_over(world: World) -> None:
    case_no = world.a_case(State.MEDIATING)
    for by in ("worker", "leader", "housing"):
        with pytest.raises(NotPermitted):
            world.do(investigations.add_investigation, case_no, FOUND, by=by)
    with pytest.raises(NotPermitted):
        world.do(investigations.add_investigation, world.a_case(State.CLOSED), FOUND, by="cadre")


# -- laid out ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_papers_of_a_case_laid_out_bear_the_names_and_the_number(sqlite_street_url: str, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None or shutil.which("pdftotext") is None:
        pytest.skip("LibreOffice and pdftotext are needed")
    world = World(Store(sqlite_street_url, KEYRING))
    made = world.do(papers.make_dossier, a_full_case(world), by="cadre")
    for each in made:
        (tmp_path / f"{each.number:02}.docx").write_bytes(render(each.kind, each.fields))
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    subprocess.run(
        [office, home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path),
         *map(str, sorted(tmp_path.glob("*.docx")))], check=True, capture_output=True, timeout=200)
    said = {}
    for each in made:
        pages = subprocess.run(["pdftotext", str(tmp_path / f"{each.number:02}.pdf"), "-"],
                               check=True, capture_output=True, timeout=60)
        said[each.kind] = "".join(pages.stdout.decode().split())
    number = "（2026）锦溪社区人调字第1号"
    for kind in (PaperKind.AGREEMENT, PaperKind.CONFIRMATION_APPLICATION, PaperKind.FOLLOW_UP_RECORD, PaperKind.CLOSING_REPORT):
        assert number in said[kind], kind
    for kind in (PaperKind.AGREEMENT, PaperKind.ACCEPTANCE_REGISTER, PaperKind.RIGHTS_NOTICE, PaperKind.DOSSIER_COVER):
        assert "欧阳㛃𬭎" in said[kind] and "<李>&“记”装饰行" in said[kind], kind
    world.store.close()
