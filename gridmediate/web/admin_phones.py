"""The public phones of the county, its streets and communities, and the duty phones of cells."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import public_phones
from gridmediate.services.cell_pages import streets
from gridmediate.services.grid import grid_of
from gridmediate.services.public_phones import PhoneKind
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import say

room = Rooms("phones", __name__)

_PHONE = Label("电话", "Phone")
_LIMIT = 24


@room.get("/grid/phones", permission=Permission.CELL_IMPORT)
def index() -> str:
    """Show the phones of the county and its streets, and of one street's communities and cells."""
    return render_template("admin/phones.html", **_page(), typed={})


def _page() -> dict[str, Any]:
    with reading() as session:
        known = streets(grid_of(session, g.now))
        asked = request.values.get("street")
        street = next((area for area in known if area.code == asked), known[0] if known else None)
        rows = public_phones.read_phones(session, street.code if street else "", actor_in_use(), g.now)
    return {"nav_active": "cells", "rows": rows, "street": street.code if street else "",
            "streets": [(area.code, say(area.label)) for area in known]}


@room.post("/grid/phones", permission=Permission.CELL_IMPORT, endpoint="keep")
def keep() -> Response | AnyResponse:
    """Keep the phones."""
    form, page = Form(request.form), _page()
    sent = {
        row.code: {kind: form.text(field, _PHONE, limit=_LIMIT, required=False)
                   for kind in PhoneKind if (field := f"{kind}-{row.code}") in request.form}
        for row in page["rows"]
    }
    try:
        form.done()
        with writing() as session:
            changed = public_phones.set_phones(session, sent, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/phones.html", problem, **page, typed=form.typed)
    said = ngettext("改了 %(num)d 处的公开电话。", "改了 %(num)d 处的公开电话。", changed) if changed else gettext("没有变动。")
    flash(said, "ok")
    return redirect(url_for("phones.index", street=page["street"]), 303)
