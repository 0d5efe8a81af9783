"""What every request passes and every answer carries, held over every route there is."""

from __future__ import annotations

import json
import logging
import re
from uuid import uuid4

import pytest

from gridmediate.domain.permissions import Permission, holds
from gridmediate.domain.vocabulary import Role
from gridmediate.services import accounts
from gridmediate.settings import Settings
from gridmediate.web import paths, security
from gridmediate.web.app import create_app
from gridmediate.web.rooms import Access, Application, PermissionNotNamed, Rooms
from tests import builders
from tests.rig.pages import PageClient

#: Too slow for the fast lane.
pytestmark = pytest.mark.slow

_FILLERS = {"UUIDConverter": lambda: uuid4(), "IntegerConverter": lambda: 1, "FloatConverter": lambda: 1.0}


def address_of(app, rule):
    """Return an address that the rule matches, of things that do not exist."""
    values = {name: _FILLERS.get(type(kind).__name__, lambda: "x")() for name, kind in rule._converters.items()}
    with app.test_request_context():
        return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods)))


def routes(app):
    """Yield every method, address and need."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield method, address_of(app, rule), app.permission_of(rule.endpoint)


def test_a_route_that_names_no_permission_is_refused_where_it_is_written():
    room = Rooms("room", __name__)
    with pytest.raises(PermissionNotNamed, match="/nobody-asked"):
        room.get("/nobody-asked")(lambda: "")


def test_a_route_registered_past_the_blueprint_is_refused_by_the_application(app):
    app._got_first_request = False
    with pytest.raises(PermissionNotNamed):
        app.add_url_rule("/back-door", "back_door", lambda: "")


def test_every_route_names_what_it_asks_for(app):
    for rule in app.url_map.iter_rules():
        need = app.permission_of(rule.endpoint)
        assert isinstance(need, Access | Permission) or (need and all(isinstance(each, Permission) for each in need)), rule


def test_no_method_is_answered_that_was_not_declared(app, client_as):
    client = client_as(Role.ADMINISTRATOR)
    for rule in app.url_map.iter_rules():
        declared = set().union(*(other.methods for other in app.url_map.iter_rules() if other.rule == rule.rule))
        assert "OPTIONS" not in declared
        for method in {"DELETE", "PATCH", "PUT", "TRACE", "OPTIONS"} - declared:
            answer = client.open(address_of(app, rule), method=method, csrf=False)
            assert answer.status_code == 405, f"{method} {rule}"


def test_without_a_sign_in_a_page_leads_to_the_sign_in_and_a_script_is_told(app, client):
    for method, address, need in routes(app):
        if need in (Access.PUBLIC, Access.IMPERSONAL):
            continue
        answer = client.open(address, method=method, csrf=False)
        assert answer.status_code == 303 and answer.location.startswith("/sign-in"), f"{method} {address}"
        for headers in ({"Accept": "application/json"}, {"HX-Request": "true"}):
            answer = client.open(address, method=method, csrf=False, headers=headers)
            assert answer.status_code == 401 and answer.get_json()["code"] == "sign-in.needed", f"{method} {address}"


@pytest.mark.parametrize("role", list(Role))
def test_a_route_is_closed_to_who_lacks_its_permission(app, client_as, role):
    client = client_as(role)
    with app.store.reading() as session:
        actor = accounts.actor_for(session, client.account, app.clock())
    walked = 0
    for method, address, need in routes(app):
        if isinstance(need, Access):
            continue
        needed = (need,) if isinstance(need, Permission) else need
        if not any(holds(actor, each) for each in needed):
            answer = client.open(address, method=method)
            assert answer.status_code == 403, f"{role} {method} {address}"
            walked += 1
    assert walked or role in (Role.CADRE, Role.LEADER, Role.GRID_WORKER)


@pytest.mark.parametrize("spoil", [
    {}, {"X-CSRFToken": "x"}, {"X-CSRFToken": "A" * 88}, {"X-CSRFToken": "ü".encode().decode("latin-1")},
])
def test_no_form_is_taken_without_its_token(app, client_as, spoil):
    client = client_as(Role.CADRE)
    for method, address, need in routes(app):
        if method == "GET" or need is Access.IMPERSONAL:
            continue
        answer = client.open(address, method=method, csrf=False, headers=spoil)
        assert answer.status_code == 400, f"{method} {address}"


def test_the_token_of_another_person_or_of_before_the_sign_in_is_not_taken(client, client_as):
    anonymous = client.token()
    one, other = client_as(Role.CADRE), client_as(Role.CADRE)
    for token in (anonymous, other.token()):
        answer = one.post("/sign-out", csrf=False, headers={"X-CSRFToken": token})
        assert answer.status_code == 400
    assert one.post("/sign-out", csrf=False, data={"csrf_token": one.token()}).status_code == 303


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
])
def test_a_form_sent_from_another_site_is_refused_even_with_the_token(client_as, headers):
    client = client_as(Role.CADRE)
    assert client.post("/preferences", headers=headers).status_code == 400
    assert client.post("/preferences", headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_tokens_look_different_each_time(client_as):
    client = client_as(Role.CADRE)
    assert len({client.token() for _ in range(5)}) == 5


def test_every_answer_carries_the_fence(app, client_as, client):
    member = client_as(Role.LEADER)
    seen = [(method, address, browser.open(address, method=method, csrf=False)) for browser in (client, member)
            for method, address, _ in routes(app)]
    seen.append(("GET", "/nowhere", client.get("/nowhere")))
    for method, address, answer in seen:
        where, headers = f"{method} {address} {answer.status_code}", answer.headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
        assert {policy[name] for name in ("default-src", "base-uri", "frame-ancestors")} == {"'none'"}, where
        assert "unsafe" not in headers["Content-Security-Policy"] and "*" not in headers["Content-Security-Policy"], where
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["Referrer-Policy"] == "same-origin", where
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin", where
        assert "geolocation=(self)" in headers["Permissions-Policy"], where
        assert "Access-Control-Allow-Origin" not in headers, where
        assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Request-ID"]), where
        if answer.mimetype == "text/html":
            assert headers["Content-Type"] == "text/html; charset=utf-8", where
            # The page that stands in without a network is the same for everybody and lies on every phone.
            assert headers["Cache-Control"] == ("no-cache" if address == "/offline" else "no-store"), where


def test_the_nonce_is_fresh_each_time(client):
    nonces = {re.search(r"'nonce-([^']+)'", client.get("/sign-in").headers["Content-Security-Policy"]).group(1) for _ in range(3)}
    assert len(nonces) == 3


def test_over_https_cookies_are_host_cookies_and_the_browser_is_told_to_stay(tmp_path, store, clock):
    app = create_app(Settings(instance_folder=tmp_path, argon2_time_cost=1, argon2_memory_kib=64), store)
    app.clock, app.test_client_class = clock, PageClient
    with store.writing() as session:
        builders.an_account(session, Role.CADRE, login="known")
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    answer = client.post("/sign-in", base_url="https://localhost", csrf=False,
                         data={"login": "known", "password": builders.PASSWORD, "csrf_token": token})
    assert answer.status_code == 303
    for cookie in answer.headers.getlist("Set-Cookie") + page.headers.getlist("Set-Cookie"):
        assert cookie.startswith("__Host-gm_"), cookie
        assert "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie, cookie
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie, cookie


def test_over_http_no_promise_of_https_is_made(client):
    assert "Strict-Transport-Security" not in client.get("/sign-in").headers


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:8000"])
def test_a_forged_host_is_refused(client, host):
    answer = client.get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400 and "evil" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "localhost:8123"])
def test_the_hosts_of_the_settings_are_served(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_a_forwarded_host_or_address_is_not_believed_without_a_proxy_in_the_settings(app, client):
    answer = client.get("/cases-that-need-sign-in", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "1.2.3.4"})
    assert "evil" not in answer.text + str(answer.headers)


def test_a_body_beyond_the_limit_is_not_taken(app, client_as):
    client = client_as(Role.CADRE)
    token = client.token()
    app.config["MAX_CONTENT_LENGTH"] = 2000
    answer = client.post("/preferences", csrf=False, data={"csrf_token": token, "next": "x" * 3000})
    assert answer.status_code == 413
    app.config.update(MAX_CONTENT_LENGTH=10_000_000, MAX_FORM_MEMORY_SIZE=2000)
    answer = client.post("/preferences", csrf=False, data={"csrf_token": token, "next": "x" * 3000},
                         content_type="multipart/form-data")
    assert answer.status_code == 413
    app.config.update(MAX_FORM_MEMORY_SIZE=1_000_000, MAX_FORM_PARTS=3)
    answer = client.post("/preferences", csrf=False, data={"csrf_token": token, "a": "", "b": "", "c": ""},
                         content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize(("known", "least"), [(False, 64 * 1024), (True, 512 * 1024)])
def test_a_form_without_files_is_held_to_less_and_a_strangers_to_least(client, client_as, known, least):
    browser = client_as(Role.CADRE) if known else client
    data = {"csrf_token": browser.token(), "next": ""}
    for size, status in ((least - 1000, 303), (least + 1000, 413)):
        assert browser.post("/preferences", csrf=False, data={**data, "next": "x" * size}).status_code == status


@pytest.mark.parametrize("body", [b"\xff\xfe=\xff", b"&&&=", b"csrf_token=%ff", b"csrf_token[]=1"])
def test_a_body_that_cannot_be_read_is_refused_and_breaks_nothing(client, body):
    answer = client.post("/sign-in", csrf=False, data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


@pytest.mark.parametrize("given", [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "javascript:alert(1)", "http:evil.example", " //evil.example", "///evil.example", "/x" * 2000, "", None, "evil",
])
def test_the_way_back_never_leads_elsewhere(given):
    assert paths.safe_next(given) == "/"


@pytest.mark.parametrize("given", ["/cases", "/cases?cell=1&turn=mine", "/cases/LX-2026-0001#tasks", "/a//b", "/a?next=//b"])
def test_the_way_back_keeps_addresses_of_our_own(given):
    assert paths.safe_next(given) == given


def test_a_static_file_is_kept_for_a_year_under_its_version_and_for_minutes_without(app, client):
    with app.test_request_context():
        from_template = app.url_for("static", filename="css/tokens.css")
    assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{10}", from_template)
    kept = client.get(from_template)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/css/tokens.css").cache_control.max_age == 300
    assert client.get("/static/css/tokens.css?v=0000000000").cache_control.max_age == 300
    assert client.get(from_template, headers={"If-None-Match": kept.headers["ETag"]}).status_code == 304
    assert "Set-Cookie" not in kept.headers


@pytest.mark.parametrize("name", ["../setup.cfg", "css/../../setup.cfg", "..%2fsetup.cfg", "css", "nothing.css", "%00"])
def test_nothing_beside_the_static_folder_is_served(client, name):
    # A NUL is refused before any file is looked for.
    assert client.get(f"/static/{name}").status_code == (400 if name == "%00" else 404)


def test_text_is_compressed_when_the_browser_can_take_it(client):
    plain = client.get("/static/css/tokens.css")
    packed = client.get("/static/css/tokens.css", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in plain.vary and "Content-Encoding" not in plain.headers
    pages = {len(client.get("/sign-in", headers={"Accept-Encoding": "gzip"}, check=False).data) for _ in range(8)}
    assert len(pages) > 2, "the length of a compressed page must not tell how well it was compressed"


def test_the_log_holds_no_login_no_password_no_address_and_no_query(app, client, client_as, caplog):
    with caplog.at_level(logging.INFO, logger="gridmediate"):
        client.post("/sign-in?from=王小明", data={"login": "王小明13800001111", "password": "very secret words"})
        client.get("/cases?q=王小明", headers={"User-Agent": "王小明's phone"})
        client.get("/王小明/13800001111")
        client_as(Role.CADRE).get("/account/sign-ins")
    assert len(caplog.records) >= 4
    for record in caplog.records:
        line = record.getMessage()
        assert not re.search("小明|\\\\u738b|13800001111|secret|127\\.0\\.0\\.1", line), line
        assert set(json.loads(line)) == {"at", "id", "method", "route", "status", "ms", "account"}


def test_who_has_to_choose_a_password_can_do_nothing_else_first(app, client_as):
    client = client_as(Role.CADRE, must_change=True)
    for method, address, need in routes(app):
        if need is Access.IMPERSONAL or address in ("/account/password", "/sign-out", "/preferences", "/token"):
            continue
        answer = client.open(address, method=method)
        assert answer.status_code == 303 and answer.location == "/account/password", f"{method} {address}"
    assert client.get("/account/password").status_code == 200


def test_what_does_not_exist_reads_the_same_everywhere(client_as):
    client = client_as(Role.CADRE)
    answers = [client.get(address) for address in ("/nowhere", "/nowhere/else?x=1", "/static/none")]
    assert {answer.status_code for answer in answers} == {404}
    mains = {re.search(r"<main.*</main>", answer.text, re.DOTALL).group() for answer in answers}
    assert len(mains) == 1  # around it, files of everybody know of no outbox


def test_probes_answer_without_reading_a_sign_in(app, client):
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
    assert isinstance(app, Application) and security.cookie_name(app) == "gm_sign_in"
