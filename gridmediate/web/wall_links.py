"""The addresses of walls: made, shown once, listed and withdrawn."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission, visible_to
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import wall_links
from gridmediate.services.grid import grid_of
from gridmediate.web.context import actor_in_use, app_in_use, reading, writing
from gridmediate.web.errors import status_of
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import field_errors, problem_list

room = Rooms("wall_links", __name__)

_WALL, _STREET = Label("哪一块屏", "Which screen"), Label("街道", "Street")


@room.get("/wall/addresses", permission=Permission.WALL_SHARE)
def index() -> str:
    """List the addresses of my street's walls."""
    return _page()


@room.post("/wall/addresses", permission=Permission.WALL_SHARE)
def make() -> str | tuple[str, int]:
    """Make an address and show it, this once."""
    form = Form(request.form)
    own = sorted(visible_to(actor_in_use(), Permission.WALL_SHARE).streets)
    wall = form.text("wall", _WALL, limit=wall_links.WALL_LIMIT)
    street = form.choice("street", _STREET, own) if len(own) > 1 else own[0]
    try:
        form.done()
        with writing() as session:
            token = wall_links.make_link(session, street or "", wall, actor_in_use(), g.now)
    except Problem as problem:
        return _page(problems=problem_list(problem)), status_of(problem)
    return _page(address=_external(token))


@room.post("/wall/addresses/<uuid:link_id>/withdraw", permission=Permission.WALL_SHARE)
def withdraw(link_id: uuid.UUID) -> AnyResponse:
    """End an address; its wall puts the numbers away within a minute."""
    with writing() as session:
        ended = wall_links.withdraw_link(session, link_id, actor_in_use(), g.now)
    flash(gettext("大屏地址已停用，那块屏一分钟内收起数字。") if ended else gettext("这个地址早已停用或到期。"), "ok")
    return redirect(url_for("wall_links.index"), 303)


def _page(*, address: str = "", problems: list[tuple[str, str]] | None = None) -> str:
    with reading() as session:
        rows = wall_links.list_links(session, actor_in_use(), g.now)
        areas = grid_of(session, g.now).areas
    streets = [areas[code] for code in sorted(visible_to(actor_in_use(), Permission.WALL_SHARE).streets) if code in areas]
    shared: dict[str, Any] = {"rows": rows, "streets": streets, "street_names": {each.code: each.label for each in streets}}
    return render_template("wall/addresses.html", address=address, problems=problems or [], typed=request.form,
                           errors=field_errors(problems or []), days=wall_links.HOLDS.days, nav_active="heat", **shared)


def _external(token: str) -> str:
    office = app_in_use().settings.public_address
    path = url_for("wall.by_link", token=token)
    return f"{office.rstrip('/')}{path}" if office else url_for("wall.by_link", token=token, _external=True)
