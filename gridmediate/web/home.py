"""The address without a path, and the probes that watchdogs ask."""

from __future__ import annotations

import time
from threading import Lock

from flask import Response, jsonify, redirect, request
from sqlalchemy import update
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.problems import Problem
from gridmediate.store.models import Home
from gridmediate.web import context, paths
from gridmediate.web.errors import status_of
from gridmediate.web.rooms import Rooms

room = Rooms("home", __name__)

#: A probe that anybody may ask must not become a way to keep writers waiting, so its answer is kept this long.
_READY_SECONDS = 5.0


class _LastProbe:
    lock = Lock()
    at = 0.0
    status = 503


@room.signed_in("/", methods=["GET"])
def index() -> AnyResponse:
    """Send everybody to the own first screen."""
    return redirect(paths.first_screen(context.app_in_use(), context.actor_in_use(), on_phone=_is_phone()), 303)


def _is_phone() -> bool:
    # What the browser says outright, else the word that phones' browsers have agreed on. A wrong guess costs one tap.
    said = request.headers.get("Sec-CH-UA-Mobile", "")
    return said == "?1" if said else "Mobi" in request.user_agent.string


@room.impersonal("/healthz", methods=["GET"])
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@room.impersonal("/readyz", methods=["GET"])
def readyz() -> Response:
    """Say whether the records can be written: a row is really written, since a full disk shows only then."""
    with _LastProbe.lock:
        if time.monotonic() - _LastProbe.at > _READY_SECONDS:
            _LastProbe.status, _LastProbe.at = _write_probe(), time.monotonic()
    answer = jsonify(status="ok" if _LastProbe.status == 200 else "unavailable")
    answer.status_code = _LastProbe.status
    return answer


def _write_probe() -> int:
    try:
        with context.writing() as records:
            records.execute(update(Home).values(name=Home.name))
    except Problem as problem:
        return status_of(problem)
    return 200
