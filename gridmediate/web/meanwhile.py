"""What was changed in a case since the page or the phone of a reader showed it, in the reader's words.

A form that comes back carries the version of the case that its page showed. Where that is not the newest any more, the page says
under its refusal what is different, whatever the refusal is about: sent once more, the form passes.
"""

from __future__ import annotations

from typing import Any

from flask import Response, g, jsonify
from sqlalchemy.orm import Session

from gridmediate.domain.problems import ChangedMeanwhile
from gridmediate.services.casepage import CaseView
from gridmediate.services.changes import Change, changes_since, read_changes
from gridmediate.web.context import actor_in_use, writing
from gridmediate.web.errors import status_of
from gridmediate.web.words import moment_words, say


def since(session: Session, case: CaseView, version: int | None) -> list[dict[str, Any]]:
    """Return what a page shows of the changes since *version*; nothing if none was sent or it is the newest."""
    if version is None or version >= case.version:
        return []
    return [_said(each) for each in changes_since(session, case.case_no, version, actor_in_use(), g.now)]


def for_script(case_no: str, version: int, problem: ChangedMeanwhile) -> Response:
    """Return the refusal of something that was written on a phone while the case moved on."""
    with writing() as session:
        newest, found = read_changes(session, case_no, version, actor_in_use(), g.now)
    answer = jsonify(code=problem.code, sentence=say(problem), field=problem.field, version=newest, changes=[
        _said(each) | {"at": each.at.isoformat()} for each in found])
    answer.status_code = status_of(problem)
    return answer


def _said(change: Change) -> dict[str, Any]:
    return {"at": moment_words(change.at), "by": say(change.by), "act": say(change.act), "field": say(change.field) or None,
            "was": _words(change.was), "now": _words(change.now)}


def _words(value: Any) -> str | None:
    return say(value) or None
