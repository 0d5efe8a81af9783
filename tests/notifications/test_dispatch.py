"""Sending what is due: once, at the right hour, to who wants it, over real sockets, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from sqlalchemy import select, update

from gridmediate.domain.notice_times import PAUSES
from gridmediate.domain.notices import Channel, DeliveryState, Failure
from gridmediate.domain.tasks import ReturnReason
from gridmediate.domain.vocabulary import Flag
from gridmediate.domain.workflow import Act
from gridmediate.notifications import dispatch
from gridmediate.notifications.dispatch import LEASE, Report, send_due
from gridmediate.services import deliveries, inbox, tasks
from gridmediate.settings import Settings
from gridmediate.store.engine import Store
from gridmediate.store.models import Account, NoticeDelivery
from tests.notifications.conftest import wants
from tests.notifications.sinks import MailSink
from tests.rig.world import KEYRING, World

Office = Callable[..., Settings]


def send(world: World, settings: Settings) -> Report:
    return send_due(world.store, settings, world.now, seconds=lambda: 0)


def rows(world: World) -> list[NoticeDelivery]:
    with world.store.reading() as session:
        return list(session.scalars(select(NoticeDelivery).order_by(NoticeDelivery.id)))


def test_who_chose_mail_gets_one_letter_and_nobody_else_any(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    case_no = world.file().case_no
    world.act(case_no, Act.ACCEPT)
    report = send(world, office())
    assert (report.sent, report.failed) == (1, 0)
    letter, = mail.letters
    assert letter["To"] == "worker@office.example.cn"
    assert letter["Subject"] == f"{case_no}：受理。"
    assert letter.get_content().split() == [f"{case_no}：受理。", f"https://gm.example.cn/cases/{case_no}"]
    assert send(world, office()) == Report()
    assert len(mail.letters) == 1
    row, = rows(world)
    assert (row.state, row.sent_at, row.attempts) == (DeliveryState.SENT, world.now, 1)
    assert letter["Message-ID"] == f"<{row.message_key}@gm.example.cn>"


def test_without_an_address_for_links_all_stays_in_the_inbox_for_good(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    assert send(world, office(public_address="")).sent == 0
    assert send(world, office()) == Report()
    assert not mail.letters


def test_what_comes_in_quiet_hours_leaves_when_they_end(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker", quiet_from=time(21, 0))
    case_no = world.file().case_no
    world.pass_time(hours=14)  # 23:40
    world.act(case_no, Act.ACCEPT)
    assert send(world, office()).sent == 0
    world.pass_time(hours=7)  # 06:40
    assert send(world, office()).sent == 0
    world.pass_time(minutes=50)
    assert send(world, office()).sent == 1


def test_quiet_hours_chosen_after_planning_hold_too(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    dispatch.plan(world.store, dispatch.outlets_of(office()), world.now)
    wants(world, "worker", quiet_from=time(9, 0), quiet_to=time(10, 0))
    assert send(world, office()).sent == 0
    world.pass_time(minutes=20)
    assert send(world, office()).sent == 1


def test_an_urgent_case_wakes_who_wants_that(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker", quiet_from=time(9, 0), quiet_to=time(12, 0), wakes_for_urgent=True, is_digest=True)
    urgent = world.file(flags=(Flag.THREAT,)).case_no
    for case_no in (urgent, world.file().case_no):
        world.act(case_no, Act.ACCEPT)
    assert send(world, office()).sent == 1
    assert mail.letters[0]["Subject"].startswith(urgent)


def test_a_digest_is_one_letter_of_the_morning_with_what_is_still_unread(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker", is_digest=True)
    numbers = [world.file().case_no for _ in range(3)]
    for case_no in numbers:
        world.act(case_no, Act.ACCEPT)
    with world.store.writing() as session:
        inbox.mark_case_read(session, world.case(numbers[0]).id, world.people["worker"], world.now)
    assert send(world, office()).sent == 0
    world.pass_time(days=1)
    report = send(world, office())
    assert (report.sent, report.dropped) == (2, 1)
    letter, = mail.letters
    assert letter["Subject"] == "2 件案子有动静。"
    assert [number in letter.get_content() for number in numbers] == [False, True, True]


def test_a_digest_that_failed_is_sent_again_with_the_same_lines_and_number(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker", is_digest=True)
    numbers = [world.file().case_no for _ in range(2)]
    for case_no in numbers:
        world.act(case_no, Act.ACCEPT)
    send(world, office())
    world.pass_time(days=1)
    mail.refuse = "451 later"
    assert send(world, office()).failed == 2
    keys = {row.message_key for row in rows(world)}
    assert len(keys) == 1
    mail.refuse = ""
    world.pass_time(minutes=1)
    assert send(world, office()).sent == 2
    letter, = mail.letters
    assert all(number in letter.get_content() for number in numbers)
    assert letter["Message-ID"] == f"<{keys.pop()}@gm.example.cn>"


def test_failures_are_tried_again_with_growing_pauses_then_given_up_and_shown(
    world: World, office: Office, mail: MailSink,
) -> None:
    wants(world, "worker", quiet_to=time(7, 30), quiet_from=time(7, 30))
    world.act(world.file().case_no, Act.ACCEPT)
    mail.refuse = "451 later"
    for pause in PAUSES:
        assert send(world, office()).failed == 1
        world.pass_time(seconds=pause.total_seconds() - 60)
        assert send(world, office()) == Report()
        world.pass_time(minutes=1)
    assert send(world, office()).gave_up == 1
    world.pass_time(days=9)
    assert send(world, office()) == Report()
    with world.store.reading() as session:
        found = deliveries.troubles(session, world.people["administrator"])
    assert (found.gave_up, found.waiting) == (1, 0)
    assert (found.rows[0].failure, found.rows[0].attempts, found.rows[0].next_try_at) == (Failure.REFUSED, 6, None)
    mail.refuse = ""
    assert world.do(deliveries.try_again, by="administrator", delivery_id=found.rows[0].id) == 1
    assert send(world, office()).sent == 1


def test_a_recipient_refused_for_good_is_given_up_at_once(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    mail.refuse = "550 nobody here"
    assert send(world, office()).gave_up == 1
    assert rows(world)[0].last_error is Failure.ADDRESS_REFUSED


def test_no_server_is_a_failure_to_be_tried_again(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    mail.server_close()
    assert send(world, office()).failed == 1
    assert rows(world)[0].last_error is Failure.UNREACHABLE


def test_a_fault_of_ours_holds_up_nobody_else(world: World, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    wants(world, "worker", Channel.EMAIL, Channel.SMS)
    world.act(world.file().case_no, Act.ACCEPT)
    monkeypatch.setattr("gridmediate.notifications.mail.Mailer.send", lambda *_given: 1 / 0)
    report = send(world, office())
    assert (report.failed, report.gave_up) == (1, 1)  # the worker has no number for text messages


@pytest.mark.parametrize("change", ["channel", "account", "read"])
def test_what_is_no_longer_wanted_does_not_leave(world: World, office: Office, mail: MailSink, change: str) -> None:
    wants(world, "worker", is_digest=True)
    world.act(world.file().case_no, Act.ACCEPT)
    send(world, office())
    world.pass_time(days=1)
    worker = world.people["worker"]
    with world.store.writing() as session:
        if change == "channel":
            inbox.set_wishes(session, inbox.NoticeWishes(), worker, world.now)
        elif change == "account":
            session.execute(update(Account).where(Account.id == worker.account_id).values(is_active=False))
        else:
            inbox.mark_all_read(session, worker, world.now)
    report = send(world, office())
    with world.store.writing() as session:
        session.execute(update(Account).where(Account.id == worker.account_id).values(is_active=True))
    assert (report.sent, report.dropped) == (0, 1)
    assert not mail.letters


@pytest.mark.parametrize("is_digest", [False, True])
def test_two_that_send_at_once_send_each_notice_once(
    world: World, street_url: str, office: Office, mail: MailSink, is_digest: bool,
) -> None:
    for who in ("worker", "second_worker", "housing"):
        wants(world, who, is_digest=is_digest)
    for _ in range(6):
        world.act(world.file().case_no, Act.ACCEPT)
    if is_digest:
        send(world, office())
        world.pass_time(days=1)
    stores, gate, reports = [Store(street_url, KEYRING) for _ in range(3)], threading.Barrier(3), []

    def go(store: Store) -> None:
        gate.wait()
        reports.append(send_due(store, office(), world.now))

    threads = [threading.Thread(target=go, args=(store,)) for store in stores]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for store in stores:
        store.close()
    sent = rows(world)
    assert {row.state for row in sent} == {DeliveryState.SENT}
    assert {row.attempts for row in sent} == {1}
    assert sum(report.sent for report in reports) == len(sent) >= 6
    assert Counter(letter["Message-ID"] for letter in mail.letters).most_common(1)[0][1] == 1
    assert len(mail.letters) == len({row.message_key for row in sent})


def test_a_lease_that_lapsed_is_taken_over_and_its_late_result_not_believed(world: World, office: Office, mail: MailSink) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    outlets = dispatch.outlets_of(office())
    dispatch.plan(world.store, outlets, world.now)
    slow = dispatch._take(world.store, outlets, world.now, Report())
    assert slow is not None
    assert dispatch._take(world.store, outlets, world.now + LEASE - timedelta(seconds=1), Report()) is None
    world.now += LEASE
    assert send(world, office()).sent == 1
    dispatch._keep(world.store, slow, Failure.UNREACHABLE, world.now, Report())
    assert rows(world)[0].state is DeliveryState.SENT


def test_no_transaction_stands_open_while_the_other_side_is_waited_for(
    world: World, office: Office, monkeypatch: pytest.MonkeyPatch,
) -> None:
    wants(world, "worker")
    world.act(world.file().case_no, Act.ACCEPT)
    monkeypatch.setattr("gridmediate.notifications.mail.Mailer.send", lambda *_given: world.file() and None)
    assert send(world, office()).sent == 1  # a filing went through meanwhile


def test_a_second_return_tells_the_leaders_of_the_street(world: World) -> None:
    case_no = world.a_case()
    world.act(case_no, Act.ACCEPT)
    task = world.tasks(case_no)[0]
    staff = world.staff_of(task.department_code)
    world.do(tasks.send_back, task.id, next(iter(ReturnReason)), "不归我们", None, by=staff)
    world.do(tasks.assign_again, task.id, task.department_code, "请再看", None, by="cadre")
    world.do(tasks.send_back, task.id, next(iter(ReturnReason)), "还是不归", None, by=staff)
    with world.store.reading() as session:
        told = inbox.read_inbox(session, world.people["leader"]).rows
    assert [(row.case_no, row.act.en) for row in told] == [(case_no, "Sent back")]
