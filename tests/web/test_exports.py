"""Exporting over HTTP: refused in words, decided by another, handed out as a file, and the auditor sees what was refused."""

from __future__ import annotations

import pytest

from gridmediate.domain import case_exports
from gridmediate.domain.vocabulary import Role
from tests import builders


def test_a_list_is_asked_for_decided_by_another_and_taken(client_as, store, clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_exports, "ALONE_ROWS", 0)
    leader, county, auditor = client_as(Role.LEADER), client_as(Role.COORDINATOR, name="许承礼"), client_as(Role.AUDITOR)
    worker = client_as(Role.GRID_WORKER)
    filed = {"filing_key": "0" * 32, "t2_code": "0201", "facts": "楼上漏水", "cell_code": builders.CELL}
    assert worker.post("/cases", data=filed).status_code == 303
    assert "/exports/new?desk=street" in leader.get("/cases").text and "/exports/new" not in county.get("/cases").text
    assert "要另一个人批准" in leader.get("/exports/new?desk=street&head=02").text
    asked = {"desk": "street", "head": "02", "purpose": "周例会", "format": "csv"}
    assert leader.post("/exports", data=asked | {"purpose": ""}).status_code == 422
    assert leader.post("/exports", data=asked).headers["Location"] == "/exports"
    page = county.get("/exports").text
    assert "周例会" in page and "漏水" not in page
    at = page.partition('href="/exports/')[2].partition('"')[0]
    refused = leader.post(f"/exports/{at}/take")
    assert refused.status_code == 403 and "批准后才能下载" in refused.text
    verdict = {"verdict": "grant", "reason": "已核"}
    assert leader.post(f"/exports/{at}/decide", data=verdict).status_code == 403
    assert county.post(f"/exports/{at}/decide", data=verdict | {"reason": ""}).status_code == 422
    assert county.post(f"/exports/{at}/decide", data=verdict).status_code == 303
    assert county.post(f"/exports/{at}/decide", data=verdict).status_code == 409
    taken = leader.post(f"/exports/{at}/take")
    assert taken.status_code == 200 and "漏水" not in taken.text and "LX-2026-0001" in taken.text
    assert taken.headers["Content-Disposition"].startswith("attachment; filename=cases-DC-20261123-")
    assert (taken.headers["Cache-Control"], int(taken.headers["Content-Length"])) == ("no-store", len(taken.data))
    assert county.post(f"/exports/{at}/take").status_code == 403
    for status in (303, 303, 429):
        assert leader.post("/exports", data=asked).status_code == status
    seen = auditor.get("/audit").text
    assert "被拒 3 次" in seen and "200 件以上获准 1 次" in seen
    assert "export.spent" in auditor.get("/audit?act=export.refused").text
    assert "export.not-granted" in auditor.get("/audit?act=export.refused").text
