"""The coverage report: which seats have nobody, today and soon."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, render_template, request

from gridmediate.domain.permissions import Permission
from gridmediate.domain.vocabulary import Label
from gridmediate.services.grid import Grid, grid_of
from gridmediate.services.rosters import coverage
from gridmediate.web.context import reading
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

room = Rooms("coverage", __name__)

_DAYS = Label("看多少天", "Days ahead")


@room.get("/coverage", permission=Permission.ROSTER_EDIT)
def index() -> str:
    """Report the seats without a person."""
    days = Form(request.args).whole("days", _DAYS, least=1, most=180, required=False) or 30
    with reading() as session:
        report, grid = coverage(session, g.now, days=days), grid_of(session, g.now)
    return render_template("admin/coverage.html", nav_active="coverage", report=report, days=days, cell_name=_cell_name(grid))


def _cell_name(grid: Grid) -> Callable[[str], Label]:
    def name(code: str) -> Label:
        if code in grid.cells:
            return grid.cells[code].label
        return grid.areas[code].label if code in grid.areas else Label(code, code)

    return name
