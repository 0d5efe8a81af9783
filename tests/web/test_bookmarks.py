"""Views of the map under names: one's own, of known keys only, thirty at most."""

from __future__ import annotations

import re

from gridmediate.domain.vocabulary import Role
from gridmediate.services.bookmarks import MOST

SAVE = "/map/bookmarks"


def test_a_view_is_kept_opened_renamed_and_deleted_by_its_owner_alone(client_as) -> None:
    leader, other = client_as(Role.LEADER), client_as(Role.LEADER)
    page = leader.get("/map?head=02&measure=per_1000&lang=zh&x=<b>").text
    query = re.search(r'name="query" value="([^"]*)"', page)
    assert query and query[1].replace("&amp;", "&") == "measure=per_1000&head=02"
    assert re.search(r'name="name" value="[^"]*每千户件数 邻里"', page), "the name says place, measure and filter"
    asked = "?head=02&measure=late&next=//evil&month=2026-10&street=<script>&view=table"
    kept = leader.post(SAVE, data={"name": "周一看", "query": asked})
    assert (kept.status_code, kept.headers["Location"]) == (303, "/map?view=table&measure=late&head=02&month=2026-10")
    again = leader.post(SAVE, data={"name": "周一看", "query": "measure=open"})
    assert again.status_code == 303, "the same name is the same bookmark"
    assert leader.post(SAVE, data={"name": "全年", "query": ""}).status_code == 303
    assert "已收藏" in leader.get("/map").text
    page = leader.get("/map?view=table&measure=open").text
    assert 'href="/map?measure=open"' in page and page.count("周一看") == 1
    assert "周一看" in leader.get("/map?view=levels").text and "周一看" not in other.get("/map").text + other.get(SAVE).text
    keys = re.findall(rf'action="{SAVE}/([0-9a-f-]+)/delete"', leader.get(SAVE).text)
    assert len(keys) == 2
    for act in ("rename", "delete"):
        assert other.post(f"{SAVE}/{keys[0]}/{act}", data={"name": "x"}).status_code == 404
    for taken in ("", "周一看"):
        statuses = {leader.post(f"{SAVE}/{key}/rename", data={"name": taken}).status_code for key in keys}
        assert statuses == ({422} if not taken else {303, 409})
    assert leader.post(f"{SAVE}/{keys[0]}/delete").status_code == 303
    for number in range(MOST - 1):
        assert leader.post(SAVE, data={"name": f"第{number}个", "query": ""}).status_code == 303
    full = leader.post(SAVE, data={"name": "再来一个", "query": ""})
    assert full.status_code == 409 and str(MOST) in full.text
    assert client_as(Role.GRID_WORKER).get(SAVE).status_code == 403
