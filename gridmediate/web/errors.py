"""One table from a problem's kind to a status, for pages and for JSON, and the handler of last resort.

``INVALID`` answers 422 and not 400: the request was understood and its contents refused; 400 is for a request that is itself
broken, or a form that is not ours.
"""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.problems import Faults, Kind, NotFound, Problem
from gridmediate.domain.vocabulary import Label
from gridmediate.services.devices import DeviceRevoked
from gridmediate.web.context import RecordsFull
from gridmediate.web.language import language_in_use
from gridmediate.web.rooms import Application
from gridmediate.web.security import FormExpired, SignInNeeded

#: Kind → status, the only place where the two meet.
STATUS: dict[Kind, int] = {
    Kind.INVALID: 422, Kind.FORBIDDEN: 403, Kind.MISSING: 404, Kind.CONFLICT: 409, Kind.UNAVAILABLE: 503,
    Kind.SIGN_IN: 401, Kind.TOO_MANY: 429,
}
#: Problems that HTTP has a more exact word for than their kind.
_STATUS_OF: dict[type[Problem], int] = {FormExpired: 400, RecordsFull: 507, DeviceRevoked: 410}
_PAGES = frozenset({400, 403, 404, 409, 413, 429, 500, 503})
_RETRY_SECONDS = 5

_log = logging.getLogger("gridmediate.errors")


class RequestRefused(Problem):
    """The web server's own refusals, in the house's words."""

    code = "request.refused"
    sentence = Label(
        "这个请求不完整或看不懂，没有处理。请回上一页再试。",
        "This request is incomplete or cannot be read. Go back and try again.",
    )


class TooLarge(Problem):
    """A body beyond the limit."""

    code = "request.too-large"
    sentence = Label(
        "发来的内容太大，没有收下。请减少照片或文件后再发。",
        "What was sent is too large and was not taken. Send fewer or smaller files.",
    )


class MethodNotOpen(Problem):
    """An address that exists, asked in a way it does not answer."""

    code = "request.method-not-open"
    sentence = Label(
        "这个地址不能这样打开。请从页面上的按钮或链接进入。",
        "This address cannot be opened in this way. Use the page's own buttons and links.",
    )


class ProgramFault(Problem):
    """Something nobody foresaw."""

    code = "program.fault"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "系统出了故障，这一次没有存。请稍后再试；如果再出现，请把编号 {number} 告诉管理员。",
        "The system failed, and this was not saved. Try again later; if it happens again, give the administrator the number "
        "{number}.",
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A problem in the reader's words, as templates and JSON take it."""

    code: str
    sentence: str
    field: str | None = None


def said(problem: Problem) -> list[Said]:
    """Return a problem, or every problem of :class:`Faults`, in the reader's words."""
    each = problem.problems if isinstance(problem, Faults) else (problem,)
    return [Said(one.code, one.say(language_in_use()), one.field) for one in each]


def status_of(problem: Problem) -> int:
    """Return the status a problem is answered with."""
    return _STATUS_OF.get(type(problem), STATUS[problem.kind])


def wants_json() -> bool:
    """Return whether the reader is a script, which cannot use a page."""
    if request.headers.get("HX-Request") == "true":
        return True
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def register(app: Application) -> None:
    """Make the application answer problems, HTTP's own refusals and everything unforeseen."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unforeseen)


def answer_problem(problem: Problem) -> AnyResponse:
    """Answer a problem that no view caught."""
    if isinstance(problem, SignInNeeded):
        return _send_to_sign_in(problem)
    return _answer(problem, status_of(problem))


def refused(template: str, problem: Problem, **context: Any) -> Response:
    """Render the form again with what was typed and every fault; the status is the problem's.

    Parameters
    ----------
    template : str
    problem : Problem
        Templates get ``problems`` (a list of :class:`Said`) and ``errors`` (field → sentence) for ``error_summary`` and fields.
    **context
        What the page needs besides, ``typed=form.typed`` among it.
    """
    if wants_json():
        return make_response(_answer(problem, status_of(problem)))
    faults = said(problem)
    errors = {each.field: each.sentence for each in reversed(faults) if each.field}
    return make_response(render_template(template, problems=faults, errors=errors, **context), status_of(problem))


def _answer(problem: Problem, status: int) -> Response:
    faults = said(problem)
    if wants_json():
        body: dict[str, Any] = {"code": problem.code, "sentence": problem.say(language_in_use()), "field": problem.field}
        if isinstance(problem, Faults):
            body["problems"] = [asdict(each) for each in faults]
        answer = jsonify(body)
    else:
        answer = make_response(_page(problem, faults, status))
    answer.status_code = status
    if status in (503, 507):
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    elif status == 429:
        answer.headers["Retry-After"] = str(60 * int(problem.values.get("minutes", 1)))
    return answer


def _page(problem: Problem, faults: list[Said], status: int) -> str:
    page = status if status in _PAGES else 400 if status < 500 else 503
    # No sign-in, no address and no token on the page: what is absent and what is another's must read the same, byte for byte.
    return render_template(
        f"errors/{page}.html", problem=Said(problem.code, " ".join(each.sentence for each in faults), problem.field),
        actor=None, signed_in=None, nav=[], request=None, request_id=g.request_id if status == 500 else None,
    )


def _send_to_sign_in(problem: SignInNeeded) -> AnyResponse:
    page = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"
    if wants_json():
        answer = _answer(problem, 401)
        if request.headers.get("HX-Request") == "true":
            answer.headers["HX-Redirect"] = url_for("auth.sign_in")
        return answer
    return redirect(url_for("auth.sign_in", next=page) if page != "/" else url_for("auth.sign_in"), 303)


def _answer_http(error: HTTPException) -> AnyResponse:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if isinstance(error, SecurityError):  # the host was not one of ours, so Flask made no router, and no page can link anywhere
        return Response("400 Bad Request\n", status, content_type="text/plain; charset=utf-8")
    kinds: dict[int, type[Problem]] = {404: NotFound, 405: MethodNotOpen, 413: TooLarge}
    answer = _answer(kinds.get(status, RequestRefused)(), status)
    if status == 405 and isinstance(methods := getattr(error, "valid_methods", None), list | tuple | set):
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def _answer_unforeseen(error: Exception) -> AnyResponse:
    if current_app.testing and not current_app.config.get("ANSWER_FAULTS"):
        raise error
    # Neither the message nor the locals: an error of the database carries the row's values.
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    _log.error(json.dumps({"fault": type(error).__name__, "id": g.get("request_id"), "where": where[-12:]}))
    return _answer(ProgramFault(number=g.get("request_id", "-")), 500)
