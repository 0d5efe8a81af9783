"""Signing in by the form, and everything that ends it."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import pytest

from gridmediate.domain.vocabulary import Role
from gridmediate.services import accounts
from gridmediate.services.passwords import DEMONSTRATION_PASSWORD
from gridmediate.settings import Settings
from gridmediate.store.models import Home
from gridmediate.web.app import create_app
from gridmediate.web.auth import device_in_words
from tests import builders
from tests.builders import PASSWORD
from tests.rig.pages import PageClient

#: Its stories take about half a second each, and there are many.
pytestmark = pytest.mark.slow


@pytest.fixture
def account(store):
    with store.writing() as session:
        return builders.an_account(session, Role.CADRE, login="JX-0312", name="陈志远")


def sign_in(client, login="JX-0312", password=PASSWORD, **more):
    return client.post("/sign-in", data={"login": login, "password": password, **more})


def is_signed_in(client):
    return client.get("/account/sign-ins").status_code == 200


def test_the_form_leads_home_and_says_who_is_in(client, account):
    answer = sign_in(client)
    assert answer.status_code == 303 and answer.location == "/"
    page = client.get("/account/sign-ins").text
    assert "陈志远" in page and "社区干部" in page and "锦溪社区" in page


def test_the_address_asked_for_first_is_where_one_arrives(client, account):
    asked = "/account/sign-ins?x=1&y=2"
    answer = client.get(asked)
    assert unquote(answer.location) == f"/sign-in?next={asked}"
    assert re.search(r'name="next" value="/account/sign-ins\?x=1&amp;y=2"', client.get(answer.location).text)
    assert sign_in(client, next=asked).location == asked


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_one_never_arrives_elsewhere(client, account, elsewhere):
    assert re.search(r'name="next" value="">\s*<div', client.get(f"/sign-in?next={quote(elsewhere)}").text)
    assert sign_in(client, next=elsewhere).location == "/"


def test_a_wrong_password_keeps_the_account_empties_the_password_and_says_the_tries_left(client, account):
    answer = sign_in(client, password="something wrong")
    assert answer.status_code == 401
    assert "账号或密码不对，还可再试 4 次。" in answer.text and 'value="JX-0312"' in answer.text
    assert "something wrong" not in answer.text and 'href="#password"' in answer.text and "autofocus" in answer.text
    assert not is_signed_in(client)


def test_an_unknown_account_gets_the_very_same_page(client, account, app):
    def page(login):
        text = sign_in(app.test_client(), login, "wrong words here").text
        return re.sub(r'name="csrf_token" value="[^"]+"', "", text).replace(login, "…")

    assert page("JX-0312") == page("JX-9999")


def test_what_is_typed_as_account_is_shown_as_text(client):
    answer = sign_in(client, login='"><script>alert(1)</script>')
    assert "<script>alert" not in answer.text and "&lt;script&gt;" in answer.text


def test_too_many_tries_are_answered_with_429_and_when_to_come_back(client, account):
    for _ in range(5):
        answer = sign_in(client, password="wrong words here")
    assert answer.status_code == 429 and "15 分钟" in answer.text
    assert sign_in(client).status_code == 429


def test_empty_fields_are_named_both_at_once_and_cost_no_try(client, account):
    for _ in range(6):
        answer = sign_in(client, login="", password="")
        assert answer.status_code == 422 and "请填写“账号”" in answer.text and "请填写“密码”" in answer.text
    assert sign_in(client).status_code == 303


def test_a_value_planted_before_the_sign_in_does_not_become_a_sign_in(client, account):
    client.set_cookie("gm_sign_in", "planted-by-somebody-else", domain="localhost")
    sign_in(client)
    assert client.get_cookie("gm_sign_in").value != "planted-by-somebody-else"
    client.set_cookie("gm_sign_in", "planted-by-somebody-else", domain="localhost")
    assert not is_signed_in(client)


def test_signing_in_anew_gives_a_new_value_and_ends_the_old(app, client, account):
    sign_in(client)
    old = client.get_cookie("gm_sign_in").value
    sign_in(client)
    assert client.get_cookie("gm_sign_in").value != old
    other = app.test_client()
    other.set_cookie("gm_sign_in", old, domain="localhost")
    assert not is_signed_in(other)


def test_an_unused_sign_in_ends_and_a_used_one_stays(client, account, clock):
    sign_in(client)
    for _ in range(5):
        clock.pass_minutes(20)
        assert is_signed_in(client)
    clock.pass_minutes(31)
    assert not is_signed_in(client)


def test_no_sign_in_outlasts_the_day(client, account, clock):
    sign_in(client)
    for _ in range(35):
        clock.pass_minutes(20)
        assert is_signed_in(client)
    clock.pass_minutes(20)
    assert not is_signed_in(client)


def test_a_closed_account_is_out_at_once(client, store, account, clock):
    sign_in(client)
    with store.writing() as session:
        admin = accounts.actor_for(session, builders.an_account(session, Role.ADMINISTRATOR), clock())
        accounts.set_active(session, account.id, False, admin, clock())
    assert not is_signed_in(client)


def test_a_post_that_ends_closes_its_pages_with_the_next_request(app, client, store, account, clock):
    sign_in(client)
    client.get("/account/sign-ins")
    with store.writing() as session:
        session.get_one(type(account), account.id).is_active = True
        for post in session.query(builders.Post).filter_by(account_id=account.id):
            post.valid_to = post.valid_from
    assert client.get("/cases").status_code in (403, 404)


def test_signing_out_ends_it_here_and_leaves_the_outbox_alone(client, account):
    sign_in(client)
    value = client.get_cookie("gm_sign_in").value
    answer = client.post("/sign-out")
    assert answer.status_code == 303 and answer.location == "/sign-in"
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert "已退出登录" in client.get("/sign-in").text
    client.set_cookie("gm_sign_in", value, domain="localhost")
    assert not is_signed_in(client)


def test_the_list_of_sign_ins_ends_another_but_never_a_strangers(app, client, client_as, account):
    sign_in(client)
    phone = app.test_client()
    phone.post("/sign-in", data={"login": "JX-0312", "password": PASSWORD},
               headers={"User-Agent": "Mozilla Android MicroMessenger"})
    page = client.get("/account/sign-ins").text
    assert "WeChat, Android" in page and "就是这里" in page
    ways = re.findall(r'action="(/account/sign-ins/[0-9a-f-]{36}/end)"', page)
    assert len(ways) == 1
    stranger = client_as(Role.CADRE)
    assert stranger.post(ways[0]).status_code == 404 and is_signed_in(phone)
    assert client.post(ways[0]).status_code == 303 and not is_signed_in(phone) and is_signed_in(client)


def test_all_others_are_ended_at_once(app, client, account):
    browsers = [app.test_client() for _ in range(3)]
    for each in (client, *browsers):
        sign_in(each)
    assert client.post("/account/sign-ins/end-others").status_code == 303
    assert is_signed_in(client) and not any(is_signed_in(each) for each in browsers)


def test_a_changed_password_ends_the_others_and_goes_on_here(app, client, account):
    other = app.test_client()
    sign_in(client), sign_in(other)
    answer = client.post("/account/password", data={"present_password": PASSWORD, "new_password": "河边有一棵大柳树"})
    assert answer.status_code == 303 and is_signed_in(client) and not is_signed_in(other)
    assert sign_in(app.test_client(), password="河边有一棵大柳树").status_code == 303


@pytest.mark.parametrize(("present", "new", "words"), [
    ("wrong", "河边有一棵大柳树", "现在的密码不对"), (PASSWORD, "short", "至少 8 位"), (PASSWORD, "password123", "太常见"),
    (PASSWORD, PASSWORD, "太常见"), ("", "", "请填写“新密码”"),
])
def test_a_refused_password_says_why_and_changes_nothing(app, client, account, present, new, words):
    sign_in(client)
    answer = client.post("/account/password", data={"present_password": present, "new_password": new})
    assert answer.status_code == 422 and words in answer.text
    assert sign_in(app.test_client()).status_code == 303


def test_a_link_from_the_administrator_sets_a_first_password(app, client, store, clock):
    with store.writing() as session:
        admin = accounts.actor_for(session, builders.an_account(session, Role.ADMINISTRATOR), clock())
        newcomer = accounts.create_account(session, accounts.NewAccount("JX-0777", "方琳"), admin, clock())
        link = accounts.invite(session, newcomer.id, admin, clock(), secret=app.secret_key)
    assert "JX-0777" in client.get(f"/invitation/{link}").text
    assert client.post(f"/invitation/{link}", data={"password": "short"}).status_code == 422
    assert client.post(f"/invitation/{link}", data={"password": PASSWORD}).location == "/sign-in"
    assert sign_in(client, "JX-0777").location == "/"
    assert client.get(f"/invitation/{link}").status_code == 404


def test_language_and_type_are_chosen_by_a_form_and_kept(client, account):
    assert 'lang="zh-CN"' in client.get("/sign-in").text
    answer = client.post("/preferences", data={"language": "en", "next": "/sign-in?lang=zh&next=/cases"})
    assert answer.status_code == 303 and answer.location == "/sign-in?next=/cases"
    client.post("/preferences", data={"type_size": "large"})
    page = client.get("/sign-in").text
    assert 'lang="en"' in page and 'data-size="large"' in page
    assert "4 more tries" in sign_in(client, password="wrong words here").text


def test_an_address_may_ask_for_a_language_once(client):
    assert 'lang="en"' in client.get("/sign-in?lang=en").text
    assert 'lang="zh-CN"' in client.get("/sign-in").text
    assert 'lang="zh-CN"' in client.get("/sign-in?lang=../etc").text


def test_an_unknown_preference_is_not_kept(client):
    answer = client.post("/preferences", data={"language": "xx", "next": "//evil.example"})
    assert answer.location == "/" and not any("gm_language" in each for each in answer.headers.getlist("Set-Cookie"))


def test_a_script_gets_a_token_only_when_signed_in(client, account):
    assert client.get("/token", headers={"Accept": "application/json"}).status_code == 401
    sign_in(client)
    answer = client.get("/token")
    assert answer.get_json()["account"] == account.id.hex and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("text", "words"), [
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/130 Mobile Safari/537 MicroMessenger/8", "WeChat, Android"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/130 Safari/537 Edg/130", "Edge, Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/604", "Safari, iPhone"), ("curl/8", ""), ("", ""),
])
def test_a_device_is_told_in_two_words(text, words):
    assert device_in_words(text) == words


def test_the_demonstration_shows_its_accounts_and_no_other_home_does(store, tmp_path, clock, client, account):
    with store.writing() as session:
        session.get_one(Home, 1).is_demonstration = True
    app = create_app(Settings(instance_folder=tmp_path, demonstration=True), store)
    app.clock, app.testing, app.test_client_class = clock, True, PageClient
    assert DEMONSTRATION_PASSWORD in app.test_client().get("/sign-in").text
    assert DEMONSTRATION_PASSWORD not in client.get("/sign-in").text, "only when the settings say so"
    with store.writing() as session:
        session.get_one(Home, 1).is_demonstration = False
    assert DEMONSTRATION_PASSWORD not in app.test_client().get("/sign-in").text, "nor for records of a real home"
