"""Whatever people type is text: a corpus of markup through every stored field, read back on every page; and no log has it.

The browser's part (nothing runs, nothing is reported) is in the journeys. ``PROOFS=all`` shows each reader each page in both
languages and each form each text.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from gridmediate.domain.agreements import ClauseState, Confirmation, Deed
from gridmediate.domain.calls import CallMatter, PromptKind, Rating
from gridmediate.domain.meetings import Assigned
from gridmediate.domain.people_words import GuestKind
from gridmediate.domain.sittings import MINUTE_LIMITS, Held, Minute, Plan
from gridmediate.domain.tasks import AnswerKind, ReturnReason
from gridmediate.domain.vocabulary import Flag, Part, Seat, Side, Urgency
from gridmediate.domain.workflow import Act, Needs, State
from gridmediate.services import (
    challenges,
    guests,
    handling,
    interference,
    meetings,
    parties,
    performance,
    safe_contact,
    safety,
    sessions,
    tasks,
    teams,
)
from gridmediate.services.asked import ClauseDraft
from gridmediate.services.calls import Calling, call_county, close_call
from gridmediate.services.casepage import read_case
from gridmediate.services.filing import PartyEntry
from gridmediate.services.parties import Rights
from gridmediate.services.prompts import Prompting, answer_prompt, give_prompt
from gridmediate.services.ratings import rate
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, Area, Case, Cell, Challenge, Department, MeetingItem
from tests.builders import CELL, STREET
from tests.proof.conftest import Office, open_office
from tests.rig.world import KEYRING, WORDS, World

CORPUS = (
    "<script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<img/src='x'/onerror=alert(1)>", "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>", "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>", "\" onmouseover=alert(1) x=\"", "' onfocus=alert(1) autofocus x='", "` onclick=alert(1) `",
    "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)", "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>", "<math><mi//xlink:href='javascript:alert(1)'>", "<style>@import'//evil'</style>",
    "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</option></select><script>alert(1)</script>",
    "<!--><script>alert(1)</script>-->", "<![CDATA[<script>alert(1)</script>]]>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)", "{{7*7}}", "{% import os %}", "${7*7}", "%(n)s %s {count}",
    "<meta http-equiv=refresh content='0;//evil'>",
    "<base href=//evil>", "<form action=//evil><button>x", "<link rel=stylesheet href=//evil>", "＜script＞alert(1)＜/script＞",
    "\u202e<script>alert(1)</script>", "<script\n>alert(1)</script\n>", "<x onpointerdown=alert(1)>x", "]]>'\"><b>",
    "\\u003cscript\\u003e",
)
#: Every so many-th text where every one in every place would cost minutes and tell nothing more.
_STRIDE = 13
EVERYTHING = os.environ.get("PROOFS") == "all"
READERS = ("worker", "cadre", "housing", "leader", "coordinator", "administrator", "auditor")


class Markup(HTMLParser):
    """What of a page would act: elements from outside, attributes that run, addresses that run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        for name, value in attrs:
            if name.startswith("on") or name in ("srcdoc", "style"):
                self.faults.append(f"<{tag} {name}>")
            leads = name in ("href", "src", "action", "formaction")
            if leads and re.match(r"\s*(javascript|data:text|//)", value or "", re.IGNORECASE):
                self.faults.append(f"<{tag} {name}={value}>")
        if tag in ("iframe", "base", "math", "object", "embed", "x"):
            self.faults.append(f"<{tag}>")
        given = dict(attrs)
        # The map's shell has one script block of ours, under the nonce of its answer.
        if tag == "script" and not given.keys() & {"src", "nonce"} and given.get("type") != "application/json":
            self.faults.append("<script>")


def check(answer: TestResponse, typed: tuple[str, ...] = CORPUS) -> None:
    """Check one answer for anything typed that is markup there."""
    assert answer.status_code < 500, answer.request.path
    if answer.mimetype not in ("text/html", "image/svg+xml"):
        return
    page = answer.get_data(as_text=True)
    faults = Markup(page).faults
    faults += [each for each in typed if "<" in each and each in page]
    assert not faults, f"{answer.request.path}: {faults[:5]}"
    for block in re.findall(r"(?s)<script[^>]*>(.*?)</script", page):
        assert "alert(1)" not in block or "<" not in block, f"{answer.request.path}: a text stands bare in a script"


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory, street_file: Path) -> Iterator[Office]:
    """A street in which every text is markup."""
    folder = tmp_path_factory.mktemp("markup")
    (folder / "street.sqlite3").write_bytes(street_file.read_bytes())
    world = World(Store(f"sqlite:///{folder / 'street.sqlite3'}", KEYRING))
    for number, text in enumerate(CORPUS):
        _live(world, text, number)
    _rename(world)
    yield open_office(world, folder)
    world.store.close()


def _live(world: World, text: str, number: int) -> None:
    """Let a case go its way with the same text in every field."""
    sides = (PartyEntry(Side.APPLICANT, text[:60], text, text), PartyEntry(Side.RESPONDENT, text[:60], is_organisation=True))
    given: dict[str, Any] = {
        "facts": text, "address": text, "parties": sides, "t2_code": "0402", "external_no": f"{number}{text}"[:64],
    }
    words = {need: text for need in Needs} | {Needs.DUPLICATE_OF: text}
    unplaced = world.file(cell_code=None, **(given | {"external_no": None})).case_no
    if number % 2:
        world.do(handling.settle_place, unplaced, CELL, text, by="cadre")
    case_no = world.file(**given).case_no
    world.act(case_no, Act.ACCEPT, asks={"housing": text}, words=words)
    world.do(handling.note, case_no, text, by="worker")
    world.do(parties.unmask, case_no, f"看 {text}", by="cadre")
    _bring_people_in(world, case_no, text, number)
    world.do(teams.add_department, case_no, "justice_office", Part.SUPPORT, text, text, None, by="cadre")
    seat = next(seat for seat in world.case(case_no).seats if seat.left_at is None and seat.account_id)
    world.do(teams.change_seat, case_no, teams.SeatChange(seat.id, "", text), None, by="cadre")
    task = world.task(case_no, "housing")
    match number % 3:
        case 0:
            world.do(tasks.send_back, task.id, ReturnReason.NOT_CLEAR, text, None, by="housing")
        case 1:
            world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, text, None, by="housing")
            world.do(tasks.assign_again, task.id, "housing", text, None, by="cadre")
            world.do(tasks.send_back, task.id, ReturnReason.NOT_OURS, text, None, by="housing")
        case 2:
            world.do(tasks.answer, task.id, tasks.Answer(AnswerKind.DONE, text, settles=True), None, by="housing")
    _hold_a_session(world, case_no, text, number)
    _call(world, case_no, text, number)
    said = words | {Needs.LEVEL: "street", Needs.UNTIL: (world.today + timedelta(days=9)).isoformat(), Needs.CAUSE: "illness"}
    world.act(case_no, Act.ESCALATE, words=said)
    world.act(case_no, Act.BRING_DOWN, by="leader", words=words)
    _look_after_and_meet(world, case_no, text, number)
    if number % 2:
        _agree(world, case_no, text, words)


def _agree(world: World, case_no: str, text: str, words: dict[Needs, str]) -> None:
    """Write the text into the agreement, its clause, the proof and the court's number."""
    clause = ClauseDraft(Side.RESPONDENT, Deed.PAY, text[:300], 100, world.today)
    world.act(case_no, Act.AGREE_IN_WRITING, words=words, clauses=(clause,))
    world.sign(case_no)
    report = performance.ClauseReport(ClauseState.KEPT, world.today, text[:300])
    world.do(performance.settle_clause, case_no, world.clauses(case_no)[0].id, report, None, by="cadre")
    for state in (Confirmation.APPLIED, Confirmation.CONFIRMED):
        step = performance.ConfirmationStep(state, world.today, text[:60])
        world.do(performance.confirm_in_court, case_no, step, None, by="cadre")
    party = world.case(case_no).parties[0]
    world.do(parties.record_rights, case_no, party.id, Rights(agent=text[:60]), None, by="cadre")


def _look_after_and_meet(world: World, case_no: str, text: str, number: int) -> None:
    """Write the text where a contact, a safe contact and a joint meeting take words."""
    world.do(safety.observe, case_no, safety.Observation((Flag.DOMESTIC_VIOLENCE,), (), text), None, by="worker")
    party = world.case(case_no).parties[0].id
    world.do(safe_contact.record_contact, case_no, text, party, None, by="worker")
    asked = meetings.Convening(STREET, world.today, text[:60], text[:60], {case_no: text})
    meeting = world.do(meetings.convene, asked, by="leader")
    if number % 3:
        part = Assigned("justice_office", text, world.today + timedelta(days=7))
        world.do(meetings.decide, meeting, case_no, meetings.Decision(text, (part,)), by="leader")
    elif number % 2:
        world.do(meetings.put_off, meeting, case_no, text, by="leader")


def _bring_people_in(world: World, case_no: str, text: str, number: int) -> None:
    """Write the text into invitations, challenges, their decisions and notes of interference."""
    kind = tuple(GuestKind)[number % len(GuestKind)]
    guest = world.do(guests.invite, case_no, guests.Invitation(kind, text[:60], text[:24], text[:60], text), by="cadre")
    for side in Side if number % 2 else ():
        world.do(guests.answer, case_no, guest.id, guests.Answer(side, True, world.today), by="cadre")
    seat = next(each for each in world.case(case_no).seats if each.seat is Seat.CADRE and each.left_at is None)
    row = world.do(challenges.challenge, case_no, challenges.Objection(seat.id, Side.RESPONDENT, text), by="cadre")
    if number % 3:
        world.do(challenges.decide, case_no, row.id, text, by="leader", is_upheld=number % 3 == 1)
    world.do(interference.note_interference, case_no, text, by="leader")


def _hold_a_session(world: World, case_no: str, text: str, number: int) -> None:
    """Write the text into the minutes and the places of sessions."""
    began, hour = world.now - timedelta(hours=2), timedelta(hours=1)
    seats = tuple(seat.id.hex for seat in world.case(case_no).seats if seat.left_at is None)
    place = {"room": text[:40]} if number % 2 and text[:40].strip() else {"elsewhere": text[:120]}
    told = Held(Plan(began, began + hour, **place), minutes={part: text[:limit] for part, limit in MINUTE_LIMITS.items()})
    world.do(sessions.hold, case_no, None, told, sessions.Presence(seats, tuple(Side)), by="cadre")
    begins_at = world.now + (number + 1) * hour
    world.do(sessions.plan, case_no, Plan(begins_at, begins_at + hour, **place), by="cadre")


def _call(world: World, case_no: str, text: str, number: int) -> None:
    """Write the text into a call, into what is said to move it on, into its answers and its end."""
    call = world.do(call_county, case_no, Calling(CallMatter.EMERGENCY, Urgency.URGENT, ("urban_management",), text), by="leader")
    task_id = world.task(case_no, "urban_management").id
    world.do(give_prompt, case_no, Prompting(PromptKind.URGE, text, task_id), by="cadre")
    world.do(answer_prompt, case_no, world.do(read_case, case_no, by="urban").calls.prompts[0].id, text, by="urban")
    world.do(give_prompt, case_no, Prompting(PromptKind.INSTRUCTION, text), by="leader")
    if number % 3:
        world.do(tasks.answer, task_id, tasks.Answer(AnswerKind.PARTLY, text), None, by="urban")
        world.do(tasks.confirm, task_id, None, by="leader")
        world.do(rate, task_id, Rating.NOT_SATISFIED, text, by="leader")
        world.do(close_call, case_no, call.id, text, by="leader")


def _rename(world: World) -> None:
    """Give places, departments and people names of markup too, as an import could."""
    with world.store.writing() as session:
        for kind in (Cell, Area, Department, Account):
            for number, row in enumerate(session.scalars(select(kind))):
                row.name = row.name_en = CORPUS[number % len(CORPUS)]
        if account := session.scalars(select(Account).where(Account.login == "second_worker")).one():
            account.phone = "<b>1"


def _pages(office: Office) -> list[str]:
    world = office.world
    fixed = [
        rule.rule for rule in office.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint not in ("static", "home.readyz")
    ]
    with world.store.reading() as session:
        people = [f"/people/{row.id}" for row in session.scalars(select(Account))][:4]
        items = session.execute(select(MeetingItem.meeting_id, Case.case_no).join(Case, Case.id == MeetingItem.case_id)).all()
    narrowed = ["/cases?closed=1", "/cases?unplaced=1", "/cases?desk=filed", "/tasks?tab=returned", "/tasks?tab=answered"]
    met = [f"/meetings/{key}{path}" for key, case_no in items[::3] for path in ("", "/pack", f"/cases/{case_no}")]
    return [*fixed, *narrowed, *people, *met]


@pytest.mark.slow
@pytest.mark.parametrize("who", READERS)
def test_no_page_of_anybody_turns_a_text_into_markup(typed: Office, who: str) -> None:
    client, seen = typed.client(who), 0
    for language in range(2):
        client.set_cookie("gm_language", ("zh", "en")[language], domain="localhost")
        for number, path in enumerate(_pages(typed), READERS.index(who)):
            if number % 2 == language or EVERYTHING:  # of two readers one has a page in Chinese, the other in English
                answer = client.get(path)
                check(answer)
                seen += answer.status_code == 200
    assert seen > 2


@pytest.mark.slow
@pytest.mark.parametrize("who", ["worker", "cadre", "housing", "leader"])
def test_no_case_page_turns_a_text_into_markup(typed: Office, who: str) -> None:
    client = typed.client(who)
    for number in range(2, 2 * len(CORPUS) + 1, 2 if who == "cadre" else 10):
        case_no = f"LX-2026-{number:04d}"
        check(client.get(f"/cases/{case_no}"))
        if number % 6 != 2:
            continue  # its own page says most of it; the pages beside it are looked at with every third text
        for path in ("/preview", "/team", "/place", "/acts/close", "/sessions/plan", "/sessions/note", "/receipt", "/papers",
                     "/papers/acceptance_register/print", "/papers/mediation_record/print", "/papers/agreement/print",
                     "/calls/new", "/prompts/new", "/interference"):
            check(client.get(f"/cases/{case_no}{path}"))
        with typed.world.store.reading() as session:
            rows = session.scalars(select(Challenge.id).join(Case, Case.id == Challenge.case_id).where(Case.case_no == case_no))
            for key in rows:
                check(client.get(f"/cases/{case_no}/challenges/{key}"))
        for task in typed.world.tasks(case_no):
            for path in ("", "/answer", "/rule", "/assign_again", "/confirm", "/come", "/rating"):
                check(client.get(f"/tasks/{task.id}{path}"))


@pytest.mark.slow
def test_what_reads_like_a_template_is_shown_as_it_was_typed(typed: Office) -> None:
    client = typed.client("cadre")
    for text in ("{{7*7}}", "${7*7}", "%(n)s %s {count}", "{% import os %}"):
        page = client.get(f"/cases/LX-2026-{2 * CORPUS.index(text) + 2:04d}").get_data(as_text=True)
        assert page.count(text) > 5, text


_FIELDS = (
    *[need.value for need in Needs], "facts", "address", "name", "phone", "why", "words", "answer", "purpose", "login",
    "department", "cell_code", "t2_code", "q", "kind", "party-0-name", "party-0-phone", "lon", "lat", "next", "day",
    "begins", "ends", "room", "elsewhere",
    "matter", "urgency", "departments", "prompt", "task", "due_on", "rating",
    *Minute, "team", "sides", "invited", "next_day", "next_begins",
    "flags", "known", "contact_words", "contact_why", "safe_contact", "party", "lift_why", "override", "title", "place",
    "held_on", "place_code", "cases", "decision", "lead", "part-0-department", "part-0-what", "part-0-due", "put_off",
    "guest_kind", "guest_name", "guest_phone", "guest_why", "studio", "agrees", "agreed_on", "challenged", "ruling", "agreement",
    "picture_kind", "party_address", "format", "verdict", "query",
)


@pytest.mark.slow
@pytest.mark.parametrize("who", READERS)
def test_a_refused_form_gives_back_what_was_typed_as_text(typed: Office, who: str) -> None:
    client = typed.client(who)
    token = {"X-CSRFToken": client.token()}
    case_no = typed.world.a_case(State.TEAM_FORMED) if who != "auditor" else "LX-2026-0001"
    values = {"case_no": case_no, "act": "note_session", "task_id": str(uuid4())}
    rules = [rule for rule in typed.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    for number, rule in enumerate(rule for rule in rules if rule.endpoint != "auth.sign_out"):
        path = re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda found: values.get(found.group(1), str(uuid4())), rule.rule)
        stride = 1 if EVERYTHING else _STRIDE
        for text in CORPUS[number % stride::stride]:  # each form gets a few; between them the forms get all
            form = {name: text * 90 if name in ("note", "words") else text for name in _FIELDS}
            check(client.post(path, data=form | {"version": "1", "step": "facts"}, headers=token, csrf=False))
    assert client.get("/account/sign-ins").status_code == 200, "signed out on the way"
    for text in CORPUS[:4]:
        check(client.get("/cases", query_string={"q": text, "head": text, "cell": text, "community": text, "after": text}))


@pytest.mark.slow
def test_no_log_has_a_word_of_what_people_typed(office: Office, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG, "gridmediate")
    name, phone, secret, home = "欧阳独一", "13877776666", "独一无二的事由", "独一路七号"
    cadre, worker, housing = (office.client(who) for who in ("cadre", "worker", "housing"))
    filed = {"filing_key": str(uuid4()), "t2_code": "0402", "facts": secret, "cell_code": CELL, "address": home,
             "party-0-name": name, "party-0-phone": phone}
    answer = worker.post("/cases", data=filed)
    case_no = answer.headers["Location"].split("/")[-2]
    assert worker.post("/cases", data=filed | {"facts": f"{secret}二"}, check=False).status_code == 409
    cadre.post(f"/cases/{case_no}/acts/accept", data={})
    cadre.post(f"/cases/{case_no}/parties", data={"purpose": f"约{name}到场"})
    cadre.get("/cases", query_string={"q": name})
    cadre.get("/cases", query_string={"q": phone})
    cadre.post(f"/cases/{case_no}/notes", data={"note": secret * 999})
    cadre.post(f"/cases/{case_no}/acts/note_session", data={"note": secret})
    cadre.post(f"/cases/{case_no}/sessions/plan", data={
        "day": "2026-11-30", "begins": "09:00", "ends": "10:00", "elsewhere": home})
    office.client(None).get(re.findall(r"/calendar/[\w-]+\.ics", cadre.post("/account/calendar").text)[0], check=False)
    task = office.world.task(case_no, "housing")
    housing.post(f"/tasks/{task.id}/answer", data={"kind": "done", "answer": secret})
    office.client(None).post("/sign-in", data={"login": name, "password": phone}, check=False)
    # A fault of the program must not carry its locals or the row into the log either.
    office.app.view_functions["cases.show"] = _fail
    assert cadre.get(f"/cases/{case_no}?q={phone}", check=False).status_code == 500
    said = caplog.text + "".join(capfd.readouterr())
    assert "cases/<case_no>" in said, "nothing was logged, so nothing was proved"
    assert "_fail" in said
    for each in (name, phone, secret, home, case_no, WORDS[Needs.NOTE]):
        assert each not in said, each


def _fail(case_no: str) -> str:
    name = "欧阳独一"
    raise ValueError(f"{name} {case_no}")
