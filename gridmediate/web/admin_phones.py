"""The public phones of the county, its streets and communities."""

from __future__ import annotations

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services import public_phones
from gridmediate.services.public_phones import PlacePhones
from gridmediate.web.context import actor_in_use, reading, writing
from gridmediate.web.errors import refused
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("phones", __name__)

_PHONE = Label("电话", "Phone")
_LIMIT = 24


@room.get("/grid/phones", permission=Permission.CELL_IMPORT)
def index() -> str:
    """Show the phones of every place."""
    return render_template("admin/phones.html", nav_active="cells", rows=_rows(), typed={})


def _rows() -> list[PlacePhones]:
    with reading() as session:
        return public_phones.read_phones(session, actor_in_use())


@room.post("/grid/phones", permission=Permission.CELL_IMPORT, endpoint="keep")
def keep() -> Response | AnyResponse:
    """Keep the phones."""
    form, rows = Form(request.form), _rows()
    sent = {row.code: (form.text(f"office-{row.code}", _PHONE, limit=_LIMIT, required=False),
                       form.text(f"complaint-{row.code}", _PHONE, limit=_LIMIT, required=False))
            for row in rows if f"office-{row.code}" in request.form}
    try:
        form.done()
        with writing() as session:
            changed = public_phones.set_phones(session, sent, actor_in_use(), g.now)
    except Problem as problem:
        return refused("admin/phones.html", problem, nav_active="cells", rows=rows, typed=form.typed)
    said = ngettext("改了 %(num)d 处的公开电话。", "改了 %(num)d 处的公开电话。", changed) if changed else gettext("没有变动。")
    flash(said, "ok")
    return redirect(url_for("phones.index"), 303)
