"""A browser's stand-in that reads every page it gets and complains at once about what no page may have."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_UNLABELLED = {"hidden", "submit", "button", "image", "reset"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Page(HTMLParser):
    """One page as read: what it holds, and its faults in words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.h1s = 0
        self.title = self.language = ""
        self.tokens: list[str] = []
        self.hrefs: list[str] = []
        self._open: list[str] = []
        self._labels: set[str] = set()
        self._fields: list[tuple[str, dict[str, str]]] = []
        self._ids: set[str] = set()
        self._form: dict[str, Any] | None = None
        self._in_label = self._inert = 0
        self.feed(text)
        self.close()
        self._finish(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID:
            self._open.append(tag)
        # What a <template> holds is no part of the page until a script makes a page of it; journeys look at that.
        self._inert += tag == "template"
        self._check_attributes(tag, given)
        if self._inert:
            return
        match tag:
            case "html":
                self.language = given.get("lang", "")
            case "h1":
                self.h1s += 1
            case "label":
                self._in_label += 1
                self._labels.add(given.get("for", ""))
            case "form":
                self._form = {"method": given.get("method", "get").lower(), "action": given.get("action", ""), "token": False}
            case "input" | "select" | "textarea":
                self._note_field(tag, given)
            case "meta" if given.get("name") == "csrf-token":
                self.tokens.append(given.get("content", ""))
            case "a":
                self.hrefs.append(given.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        """Look at the end of one element."""
        self._inert -= tag == "template"
        if tag == "label" and not self._inert:
            self._in_label -= 1
        if tag == "form" and self._form is not None:
            if self._form["method"] == "post" and not self._form["token"]:
                self.faults.append(f"a form to {self._form['action']!r} carries no token")
            self._form = None
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, text: str) -> None:
        """Read the title."""
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += text

    def _check_attributes(self, tag: str, given: dict[str, str]) -> None:
        for name in given:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"<{tag}> carries {name}=, which the policy forbids")
        is_inline = tag == "style" or (tag == "script" and "src" not in given and given.get("type") != "application/json")
        if is_inline and not given.get("nonce"):
            self.faults.append(f"<{tag}> is inline and has no nonce")
        if "id" in given and not self._inert:
            if given["id"] in self._ids:
                self.faults.append(f"the id {given['id']!r} stands twice")
            self._ids.add(given["id"])
        if tag == "img" and "alt" not in given:
            self.faults.append(f"<img src={given.get('src')!r}> has no alt")
        source = given.get("src") or (given.get("href") if tag == "link" else "") or ""
        if urlsplit(source).netloc:
            self.faults.append(f"<{tag}> loads {source!r} from another host")

    def _note_field(self, tag: str, given: dict[str, str]) -> None:
        if given.get("name") == "csrf_token":
            self.tokens.append(given.get("value", ""))
            if self._form is not None:
                self._form["token"] = True
        if given.get("type", "text") in _UNLABELLED or given.keys() & {"aria-label", "aria-labelledby"} or self._in_label:
            return
        self._fields.append((tag, given))

    def _finish(self, text: str) -> None:
        for tag, given in self._fields:
            if given.get("id", "-") not in self._labels:
                self.faults.append(f"<{tag} name={given.get('name')!r}> has no label")
        if "<html" in text:
            if self.h1s != 1:
                self.faults.append(f"the page has {self.h1s} h1")
            if not self.title.strip() or self.title.strip().startswith("–"):
                self.faults.append("the page has no title")
            if self.language not in ("zh-CN", "en"):
                self.faults.append(f"the page's language is {self.language!r}")


class PageClient(FlaskClient):
    """A client that reads every page it gets (see :class:`Page`) and sends the form token with every form.

    ``post(…, csrf=False)`` leaves the token out; ``check=False`` does not read the page.
    """

    def open(self, *args: Any, csrf: bool = True, check: bool = True, **kwargs: Any) -> TestResponse:  # type: ignore[override]
        """Send one request."""
        method = str(kwargs.get("method", "GET")).upper()
        if csrf and method not in ("GET", "HEAD", "OPTIONS"):
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self.token()}
        answer = super().open(*args, **kwargs)
        is_page = answer.mimetype == "text/html" and not answer.headers.get("Content-Disposition", "").startswith("attachment")
        if check and is_page and answer.status_code != 303:
            page = Page(answer.text)
            assert not page.faults, f"{answer.request.path}: " + "; ".join(page.faults)
        return answer

    def token(self) -> str:
        """Return a fresh form token of this browser, signed in or not."""
        answer = super().open("/token", headers={"Accept": "application/json"})
        if answer.status_code == 200:
            token: str = answer.get_json()["csrf_token"]
            return token
        return Page(super().open("/sign-in").text).tokens[0]
