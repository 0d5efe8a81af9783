"""Group robots: a signed JSON message over https to a listed host, in the shape that its service reads.

The file that names them holds secrets, so it lies beside the keys and not in the records::

    [housing]                       # code of a department or street
    shape = "dingtalk"              # wecom, dingtalk, or json
    address = "https://…"
    secret = "…"                    # dingtalk and json sign with it
    wakes_for_urgent = true         # urgent cases also in quiet hours; false unless said
"""

from __future__ import annotations

import base64
import hmac
import json
import ssl
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from gridmediate.domain.notices import Failure
from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.notifications.mail import trusting
from gridmediate.notifications.messages import Message, NotSent
from gridmediate.settings import Settings

_MOST_READ = 64 * 1024
#: Other statuses than these are a plain refusal.
_STATUSES = {401: Failure.SIGN_IN_REFUSED, 403: Failure.SIGN_IN_REFUSED, 429: Failure.TOO_MANY}
#: What the two services answer with status 200 (``errcode``), as recalled; any other code but 0 is a plain refusal.
_CODES = {310000: Failure.SIGN_IN_REFUSED, 93000: Failure.SIGN_IN_REFUSED, 45009: Failure.TOO_MANY, 130101: Failure.TOO_MANY}


class TargetsUnreadable(Problem):
    """The file of group robots cannot be read."""

    code = "notice.targets-unreadable"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "群机器人名单 {path} 读不出来：{fault}。请照文档改正。",
        "The file of group robots {path} cannot be read: {fault}. Correct it as the documentation says.",
    )


@dataclass(frozen=True, slots=True)
class Target:
    """The group of a department or street."""

    place: str
    shape: str
    address: str
    secret: str = ""
    wakes_for_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Posting:
    """What goes over the wire."""

    address: str
    body: bytes
    headers: dict[str, str]


def read_targets(path: Path | None) -> dict[str, Target]:
    """Return the group robots by the code of their department or street.

    Raises
    ------
    TargetsUnreadable
    """
    if path is None:
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
        targets = {place: Target(place, **given) for place, given in listed.items()}
    except (OSError, ValueError, TypeError) as error:
        raise TargetsUnreadable(path=str(path), fault=str(error)) from error
    for each in targets.values():
        if each.shape not in SHAPES:
            raise TargetsUnreadable(path=str(path), fault=f"{each.place}: shape = {each.shape!r}")
    return targets


def _json(target: Target, message: Message, now: datetime) -> Posting:
    """Sign ``<seconds>.<body>``; a receiver refuses old seconds, and a number it has seen."""
    body = _bytes({
        "key": str(message.key), "text": message.subject,
        "items": [{"case_no": each.case_no, "act": each.act, "label": each.say(message.language), "link": each.link}
                  for each in message.items],
    })
    seconds = str(int(now.timestamp()))
    signature = hmac.digest(target.secret.encode(), seconds.encode() + b"." + body, sha256).hex()
    return Posting(target.address, body, {"X-Gridmediate-Timestamp": seconds, "X-Gridmediate-Signature": f"sha256={signature}"})


def _wecom(target: Target, message: Message, now: datetime) -> Posting:
    return Posting(target.address, _said(message), {})


def _dingtalk(target: Target, message: Message, now: datetime) -> Posting:
    if not target.secret:
        return Posting(target.address, _said(message), {})
    stamp = str(int(now.timestamp() * 1000))
    sign = base64.b64encode(hmac.digest(target.secret.encode(), f"{stamp}\n{target.secret}".encode(), sha256)).decode()
    joint = "&" if urlsplit(target.address).query else "?"
    return Posting(f"{target.address}{joint}{urlencode({'timestamp': stamp, 'sign': sign})}", _said(message), {})


SHAPES: dict[str, Callable[[Target, Message, datetime], Posting]] = {"json": _json, "wecom": _wecom, "dingtalk": _dingtalk}


def _said(message: Message) -> bytes:
    return _bytes({"msgtype": "text", "text": {"content": message.body}})


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: the list of hosts would otherwise hold for the first step only."""

    def redirect_request(self, *_given: Any) -> None:
        """Go nowhere; the answer is then an error of its own status."""


class Poster:
    """Posts to group robots."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = frozenset(host.casefold() for host in settings.webhook_hosts)
        self._timeout = settings.send_timeout_seconds
        # No proxy of the environment: it would be a host that nobody has listed.
        self._opener = build_opener(_Stay, HTTPSHandler(context=trusting(settings)), ProxyHandler({}))

    def send(self, target: Target, message: Message, now: datetime) -> None:
        """Send once.

        Raises
        ------
        NotSent
        """
        where = urlsplit(target.address)
        if where.scheme != "https":
            raise NotSent(Failure.NOT_HTTPS)
        if (where.hostname or "") not in self._hosts:
            raise NotSent(Failure.HOST_NOT_LISTED)
        posting = SHAPES[target.shape](target, message, now)
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": str(message.key), **posting.headers}
        request = Request(posting.address, posting.body, headers, method="POST")  # noqa: S310 - the scheme was looked at
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                said = answer.read(_MOST_READ)
        except HTTPError as refusal:
            with refusal:
                moved = Failure.REDIRECTED if 300 <= refusal.code < 400 else Failure.REFUSED
                raise NotSent(_STATUSES.get(refusal.code, moved)) from refusal
        except URLError as error:
            raise NotSent(Failure.NO_TRUST if isinstance(error.reason, ssl.SSLError) else Failure.UNREACHABLE) from error
        except OSError as error:
            raise NotSent(Failure.UNREACHABLE) from error
        if target.shape != "json" and (code := _errcode(said)):
            raise NotSent(_CODES.get(code, Failure.REFUSED))


def _errcode(said: bytes) -> int:
    try:
        return int(json.loads(said)["errcode"])
    except (ValueError, TypeError, KeyError):
        return -1
