"""Cases that have lived through what papers tell of."""

from __future__ import annotations

from datetime import timedelta

from gridmediate.domain.agreements import Confirmation, MediatorChoice, NoticeHow, Openness
from gridmediate.domain.dossier import Proof
from gridmediate.domain.sittings import Held, Minute, Plan
from gridmediate.domain.vocabulary import Side, Willingness
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import investigations, parties, party_proofs, performance, sessions
from gridmediate.services.filing import PartyEntry
from tests.rig.world import CLAUSE, WORDS, World

CHILD = "王小满"
PARTIES = (
    PartyEntry(Side.APPLICANT, "欧阳㛃𬭎", "13812342071", "锦溪路 8 号 301 室"),
    PartyEntry(Side.RESPONDENT, "<李>&“记”装饰行", is_organisation=True),
    PartyEntry(Side.RESPONDENT, CHILD, "13900001111", "锦溪路 8 号 401 室", is_minor=True),
)
MINUTES = {
    Minute.STATEMENTS: "申请人称漏水三个月。\n被申请人称早已修过。", Minute.POINTS: "谁来修，赔多少",
    Minute.UNDISPUTED: "天花板确有水渍",
    Minute.PROPOSAL: "装饰行修，赔一千二", Minute.RESULT: "各方同意",
}


def a_full_case(world: World) -> str:
    """Bring a case with every kind of work to its archive: sessions, an extension, clauses kept, the court, a visit."""
    case_no = world.file(parties=PARTIES, address="锦溪路 8 号", t2_code="0201").case_no
    world.act(case_no, Act.ACCEPT)
    for number, party in enumerate(world.case(case_no).parties):
        rights = parties.Rights(Willingness.WILLING, world.today, NoticeHow.PAPER, MediatorChoice.ACCEPTS, Openness.CLOSED,
                                agent="马兰花" if party.is_minor else "")
        world.do(parties.record_rights, case_no, party.id, rights, None, by="cadre")
        world.do(party_proofs.note_proof, case_no, party.id, Proof.IDENTITY, by="cadre")
        if number == 2:
            world.do(party_proofs.note_proof, case_no, party.id, Proof.POWER, by="cadre")
    world.do(investigations.add_investigation, case_no, investigations.Finding(
        world.now - timedelta(hours=5), "锦溪路 8 号门口", "老周", "看见水从楼上流下", "邻居", "甲1"), by="cadre")
    hold(world, case_no)
    world.act(case_no, Act.ASK_EXTENSION, words=WORDS | {Needs.REASON: "等检测结果"})
    world.act(case_no, Act.GRANT_EXTENSION, by="leader", words={})
    hold(world, case_no)
    world.act(case_no, Act.AGREE_IN_WRITING, words=WORDS | {Needs.TERMS: "装饰行修好漏水处，\n并赔偿损失。"}, clauses=(CLAUSE,))
    world.sign(case_no)
    applied = performance.ConfirmationStep(Confirmation.APPLIED, world.today)
    world.do(performance.confirm_in_court, case_no, applied, None, by="cadre")
    world.pass_time(days=20)
    world.keep(case_no)
    world.do(performance.confirm_in_court, case_no, performance.ConfirmationStep(
        Confirmation.CONFIRMED, world.today, "（2026）临民特 5 号"), None, by="cadre")
    world.finish_tasks(case_no)
    world.act(case_no, Act.CLOSE, words=WORDS | {Needs.RESULT: "修好了，钱也付了"})
    world.follow_up(case_no)
    world.act(case_no, Act.ARCHIVE)
    return case_no


def hold(world: World, case_no: str) -> None:
    """Hold a session with everybody."""
    seats = tuple(seat.id.hex for seat in world.case(case_no).seats if seat.left_at is None)
    began = world.now - timedelta(hours=2)
    told = Held(Plan(began, began + timedelta(hours=1), room="一号调解室"), minutes=MINUTES)
    came = sessions.Presence(seats, (Side.APPLICANT, Side.RESPONDENT), 2, consented=True)
    world.do(sessions.hold, case_no, None, told, came, by="cadre")


def an_end(world: World, state: State) -> str:
    """Bring a case with parties to a lawful end, with words of two lines for the reason."""
    case_no = world.file(parties=PARTIES, t2_code="0201").case_no
    words = WORDS | {Needs.REASON: "第一条理由\n第二条理由", Needs.REFERRAL: "区人民法院立案庭"}
    ways = {
        State.REFUSED: (Act.RECORD_REFUSAL,), State.WITHDRAWN: (Act.WITHDRAW,), State.TERMINATED: (Act.ACCEPT, Act.TERMINATE),
        State.REFERRED: (Act.ACCEPT, Act.REFER), State.NOT_ACCEPTED: (Act.NOT_ACCEPT,),
    }
    for act in ways[state]:
        world.act(case_no, act, words=words)
    return case_no


def a_supervised_case(world: World) -> str:
    """Let a question go to the street and come back with advice."""
    case_no = world.a_case(State.MEDIATING, parties=PARTIES)
    ahead = (world.today + timedelta(days=7)).isoformat()
    world.act(case_no, Act.ESCALATE, words=WORDS | {
        Needs.LEVEL: "street", Needs.UNTIL: ahead, Needs.ASKED: "请协调物业停水"})
    world.act(case_no, Act.TAKE_UP, by="leader", words={})
    world.act(case_no, Act.BRING_DOWN, by="leader", words=WORDS | {Needs.REASON: "已协调，请三日内再调一次"})
    return case_no


