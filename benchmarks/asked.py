"""What is asked of the program: a filing, and the pages that people look at all day, by whom."""

from __future__ import annotations

import uuid
from random import Random

from benchmarks.world import COUNTY, street_of
from gridmediate.services.grid import Grid

FILING = "file a case"
_FACTS = "楼上卫生间漏水，泡坏了楼下天花板，修了两次没有修好，双方吵过三回，物业也来看过。"

#: What is measured → who asks, and for which address.
PAGES: dict[str, tuple[str, str]] = {
    "list of a community, 100 rows": ("cadre", "/cases?rows=100"),
    "list of a street with 15,000 open, 100 rows": ("leader", "/cases?rows=100"),
    "the same, waiting for departments": ("leader", "/cases?rows=100&turn=departments"),
    "tasks of a department, 100 rows": ("staff", "/tasks?rows=100&tab=in_progress"),
    "case page": ("cadre", "/cases/{case_no}"),
    "worker's today": ("worker", "/today"),
    "counts of a street's cells now": ("leader", "/map/counts?months=1"),
    "counts of a street's cells, 12 months": ("leader", "/map/counts"),
    "counts of all 2,000 cells now": ("county", f"/map/counts?street={COUNTY}&months=1"),
    "days to settle of all 2,000 cells": ("county", f"/map/counts?street={COUNTY}&months=1&measure=median_days"),
    "open cases of a street by source and age": ("leader", "/map/counts?source=worker&age=30"),
}


def first_cell(grid: Grid, street: int) -> str:
    """Return the first cell of a street, from 1."""
    return next(code for code in grid.cells if code.startswith(street_of(street)))


def logins(grid: Grid) -> dict[str, str]:
    """Return who signs in for the pages: all of the crowded street, but for the county's own."""
    cell = first_cell(grid, 1)
    return {
        "worker": f"worker-{cell}", "cadre": f"cadre-{cell[:12]}", "leader": "leader-1", "staff": "dept-housing",
        "county": "county",
    }


def a_filing(grid: Grid, cell_code: str, random: Random) -> dict[str, str]:
    """Return the fields of the last step of a filing, as the page sends them, by somebody who has filed nothing before."""
    middle = grid.outlines[cell_code].centroid
    return {
        "step": "facts", "filing_key": str(uuid.uuid4()), "lon": str(middle.x + random.gauss(0, 1e-4)),
        "lat": str(middle.y + random.gauss(0, 1e-4)), "accuracy_m": "12", "datum": "wgs84", "place_method": "position",
        "cell_code": cell_code, "t2_code": "0203", "facts": _FACTS, "address": "3号楼2单元501室", "willingness": "willing",
        "flags": "minor", "source": "worker",
        "party-0-side": "applicant", "party-0-name": f"王建国{random.getrandbits(40)}", "party-0-phone": "13800001234",
        "party-1-side": "respondent", "party-1-name": "李秀英", "party-1-phone": "13800005678",
    }
