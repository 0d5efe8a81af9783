"""The street calls two county departments: one comes and answers, the other is urged, supervised, late and rated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from gridmediate.domain.vocabulary import LOCAL_ZONE
from gridmediate.domain.workflow import Act
from gridmediate.store.models import Case, Task
from tests.journeys.office import BEGIN, Office
from tests.journeys.screen import Screen
from tests.journeys.seen import seen

Sit = Callable[..., Screen]

SOON, SILENT = "urban_management", "market_regulation"


def task_id(office: Office, case_no: str, department: str) -> str:
    with office.store.reading() as session:
        return str(session.scalars(select(Task.id).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no, Task.department_code == department, Task.call_id.is_not(None))).one())


def let_its_time_pass(office: Office, case_no: str, department: str) -> None:
    """Bring a task to the day after its answer was due."""
    with office.store.writing() as session:
        task = session.scalars(select(Task).join(Case, Case.id == Task.case_id).where(
            Case.case_no == case_no, Task.department_code == department, Task.call_id.is_not(None))).one()
        for column in ("dispatched_at", "sign_due_at", "answer_warn_at", "answer_due_at"):
            setattr(task, column, getattr(task, column) - timedelta(days=10))


def call(leader: Screen, case_no: str) -> None:
    """Call both from the case's page, first without saying what for."""
    leader.open(f"/cases/{case_no}").press("#calls a[href$='/calls/new']")
    form = "form[action$='/calls/new']"
    assert leader.small_targets() == [] or not leader.is_phone
    with leader.refused(422):
        leader.send(form, matter="joint_enforcement", urgency="urgent", words="请到现场查违建，当场答复")
        assert leader.count("[data-error-summary] a[href='#departments']") == 1
    for code in (SOON, SILENT):
        leader.page.locator(f"[name=departments][value={code}]").check()
    leader.press(f"{form} .btn-primary")


def answer(department: Screen, task: str, kind: str, words: str) -> None:
    """Answer a task; its button stands below its form."""
    department.open(f"/tasks/{task}")
    department.page.locator(f"#answer-form [name=kind][value={kind}]").check()
    department.page.locator("#answer-form [name=answer]").fill(words)
    department.press("button[form=answer-form]")


@seen(("language", "size"), [("zh", "desk"), ("en", "phone")])
def test_called_came_urged_supervised_answered_late_and_rated(office: Office, sit: Sit, language: str, size: str) -> None:
    case_no = office.file(facts=f"顶楼搭建挡光 {language}")
    office.act(case_no, Act.ACCEPT)
    leader, county = sit("leader", size, language), sit("county", size, language)
    soon, silent = (sit(office.staff_of(code), size, language) for code in (SOON, SILENT))

    call(leader, case_no)
    assert "#calls" in leader.page.url
    county.open("/notices").press(".notices a[href$='/calls']")
    row = ".t-calls tbody tr >> nth=0"
    assert "〔2026〕" in county.text(row) or "Call" in county.text(row)
    assert case_no not in county.text("main"), "the county sees the board and not the case"

    # One department finds the call among its tasks, comes, and answers.
    soon.open("/tasks")
    assert soon.count(f".t-tasks tr:has-text('{case_no}') .tag--primary") == 1
    soon.open(f"/tasks/{task_id(office, case_no, SOON)}").press("form[action$='/come'] button")
    answer(soon, task_id(office, case_no, SOON), "done", "已到场，责令三日内拆除")

    # The other keeps silent: it is urged by the community, then supervised by the street.
    let_its_time_pass(office, case_no, SILENT)
    county.open("/calls")
    assert county.count(f"{row.split(' >> ')[0]}.is-late") >= 1
    cadre = sit("cadre", size, language)
    cadre.open(f"/cases/{case_no}").press(f"#tasks a[href*='task={task_id(office, case_no, SILENT)}']")
    prompt = "form[action$='/prompts/new']"
    cadre.send(prompt, words="请今天到场")
    assert "请今天到场" in cadre.text("#timeline")
    leader.open(f"/cases/{case_no}").press("#prompts a[href*='supervise_yellow']")
    with leader.refused(422):
        leader.send(prompt, task=task_id(office, case_no, SILENT), words="两天没有到场")
        assert leader.count("[data-error-summary] a[href='#due_on']") == 1
    day = BEGIN.astimezone(LOCAL_ZONE) + timedelta(days=2)
    leader.send(prompt, due_on=f"{day:%Y-%m-%d}")

    silent.open(f"/cases/{case_no}")
    assert silent.count("#prompts .tag--flag") == 1
    silent.press("#prompts a[href*='/prompts/']").send("form[action*='/prompts/']", words="人手已排，今天到场")
    answer(silent, task_id(office, case_no, SILENT), "partly", "已到场，证照齐全")

    # The street confirms and rates both, and closes the call.
    for code, rated in ((SOON, "satisfied"), (SILENT, "not_satisfied")):
        task = task_id(office, case_no, code)
        leader.open(f"/cases/{case_no}").press(f"#tasks form[action$='{task}/confirm'] button")
        leader.press(f"#tasks a[href$='{task}/rating']")
        form = f"form[action$='{task}/rating']"
        if rated == "not_satisfied":
            with leader.refused(422):
                leader.send(form, rating=rated)
            leader.send(form, words="催了两次才来")
        else:
            leader.send(form, rating=rated)
    leader.press("#calls a[href$='/close']").send("form[action$='/close']", words="违建已拆")
    assert "违建已拆" in leader.text("#calls")
    leader.page.locator("#timeline .earlier summary").click()
    for said in ("请今天到场", "两天没有到场", "人手已排，今天到场", "催了两次才来", "违建已拆"):
        assert said in leader.text("#timeline")
    if size == "phone":
        assert leader.small_targets() == []
    county.open("/calls?closed=1")
    assert county.count(".t-calls tbody tr") >= 1
    assert county.count("section.card table tbody tr") >= 2
