"""The administrator's look at the channels: what is open, what could not be sent, and a trial of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.notices import PERSONAL, Channel, NoticeItem
from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound, Problem
from gridmediate.notifications.messages import Message
from gridmediate.notifications.outlets import Outlets, outlets_of
from gridmediate.services import deliveries, inbox
from gridmediate.services.home_acts import locked_home, note
from gridmediate.store.columns import new_id
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("deliveries", __name__, url_prefix="/deliveries")

#: No case has it; the other side sees at once that it is a trial.
_TRIAL = "TEST-0000-0000"


@room.get("", permission=Permission.NOTICE_MANAGE)
def index() -> str:
    """Show the channels and what could not be sent."""
    problem = None
    try:
        outlets: Outlets | None = outlets_of(app_in_use().settings)
    except Problem as fault:
        outlets, problem = None, fault
    with reading() as session:
        found, mine = deliveries.troubles(session, actor_in_use()), inbox.wishes_of(session, actor_in_use())
    return render_template("admin/deliveries.html", nav_active="deliveries", found=found, problem=problem,
                           channels=_channels(outlets, mine.email) if outlets else [],
                           base=app_in_use().settings.public_address)


def _channels(outlets: Outlets, email: str) -> list[dict[str, Any]]:
    """Return the rows of the table of channels: to whom a trial would go, "" where it cannot."""
    own = {Channel.EMAIL: email, Channel.SMS: g.signed.account.phone or ""}
    rows = [{"channel": each, "place": "", "is_open": outlets.is_open(each), "to": own[each]} for each in PERSONAL]
    groups = [{"channel": Channel.WEBHOOK, "place": place, "is_open": True, "to": place} for place in sorted(outlets.targets)]
    return rows + (groups or [{"channel": Channel.WEBHOOK, "place": "", "is_open": False, "to": ""}])


@room.post("/<uuid:delivery_id>/again", permission=Permission.NOTICE_MANAGE)
def again(delivery_id: UUID) -> AnyResponse:
    """Try one again."""
    with writing() as session:
        if not deliveries.try_again(session, actor_in_use(), g.now, delivery_id=delivery_id):
            raise NotFound
    flash(gettext("下一次发送时再试。"), "ok")
    return redirect(url_for("deliveries.index"), 303)


@room.post("/again", permission=Permission.NOTICE_MANAGE)
def all_again() -> AnyResponse:
    """Try all again."""
    with writing() as session:
        count = deliveries.try_again(session, actor_in_use(), g.now)
    flash(gettext("下一次发送时再试 %(n)s 条。", n=count), "ok")
    return redirect(url_for("deliveries.index"), 303)


@room.post("/trial/<channel>", permission=Permission.NOTICE_MANAGE, defaults={"place": ""})
@room.post("/trial/<channel>/<place>", permission=Permission.NOTICE_MANAGE)
def trial(channel: str, place: str) -> AnyResponse:
    """Send a trial: to the administrator, or to the group of a department or street."""
    if channel not in set(Channel):
        raise NotFound
    wanted, outlets = Channel(channel), outlets_of(app_in_use().settings)
    with writing() as session:
        locked_home(session)
        note(session, "notice.test", {"kind": wanted.value, "place": place[:24]}, actor=actor_in_use(), now=g.now)
        own = {Channel.EMAIL: inbox.wishes_of(session, actor_in_use()).email, Channel.SMS: g.signed.account.phone or ""}
    message = Message(new_id(), (NoticeItem(_TRIAL, "notice.test", f"{outlets.base}/"),), language_in_use())
    try:
        outlets.send(wanted, own.get(wanted, place), message, g.now)
    except Problem as refusal:
        flash(say(refusal), "error")
    else:
        flash(gettext("试发成功，请到那边看有没有收到。"), "ok")
    return redirect(url_for("deliveries.index"), 303)
