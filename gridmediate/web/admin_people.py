"""People and their posts: the list, one person, a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label, Role
from gridmediate.home import secret_of
from gridmediate.services import accounts, administration
from gridmediate.services.administration import PeopleFilter, PersonDetails, PostEntry
from gridmediate.services.grid import grid_of, local_day
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("people", __name__)

_NAME, _LOGIN, _PHONE = Label("姓名", "Name"), Label("登录名", "Sign-in name"), Label("手机", "Mobile")
_LATIN, _ROLE, _PLACE = Label("姓名拼音", "Name in Latin letters"), Label("岗位", "Post"), Label("单位或地方", "Place")
_FIRST, _LAST = Label("起始日", "First day"), Label("截止日", "Last day")


@room.get("/people", permission=Permission.ACCOUNT_MANAGE)
def index() -> str:
    """List people by sign-in name."""
    asked = Form(request.args)
    role = Role(request.args["role"]) if request.args.get("role") in set(Role) else None
    words = asked.text("q", _NAME, limit=60, required=False)
    wanted = PeopleFilter(words, role, request.args.get("place", "")[:24], asked.tick("closed"))
    with reading() as session:
        page = administration.people(session, wanted, actor_in_use(), g.now, after=request.args.get("after", ""))
        grid, desks = grid_of(session, g.now), dict(administration.departments(session))
    return render_template(
        "admin/people.html", nav_active="people", page=page, wanted=wanted, roles=list(Role), desks=desks, today=local_day(g.now),
        place_name=lambda code: administration.place_name(grid, desks, code), now=g.now,
        kept={key: value for key, value in request.args.items() if key != "after" and value},
    )


@room.get("/people/new", permission=Permission.ACCOUNT_MANAGE)
def new() -> str:
    """Show the form for a new person."""
    return render_template("admin/person_new.html", **_choices(), typed={"valid_from": local_day(g.now).isoformat()})


def _choices() -> dict[str, Any]:
    with reading() as session:
        places = [(role, administration.places_for(session, role, g.now)) for role in Role]
    return {"nav_active": "people", "roles": list(Role), "places": places}


def _details(form: Form) -> PersonDetails:
    return PersonDetails(form.text("name", _NAME, limit=60), form.text("name_en", _LATIN, limit=120, required=False),
                         form.text("phone", _PHONE, limit=24, required=False))


def _post(form: Form) -> PostEntry:
    role = form.required_word("role", _ROLE, Role)
    place = form.text("place", _PLACE, limit=24)
    first, last = form.day("valid_from", _FIRST), form.day("valid_to", _LAST, required=False)
    return PostEntry(role, place, first or local_day(g.now), last)


@room.post("/people/new", permission=Permission.ACCOUNT_MANAGE)
def hire() -> Response | AnyResponse:
    """Make the account, and show the link for the first password; it is shown once, so this answer is the page itself."""
    form = Form(request.form)
    login, details, post = form.text("login", _LOGIN, limit=64), _details(form), _post(form)
    try:
        form.done()
        with writing() as session:
            account, token = administration.hire(session, login, details, post, actor_in_use(), g.now, secret=_secret())
    except Problem as problem:
        return refused("admin/person_new.html", problem, **_choices(), typed=form.typed)
    return _invitation_page(account.id, account.name, account.login, token)


def _secret() -> str:
    return secret_of(app_in_use().settings)


def _invitation_page(account_id: UUID, name: str, login: str, token: str) -> Response:
    return make_response(render_template(
        "admin/invited.html", nav_active="people", account_id=account_id, days=accounts.INVITATION_DAYS,
        invitations=[{"name": name, "login": login, "token": token}]))


@room.get("/people/<uuid:account_id>", permission=Permission.ACCOUNT_MANAGE)
def show(account_id: UUID) -> str:
    """Show one person."""
    return render_template("admin/person.html", **_person_page(account_id), typed={})


def _person_page(account_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = administration.person(session, account_id, actor_in_use())
        grid, desks = grid_of(session, g.now), dict(administration.departments(session))
    return _choices() | {
        "person": found, "today": local_day(g.now), "place_name": lambda code: administration.place_name(grid, desks, code),
        "cells": grid.cells, "is_locked": found.account.locked_until is not None and found.account.locked_until > g.now,
        "is_oneself": account_id == actor_in_use().account_id,
    }


@room.post("/people/<uuid:account_id>", permission=Permission.ACCOUNT_MANAGE)
def change(account_id: UUID) -> Response | AnyResponse:
    """Correct name or phone."""
    form = Form(request.form)
    details = _details(form)
    try:
        form.done()
        with writing() as session:
            administration.change_person(session, account_id, details, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/person.html", problem, **_person_page(account_id), typed=form.typed)
    flash(gettext("已改。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/posts", permission=Permission.ACCOUNT_MANAGE)
def give_post(account_id: UUID) -> Response | AnyResponse:
    """Give a post."""
    form = Form(request.form)
    post = _post(form)
    try:
        form.done()
        with writing() as session:
            administration.give_post(session, account_id, post, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/person.html", problem, **_person_page(account_id), typed=form.typed)
    flash(gettext("已任命。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/posts/<uuid:post_id>/end", permission=Permission.ACCOUNT_MANAGE)
def end_post(account_id: UUID, post_id: UUID) -> Response | AnyResponse:
    """End a post yesterday."""
    try:
        with writing() as session:
            administration.end_post(session, post_id, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/person.html", problem, **_person_page(account_id), typed={})
    flash(gettext("岗位已收回，到昨天为止。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/close", permission=Permission.ACCOUNT_MANAGE)
def close(account_id: UUID) -> Response | AnyResponse:
    """Close the account; posts and seats end with it."""
    try:
        with writing() as session:
            administration.close_account(session, account_id, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/person.html", problem, **_person_page(account_id), typed={})
    flash(gettext("账号已停用，岗位和席位到昨天为止。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/open", permission=Permission.ACCOUNT_MANAGE)
def open_again(account_id: UUID) -> AnyResponse:
    """Open a closed account again; posts and seats are to be given anew."""
    with writing() as session:
        accounts.set_active(session, account_id, True, actor_in_use(), g.now)
    flash(gettext("账号已启用。岗位和席位要重新排。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/unlock", permission=Permission.ACCOUNT_MANAGE)
def unlock(account_id: UUID) -> AnyResponse:
    """Let a person try again who typed too many wrong passwords."""
    with writing() as session:
        accounts.unlock(session, account_id, actor_in_use(), g.now)
    flash(gettext("已解锁。"), "ok")
    return redirect(url_for("people.show", account_id=account_id), 303)


@room.post("/people/<uuid:account_id>/invite", permission=Permission.ACCOUNT_MANAGE)
def invite(account_id: UUID) -> Response:
    """Give a new link for setting a password."""
    with writing() as session:
        token = accounts.invite(session, account_id, actor_in_use(), g.now, secret=_secret())
        found = administration.person(session, account_id, actor_in_use())
    return _invitation_page(account_id, found.account.name, found.account.login, token)
