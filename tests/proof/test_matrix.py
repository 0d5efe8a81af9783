"""Every route of the application × method × person × {own, neighbouring, other street, closed, unplaced, absent}.

The routes are taken from the application itself, so a new screen is covered the day it registers. For each answer: no fault of
the program; nothing of a case that the person may not read; a foreign case and an absent one answered alike, byte for byte; and
whoever lacks the route's permission gets the same refusal whatever was asked for. What may be read is decided by the domain's
table, not by the web.

Each act of a form is asked for at two places by each person, each odd address once by somebody who may go there; with
``PROOFS=all`` everything is asked for everywhere by everybody, which is for the hour before a release.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gridmediate.domain.calls import CallMatter, PromptKind
from gridmediate.domain.case_exports import ExportForm, ExportState
from gridmediate.domain.people_words import AttachmentKind, GuestKind
from gridmediate.domain.periods import PeriodKind, period_of
from gridmediate.domain.permissions import Permission, holds, may
from gridmediate.domain.residents import Saying
from gridmediate.domain.safety import SafetyStep
from gridmediate.domain.sittings import Plan
from gridmediate.domain.tasks import ReturnReason, TaskAct
from gridmediate.domain.vocabulary import Seat, Side, Urgency
from gridmediate.domain.workflow import Act, State
from gridmediate.services import (
    attachments,
    bookmarks,
    briefings,
    call_backs,
    case_exports,
    cell_notices,
    challenges,
    devices,
    figures,
    follow_codes,
    guests,
    handling,
    interference,
    meetings,
    residents,
    returns,
    sayings,
    sessions,
    tasks,
    wall_links,
)
from gridmediate.services.calls import Calling, call_county
from gridmediate.services.case_exports import ExportAsk
from gridmediate.services.casepage import read_case
from gridmediate.services.casework import subject_of
from gridmediate.services.filing import PartyEntry
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.services.pictures import Picture
from gridmediate.services.prompts import Prompting, give_prompt
from gridmediate.store.engine import Store
from gridmediate.store.models import (
    Account,
    Agreement,
    Case,
    CaseExport,
    FollowUp,
    MapBookmark,
    MediationRequest,
    Party,
    Post,
    RosterTerm,
    SignIn,
    WallLink,
)
from gridmediate.web.rooms import Access, PermissionNotNamed, Rooms
from tests.builders import CELL, NEXT_CELL, NEXT_COMMUNITY_CELL, OTHER_CELL, STREET
from tests.proof.conftest import Office, open_office
from tests.rig.pages import PageClient
from tests.rig.world import KEYRING, World

PEOPLE = (
    None, "worker", "next_worker", "other_worker", "cadre", "next_cadre", "other_cadre", "housing", "police", "leader",
    "other_leader", "coordinator", "administrator", "auditor",
)
ODD_PEOPLE = ("worker", "cadre", "housing", "leader", "administrator")
EVERYTHING = os.environ.get("PROOFS") == "all"
PHONE = "13812342071"
ABSENT = "LX-2026-9999"
#: Filled into every form: each view takes what it knows.
FORM = {
    "reason": "另有安排", "referral": "请到法院立案", "result": "双方已了结", "note": "双方到场", "duplicate_of": ABSENT,
    "routes_told": "1", "sides_told": "1", "terms": "三日内修好", "purpose": "约双方周三到场", "name": "赵六",
    "side": "respondent", "cell_code": CELL, "why": "另有安排", "willingness": "willing", "words": "请查三楼",
    "department": "urban_management", "kind": "done", "answer": "已到场", "return_words": "不归", "t2_code": "0201",
    "facts": "楼上漏水", "language": "en", "login": "worker", "password": "x", "seat": str(uuid4()), "do": "interest",
    "part": "support", "role": "cadre", "place_code": "990101001001", "day": "2026-11-30", "begins": "14:00", "ends": "15:00",
    "room": "一号调解室", "statements": "各说各的", "sides": "applicant", "matter": "emergency", "urgency": "urgent",
    "departments": "health", "prompt": "instruction", "due_on": "2026-11-30", "rating": "fairly",
    "proof": "identity", "asked_at": "2026-11-20T09:00", "person": "老周", "text": "看见漏水",
    "flags": "threat", "contact_words": "带了棍子",
    "safe_contact": "只打单位座机", "lift_why": "可以照常联系", "override": "派出所核对住址", "title": "联席会", "place": "三楼",
    "held_on": "2026-12-01", "decision": "住建所牵头", "part-0-department": "housing", "part-0-what": "查水管",
    "part-0-due": "2026-12-04", "put_off": "等鉴定",
    "guest_kind": "expert", "guest_name": "孙七", "agrees": "yes", "ruling": "uphold",
    "first_on": "2026-11-23", "last_on": "2026-11-29", "places": CELL, "office-990101001": "0510-1234",
    "challenged": str(uuid4()), "agreement": str(uuid4()), "wall": "大厅", "format": "csv",
    "verdict": "grant", "query": "measure=open",
}
#: What a note of interference says, which nobody but the auditor may read.
MEDDLING = "有人打招呼要偏向一方"
#: What a resident asked in the worker's cell, which nobody but the worker and the cadre may read.
REQUESTED = "机密居民申请"


@dataclass
class Target:
    """A case to be asked for, with the words that give it away."""

    case_no: str
    mark: str
    name: str
    task_ids: list[UUID]


@dataclass
class Matrix:
    """The street as it stands before every request."""

    office: Office
    targets: dict[str, Target]
    clients: dict[str | None, PageClient]
    tokens: dict[str | None, str]
    file: Path
    saved: Path
    parameters: dict[str, list[str]]
    readable: set[tuple[str | None, str]]

    def send(self, who: str | None, method: str, path: str, form: dict[str, Any] | None = None) -> TestResponse:
        """Send one request; whatever it changed is taken back."""
        client, headers = self.clients[who], {"X-CSRFToken": self.tokens[who]}
        cookies = dict(client._cookies or {})
        answer = client.open(path, method=method, data=form, headers=headers, csrf=False, check=False)
        client._cookies = cookies  # signing out takes them away
        if method not in ("GET", "HEAD") and answer.status_code < 400:
            self.restore()
        return answer

    def restore(self) -> None:
        """Bring the records back to how they stood."""
        self.office.world.store.engine.dispose()
        for ending in ("-wal", "-shm"):
            Path(f"{self.file}{ending}").unlink(missing_ok=True)
        shutil.copyfile(self.saved, self.file)

    def reads(self, who: str | None, target: Target) -> bool:
        """Return whether a person may read a case, by the domain's table."""
        return (who, target.case_no) in self.readable


@pytest.fixture(scope="module")
def matrix(street_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """Cases everywhere, and a browser for everybody."""
    folder = tmp_path_factory.mktemp("matrix")
    file = Path(shutil.copyfile(street_file, folder / "street.sqlite3"))
    world = World(Store(f"sqlite:///{file}", KEYRING))
    office = open_office(world, folder)
    targets = {
        "own": _a_target(world, "own", State.TEAM_FORMED, "worker", CELL, "cadre"),
        "next cell": _a_target(world, "next", State.FILED, "next_worker", NEXT_CELL, "cadre"),
        "sibling": _a_target(world, "sibling", State.TEAM_FORMED, "far_worker", NEXT_COMMUNITY_CELL, "next_cadre"),
        "other street": _a_target(world, "other", State.MEDIATING, "other_worker", OTHER_CELL, "other_cadre"),
        "closed": _a_target(world, "closed", State.CLOSED, "worker", CELL, "cadre"),
        "unplaced": _a_target(world, "unplaced", State.FILED, "other_worker", None, "other_cadre"),
    }
    subjects = {target.case_no: subject_of(world.case(target.case_no)) for target in targets.values()}
    readable: set[tuple[str | None, str]] = {
        (who, case_no) for who in PEOPLE if who for case_no, subject in subjects.items()
        if may(world.people[who], Permission.CASE_READ, subject)
    }
    clients = {who: office.client(who) for who in PEOPLE}
    tokens = {who: client.token() for who, client in clients.items()}
    call_id, prompt_id = _a_call(world, targets["own"])
    parameters = _parameters(world, targets) | {
        "sitting_id": [str(_a_sitting(world, targets["own"])), NOBODYS], "call_id": [str(call_id), NOBODYS],
        "prompt_id": [str(prompt_id), NOBODYS],
        "meeting_id": [str(_a_meeting(world, targets["own"], targets["sibling"])), NOBODYS],
        "cell_code": [CELL, "x"], "cell_notice_id": [str(_a_public_notice(world)), NOBODYS],
        "return_id": [str(_a_frozen_return(world)), NOBODYS],
    }
    parameters |= {"device_id": [str(world.do(devices.add, "Chrome, Android", by="worker").id), NOBODYS]}
    parameters |= _people_in_case(world, targets["own"], targets["closed"]) | _lists_and_views(world)
    parameters |= _papers_and_calls(world)
    with world.store.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    world.store.engine.dispose()
    saved = Path(shutil.copyfile(file, folder / "saved.sqlite3"))
    yield Matrix(office, targets, clients, tokens, file, saved, parameters, readable)
    world.store.close()


def _a_target(world: World, mark: str, state: State, by: str, cell: str | None, cadre: str) -> Target:
    secret, name = f"机密{mark}事由", f"欧阳{mark}"
    parties = (PartyEntry(Side.APPLICANT, name, PHONE, secret),)
    case_no = world.a_case(
        state, by=cadre, filer=by, facts=f"{secret}。请来看", cell_code=cell, address=secret, parties=parties, t2_code="0203")
    world.do(handling.note, case_no, secret, by=by)
    return Target(case_no, secret, name, [task.id for task in world.tasks(case_no)])


def _a_sitting(world: World, target: Target) -> UUID:
    """Plan a session at the home of a party, whose address gives the case away."""
    begins_at = world.now + timedelta(days=1)
    planned: sessions.Planned = world.do(
        sessions.plan, target.case_no, Plan(begins_at, begins_at + timedelta(hours=1), elsewhere=target.mark), by="cadre")
    return planned.row.id


def _a_call(world: World, target: Target) -> tuple[UUID, UUID]:
    """Let the street call a department in words that give the case away, and urge it; return the two."""
    calling = Calling(CallMatter.BEYOND_POWERS, Urgency.URGENT, ("market_regulation",), target.mark)
    call = world.do(call_county, target.case_no, calling, by="leader")
    task = world.task(target.case_no, "market_regulation")
    world.do(give_prompt, target.case_no, Prompting(PromptKind.URGE, target.mark, task.id), by="leader")
    return call.id, world.do(read_case, target.case_no, by="leader").calls.prompts[0].id


def _a_meeting(world: World, *chosen: Target) -> UUID:
    """Put cases before a meeting of the street, and what it is asked gives each away."""
    asked = meetings.Convening(STREET, world.today, "联席会", "三楼", {each.case_no: each.mark for each in chosen})
    key: UUID = world.do(meetings.convene, asked, by="leader")
    return key


def _a_public_notice(world: World) -> UUID:
    """Publish a notice of the street to a cell."""
    draft = cell_notices.NoticeDraft(STREET, "周六议停车", "活动室", world.today, world.today, (CELL,))
    key: UUID = world.do(cell_notices.publish, draft, by="leader")
    return key


def _a_frozen_return(world: World) -> UUID:
    """Freeze a return of the street."""
    with world.store.writing() as session:
        leader = world.people["leader"]
        scope = figures.scope_of(session, leader, world.now, period_of(PeriodKind.MONTH, world.today).before(), place=STREET)
        return returns.freeze(session, scope, leader).id


def _papers_and_calls(world: World) -> dict[str, list[str]]:
    """Open a draft of a briefing, issue another, and draw the closed cases to be called: in December, and back."""
    world.pass_time(days=10)
    rows = world.do(briefings.open_desk, world.do(briefings.count_missing, by="leader"), by="leader")
    world.do(briefings.issue, rows[0].id, None, by="leader")
    sample = world.do(call_backs.draw_sample, STREET, world.today.replace(month=11, day=1), 10, by="leader")
    lines = world.do(call_backs.list_calls, sample, by="next_cadre")[1]
    world.pass_time(days=-10)
    return {"briefing_id": [str(rows[0].id), str(rows[1].id), NOBODYS], "sample_id": [str(sample), NOBODYS],
            "call_line_id": [str(lines[0].id), NOBODYS]}


def _lists_and_views(world: World) -> dict[str, list[str]]:
    """Ask for a list that may be taken at once and for one that somebody else must grant, and keep a view of the map."""
    mine, long = (world.do(case_exports.ask, ExportAsk(Desk.STREET, CaseFilter(), ExportForm.CSV, "例会"), by="leader", a_day=9)
                  for _ in range(2))
    world.do(bookmarks.save, "周一看", {"measure": "open"}, by="leader")
    with world.store.writing() as session:
        asked = session.get_one(CaseExport, long.id)
        asked.state, asked.decided_at = ExportState.WAITING, None
        kept = session.scalars(select(MapBookmark.id)).one()
    return {"export_id": [str(mine.id), str(long.id), NOBODYS], "bookmark_id": [str(kept), NOBODYS]}


def _people_in_case(world: World, own: Target, closed: Target) -> dict[str, list[str]]:
    """Invite a person, challenge one, note an interference and keep a photo, each with the words that give the case away."""
    asked = guests.Invitation(GuestKind.RELATIVE, own.name, PHONE, why=own.mark)
    guest = world.do(guests.invite, own.case_no, asked, by="worker")
    seat = next(each for each in world.case(own.case_no).seats if each.seat is Seat.GRID_WORKER)
    row = world.do(challenges.challenge, own.case_no, challenges.Objection(seat.id, Side.APPLICANT, own.mark), by="cadre")
    world.do(interference.note_interference, own.case_no, MEDDLING, by="worker")
    with world.store.reading() as session:
        agreement = session.scalars(select(Agreement.id).join(Case, Case.id == Agreement.case_id)
                                    .where(Case.case_no == closed.case_no)).one()
    sheet = world.do(attachments.attach, closed.case_no, agreement, AttachmentKind.SIGNED_SHEET,
                     Picture(closed.mark.encode(), 1, 1), by="worker")
    said, asked_for = _from_residents(world, own)
    return {"saying_id": [said, NOBODYS], "request_id": [asked_for, NOBODYS], "cell_code": [CELL, "x"],
            "guest_id": [str(guest.id)], "challenge_id": [str(row.id)], "attachment_id": [str(sheet.id), str(uuid4())]}


def _from_residents(world: World, own: Target) -> tuple[str, str]:
    """Let a side say something on its own page, and a resident ask in the same cell, both in the words of the case."""
    who = follow_codes.Following(uuid4(), uuid4(), Side.APPLICANT, None, world.case(own.case_no).id)
    asking = residents.Asking(uuid4(), CELL, REQUESTED, "三楼", REQUESTED, "13700000000", consents=True)
    asked = residents.ask(world.store, asking, "", world.now)
    with world.store.writing() as session:
        said = sayings.say(session, who, sayings.Said(Saying.STOP, own.mark), world.now)
        request = session.scalars(select(MediationRequest.id).where(MediationRequest.request_no == asked.request_no)).one()
    assert said is not None
    return str(said.id), str(request)


def _parameters(world: World, targets: dict[str, Target]) -> dict[str, list[str]]:
    """Return values for the parameters of addresses; one that is not named here gets a value of its kind."""
    token = world.do(wall_links.make_link, STREET, "大厅", by="leader")
    with world.store.reading() as session:
        account = session.scalars(select(Account).where(Account.login == "second_worker")).one()
        post = session.scalars(select(Post).where(Post.account_id == account.id)).one()
        term = session.scalars(select(RosterTerm).where(RosterTerm.account_id == account.id)).one()
        sign_in = session.scalars(select(SignIn)).first()
        party = session.scalars(select(Party).join(Case, Case.id == Party.case_id).where(
            Case.case_no == targets["own"].case_no)).one()
        visit = session.scalars(select(FollowUp)).first()
        link = session.scalars(select(WallLink.id)).one()
    assert sign_in is not None
    assert visit is not None
    return {
        "account_id": [str(account.id), str(uuid4())], "post_id": [str(post.id)], "term_id": [str(term.id), str(uuid4())],
        "sign_in_id": [str(sign_in.id), str(uuid4())], "token": ["x", "0" * 32, token],
        "invitation": ["x"], "day": ["2026-10-01", "x"],
        "party_id": [str(party.id), NOBODYS], "follow_up_id": [str(visit.id), NOBODYS],
        "link_id": [str(link), NOBODYS], "channel": ["email", "sms", "webhook", "x"], "place": ["housing"],
        "kind": ["agreement", "rights_notice", "x"],
        "step": [*SafetyStep, "x"], "year": ["2026"], "community": ["990101001001", "x"],
        "filename": ["css/app.css", "../setup.cfg", "x"],
        "case_no": [target.case_no for target in targets.values()] + [ABSENT, "x" * 300, "%00", "%EF%BC%8E"],
        "task_id": [str(key) for target in targets.values() for key in target.task_ids] + [str(uuid4()), "x", "%00"],
    }


def rules(matrix: Matrix) -> list[tuple[Rule, str]]:
    """Return every rule of the application with each of its methods."""
    return [
        (each, method) for each in sorted(matrix.office.app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((each.methods or set()) - {"HEAD", "OPTIONS"})
    ]


#: A key of nothing, the same at each asking.
NOBODYS = str(UUID(int=12))


def addresses(matrix: Matrix, rule: Rule, case_no: str | None = None, task_id: str | None = None) -> list[str]:
    """Return the addresses of a rule, one for each value of each parameter; *case_no* and *task_id* are put where they belong."""
    chosen = dict(matrix.parameters) | {"case_no": [case_no or ABSENT], "task_id": [task_id or str(UUID(int=9))]}
    acts: list[str] = [*TaskAct] if "task_id" in rule.arguments else [*Act]
    found = [rule.rule]
    for converter, name in re.findall(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>", rule.rule):
        by_kind = {"uuid": [NOBODYS], "int": ["1"]}.get(converter, ["x"])
        values = [*acts, "x"] if name == "act" else chosen.get(name) or by_kind
        found = [re.sub(rf"<(?:[^<>:]*:)?{name}>", value, path) for path in found for value in values]
    return found


def plain(answer: TestResponse, *asked: str | None) -> tuple[int, str, str]:
    """Return what an answer tells, with what was asked for taken out."""
    said = f"{answer.headers.get('Location', '')}\n{answer.get_data().decode(errors='replace')}"
    for each in filter(None, asked):
        said = said.replace(each, "?")
    return answer.status_code, answer.headers.get("Content-Type", ""), said


def is_permitted(office: Office, who: str | None, rule: Rule) -> bool:
    """Return whether a person holds the permission that a route names, anywhere."""
    need = office.app.permission_of(rule.endpoint)
    if isinstance(need, Access):
        return need is not Access.SIGNED_IN or who is not None
    needed = (need,) if isinstance(need, Permission) else need
    return who is not None and any(holds(office.world.people[who], each) for each in needed)


def is_turn(office: Office, who: str, people: Sequence[str], rule: Rule, number: int) -> bool:
    """Return whether it is for this one of the people to try so many-th thing on a rule: those who may go there take turns."""
    able = [each for each in people if is_permitted(office, each, rule)] or people
    return EVERYTHING or able[number % len(able)] == who


def check(matrix: Matrix, who: str | None, answer: TestResponse) -> None:
    """Check what holds for every answer, whoever asked for what."""
    where = f"{who} {answer.request.method} {answer.request.path}"
    assert answer.status_code < 500 or answer.request.path == "/readyz", f"{where}: {answer.status_code}"
    said = answer.get_data().decode(errors="replace") + str(answer.headers)
    is_clear = answer.request.method == "POST" and answer.request.path.endswith("/parties")
    is_paper = "/papers/" in answer.request.path
    for target in matrix.targets.values():
        reads = matrix.reads(who, target)
        assert reads or target.mark not in said, f"{where} shows {target.mark}"
        needed = Permission.PAPER_MAKE if is_paper else Permission.PARTY_UNMASK
        shows_party = reads and (is_clear or is_paper) and holds(matrix.office.world.people[who or ""], needed)
        assert shows_party or target.name not in said, f"{where} shows {target.name}"
    assert PHONE not in said or is_clear or is_paper, f"{where} shows a phone"
    assert who in ("worker", "cadre") or REQUESTED not in said, f"{where} shows a resident's request"
    assert who == "auditor" or MEDDLING not in said, f"{where} shows a note of interference"


@pytest.mark.slow
@pytest.mark.parametrize("who", PEOPLE, ids=str)
def test_every_route_answers_everybody_without_a_fault_and_shows_no_one_elses_case(matrix: Matrix, who: str | None) -> None:
    """Here the routes that are about no one case; the next test asks for cases and tasks."""
    cells = 0
    for rule, method in rules(matrix):
        if {"case_no", "task_id"} & rule.arguments:
            continue
        for path in addresses(matrix, rule):
            answer = matrix.send(who, method, path, FORM if method != "GET" else None)
            check(matrix, who, answer)
            _is_refused_if_not_permitted(matrix, who, rule, answer)
            cells += 1
    assert cells > 60


def _is_refused_if_not_permitted(matrix: Matrix, who: str | None, rule: Rule, answer: TestResponse) -> None:
    if is_permitted(matrix.office, who, rule):
        assert answer.status_code != 401 or rule.endpoint == "auth.sign_in_now"
        return
    if who is None:
        assert answer.status_code in (303, 401), f"{rule} lets a stranger in"
        assert answer.status_code == 401 or "/sign-in" in answer.headers["Location"]
    else:
        assert answer.status_code == 403, f"{rule} lets {who} in: {answer.status_code}"


@pytest.mark.slow
@pytest.mark.parametrize("who", PEOPLE, ids=str)
def test_a_foreign_case_and_an_absent_one_are_answered_alike_on_every_route(matrix: Matrix, who: str | None) -> None:
    cells = 0
    for rule, method in rules(matrix):
        if not {"case_no", "task_id"} & rule.arguments:
            continue
        form = FORM if method != "GET" else None
        absent = [matrix.send(who, method, path, form) for path in addresses(matrix, rule)]
        for answer in absent:
            check(matrix, who, answer)
            _is_refused_if_not_permitted(matrix, who, rule, answer)
        step = 1 if EVERYTHING or "act" not in rule.arguments else 3
        for turn, target in enumerate(matrix.targets.values(), PEOPLE.index(who)):
            task_id = str(target.task_ids[0]) if target.task_ids else None
            if "task_id" in rule.arguments and task_id is None:
                continue
            before = matrix.office.world.case(target.case_no).version
            reads = matrix.reads(who, target) and is_permitted(matrix.office, who, rule)
            asked = list(zip(addresses(matrix, rule, target.case_no, task_id), absent, strict=True))
            for path, other in asked[turn % step::step]:
                answer = matrix.send(who, method, path, form)
                check(matrix, who, answer)
                cells += 1
                if not reads:
                    here, there = plain(answer, target.case_no, task_id), plain(other, ABSENT, str(UUID(int=9)))
                    assert here == there, f"{who} {method} {path}"
            assert matrix.office.world.case(target.case_no).version == before or reads
    assert cells > 300


@pytest.mark.slow
def test_who_may_read_a_case_opens_its_page(matrix: Matrix) -> None:
    opened = 0
    for who in PEOPLE[1:]:
        for target in matrix.targets.values():
            answer = matrix.send(who, "GET", f"/cases/{target.case_no}")
            assert (answer.status_code == 200) is matrix.reads(who, target), (who, target.case_no)
            opened += answer.status_code == 200
    assert opened > 12


@pytest.mark.slow
@pytest.mark.parametrize("who", ODD_PEOPLE)
def test_odd_addresses_are_no_fault(matrix: Matrix, who: str) -> None:
    odd = ["x" * 300, "%00", "%EF%BC%8E", "..%2f..", "%ff", "²", "LX-2026-0001'", "<script>"]
    for count, (rule, method) in enumerate(rules(matrix)):
        for number, value in enumerate(odd if {"case_no", "task_id"} & rule.arguments else (), count):
            due = is_turn(matrix.office, who, ODD_PEOPLE, rule, number)
            for path in addresses(matrix, rule, value, value)[:3] if due else ():
                check(matrix, who, matrix.send(who, method, path, FORM if method != "GET" else None))
    queries = ("version=²", "after=~", "turn=x&status=x&desk=x&head=%25&cell=%00", "months=²", "months=99999999999", "q=²",
               "tab=x", "lon=nan&lat=inf", "page=-1", "size=x", "day=x")
    for number, query in enumerate(queries):
        for count, (rule, method) in enumerate(rules(matrix), number):
            if method == "GET" and not rule.arguments and is_turn(matrix.office, who, ODD_PEOPLE, rule, count):
                check(matrix, who, matrix.send(who, "GET", f"{rule.rule}?{query}"))


@pytest.mark.slow
def test_every_form_without_our_token_is_refused(matrix: Matrix) -> None:
    for rule, method in rules(matrix):
        if method == "GET":
            continue
        for who in ("cadre", None):
            answer = matrix.clients[who].open(addresses(matrix, rule)[0], method=method, data=FORM, csrf=False, check=False)
            is_open = matrix.office.app.permission_of(rule.endpoint) in (Access.PUBLIC, Access.IMPERSONAL)
            expected = (400,) if who or is_open else (303, 401)
            assert answer.status_code in expected, f"{who} {rule}"


@pytest.mark.slow
def test_every_rule_names_its_permission_and_one_that_does_not_cannot_be_registered(matrix: Matrix) -> None:
    for rule, _ in rules(matrix):
        assert matrix.office.app.permission_of(rule.endpoint) is not None
    room = Rooms("careless", __name__)
    with pytest.raises(PermissionNotNamed):
        room.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(PermissionNotNamed):
        matrix.office.app.add_url_rule("/open", "open", lambda: "")


@pytest.mark.slow
def test_other_methods_are_no_fault(matrix: Matrix) -> None:
    for rule, _ in rules(matrix):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            path = addresses(matrix, rule)[0]
            answer = matrix.clients["cadre"].open(path, method=method, csrf=False, check=False)
            assert answer.status_code in (400, 403, 404, 405), f"{method} {rule}: {answer.status_code}"


@pytest.mark.slow
def test_tasks_of_others_are_not_signed_for_in_a_list(matrix: Matrix) -> None:
    own, foreign = matrix.targets["own"].task_ids[0], matrix.targets["other street"].task_ids
    said = []
    for other in (str(foreign[0]) if foreign else str(uuid4()), str(uuid4())):
        said.append(plain(matrix.send("police", "POST", "/tasks/sign", {"task": [other]}), other))
        said.append(plain(matrix.send("police", "POST", "/tasks/sign", {"task": [str(own), other]}), other))
    assert len(set(said)) == 1
    assert said[0][0] == 404
    world = matrix.office.world
    with pytest.raises(Exception, match="found"):
        world.do(tasks.send_back, own, ReturnReason.NOT_OURS, "不归", None, by="police")


@pytest.mark.slow
def test_the_proof_has_teeth(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gridmediate.services.casework.may", lambda *_asked: True)
    foreign = matrix.targets["other street"]
    answer = matrix.send("worker", "GET", f"/cases/{foreign.case_no}")
    with pytest.raises(AssertionError, match="shows"):
        check(matrix, "worker", answer)


@pytest.mark.slow
@pytest.mark.postgres
def test_odd_addresses_and_words_are_no_fault_on_postgres(postgres_street_url: str, tmp_path: Path) -> None:
    # PostgreSQL takes no NUL in a text and no number beyond a column's width.
    world = World(Store(postgres_street_url, KEYRING))
    office = open_office(world, tmp_path)
    case_no = world.file().case_no
    people = (*ODD_PEOPLE, "auditor")
    for who in people:
        client = office.client(who)
        for count, rule in enumerate(sorted(office.app.url_map.iter_rules(), key=lambda rule: rule.rule)):
            if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
                continue
            for number, odd in enumerate(("%00", "x" * 300, "%F0%9F%98%80"), count):
                if not is_turn(office, who, people, rule, number):
                    continue
                path = re.sub(r"<(?:uuid|int):\w+>", str(uuid4()) if "uuid:" in rule.rule else "99999999999999", rule.rule)
                path = re.sub(r"<[^>]+>", odd, path)
                query = "&".join(f"{name}={odd}" for name in ("q", "after", "cell", "head", "month", "actor", "case"))
                answer = client.get(f"{path}?{query}", check=False)
                assert answer.status_code < 500 or path == "/readyz", f"{who} {rule}"
    cadre = office.client("cadre")
    for form in ({"note": "\x00记"}, {"note": "\x00"}):
        assert cadre.post(f"/cases/{case_no}/notes", data=form, check=False).status_code < 500
    worker = office.client("worker")
    filed = {"filing_key": str(uuid4()), "t2_code": "0201", "facts": "漏\x00水", "cell_code": CELL, "party-0-name": "王\x00"}
    assert worker.post("/cases", data=filed, check=False).status_code < 500
    world.store.close()
