"""Over HTTP: of many who press "close" at one moment one closes; a form sent many times files one case.

``PROOF_ROUNDS`` makes more rounds of it.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections import Counter
from typing import Any

import pytest

from gridmediate.domain import case_exports
from gridmediate.domain.workflow import State
from gridmediate.services.case_exports import ExportAsk, ask
from gridmediate.services.lists import CaseFilter, Desk
from gridmediate.store.models import Case
from tests.builders import CELL
from tests.proof.conftest import Office

ROUNDS = int(os.environ.get("PROOF_ROUNDS", "3"))
MANY = 8


def press(office: Office, people: list[str], path: str, form: dict[str, Any]) -> list[Any]:
    """Let several people send the same form at the same moment."""
    clients = [office.client(who) for who in people]
    tokens = [client.token() for client in clients]
    barrier = threading.Barrier(len(people))
    answers: list[Any] = [None] * len(people)

    def send(place: int) -> None:
        barrier.wait()
        answers[place] = clients[place].post(path, data=form | {"csrf_token": tokens[place]}, csrf=False, check=False)

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # Who waited in the row's queue for longer than the database lets anybody wait was told so, and presses again.
    for place, answer in enumerate(answers):
        if answer.status_code == 503:
            answers[place] = clients[place].post(path, data=form | {"csrf_token": tokens[place]}, csrf=False, check=False)
    return answers


@pytest.mark.slow
def test_of_eight_who_close_at_once_one_closes_and_seven_are_told(office: Office) -> None:
    world = office.world
    for _ in range(ROUNDS):
        case_no = world.a_case(State.AGREED_WRITTEN)
        world.finish_tasks(case_no)
        world.sign(case_no)
        form = {"result": "双方已了结", "sides_told": "1", "version": str(world.case(case_no).version)}
        answers = press(office, ["cadre", "second_cadre"] * (MANY // 2), f"/cases/{case_no}/acts/close", form)
        assert Counter(each.status_code for each in answers) == {303: 1, 409: MANY - 1}
        assert world.acts(case_no).count("case.close") == 1
        for each in answers:
            assert each.status_code == 303 or "双方已了结" in each.text, "what was typed is lost"


@pytest.mark.slow
def test_of_eight_who_accept_at_once_one_forms_the_team(office: Office) -> None:
    world = office.world
    for _ in range(ROUNDS):
        case_no = world.file().case_no
        answers = press(office, ["cadre", "second_cadre"] * (MANY // 2), f"/cases/{case_no}/acts/accept", {"version": "1"})
        assert Counter(each.status_code for each in answers) == {303: 1, 409: MANY - 1}
        assert len(world.tasks(case_no)) == len({task.department_code for task in world.tasks(case_no)})


@pytest.mark.slow
def test_a_form_sent_eight_times_at_once_files_one_case(office: Office) -> None:
    world = office.world
    for number in range(1, ROUNDS + 1):
        form = {"filing_key": str(uuid.uuid4()), "t2_code": "0201", "facts": "楼上漏水", "cell_code": CELL}
        answers = press(office, ["worker"] * MANY, "/cases", form)
        assert {each.status_code for each in answers} == {303}, [each.text[-400:] for each in answers]
        assert len({each.headers["Location"] for each in answers}) == 1
        assert world.count(Case) == number


@pytest.mark.slow
def test_of_eight_who_decide_an_export_at_once_one_does(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_exports, "ALONE_ROWS", 0)
    world = office.world
    world.file()
    for _ in range(ROUNDS):
        asked = ExportAsk(Desk.STREET, CaseFilter(), case_exports.ExportForm.CSV, "例会")
        row = world.do(ask, asked, by="leader", a_day=ROUNDS)
        answers = press(office, ["coordinator"] * MANY, f"/exports/{row.id}/decide", {"verdict": "grant", "reason": "已核"})
        assert Counter(each.status_code for each in answers) == {303: 1, 409: MANY - 1}
