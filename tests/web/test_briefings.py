"""The pages of briefings and call-backs, as forms without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from gridmediate.domain.vocabulary import Role

ClientAs = Callable[..., Any]


def first_draft(client: Any) -> str:
    """Return the address of the first draft."""
    return re.findall(r'href="(/briefings/[0-9a-f-]{36})"', client.get("/briefings").text)[0]


def test_a_leader_edits_issues_prints_and_corrects(client_as: ClientAs) -> None:
    client = client_as(Role.LEADER)
    address = first_draft(client)
    page = client.get(address).text
    assert "数从哪来" in page
    assert "规则 total.new" in page
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    form = {"version": version, "line-total.new": "本周\n平稳。", "keep-total.new": "1", "line-total.ends": "x",
            "editor": "综治中心", "report_to": "区里", "send_to": "各社区", "add-next": "走访"}
    assert client.post(address, data=form).status_code == 303
    page = client.get(address).text
    assert "本周 平稳。" in page
    refused = client.post(address, data=form | {"add-next": "110101199003070011"})
    assert refused.status_code == 409  # an old version
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    refused = client.post(address, data=form | {"version": version, "add-next": "110101199003070011"})
    assert refused.status_code == 422
    assert "110101199003070011" in refused.text
    assert client.post(f"{address}/recount").status_code == 303
    assert client.post(f"{address}/issue", data={}).status_code == 303
    issued = client.get(address).text
    assert "2026年第1期" in issued
    assert "<textarea" not in issued
    assert client.post(address, data=form).status_code == 409
    assert "2026年第1期" in client.get(f"{address}/print").text
    file = client.get(f"{address}/word")
    assert file.data == client.get(f"{address}/word").data
    assert file.headers["Content-Type"].endswith("wordprocessingml.document")
    correction = client.post(f"{address}/correct").headers["Location"]
    assert "更正2026年第1期" in client.get(correction).text


def test_the_pages_read_in_english(client_as: ClientAs) -> None:
    client = client_as(Role.LEADER)
    client.set_cookie("gm_language", "en")
    page = client.get(first_draft(client)).text
    assert "Where this comes from" in page
    assert "New disputes this week" in page
    assert "Call-back sample" in client.get("/call-backs").text


def test_a_sample_of_nothing_is_refused_in_words(client_as: ClientAs) -> None:
    client = client_as(Role.LEADER)
    refused = client.post("/call-backs", data={"of": "990101001|2026-10-01", "size": "30"})
    assert refused.status_code == 409
    assert "没有可抽的" in refused.text
    assert client.post("/call-backs", data={"of": "990101001|x", "size": "30"}).status_code == 404
    assert "至少" in client.post("/call-backs", data={"of": "990101001|2026-10-01", "size": "3"}).text
    assert client_as(Role.CADRE).get("/call-backs").status_code == 200
