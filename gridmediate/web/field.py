"""What phones in the field ask of the server: similar cases, photos in parts, the key to what lies unsent, the own cases."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

from flask import Response, flash, g, jsonify, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import Label
from gridmediate.geo.crs import to_wgs84
from gridmediate.services import devices, filing_photos
from gridmediate.services.field_cases import FieldCase, field_cases
from gridmediate.services.filing_photos import PART_BYTES, Place
from gridmediate.services.grid import grid_of
from gridmediate.services.pictures import BYTES_MOST, PictureTooLarge
from gridmediate.services.similar import DAYS, NEAR_M, Asked, Similar, similar_cases
from gridmediate.web.auth import device_in_words
from gridmediate.web.context import actor_in_use, app_in_use, in_words, reading, writing
from gridmediate.web.errors import wants_json
from gridmediate.web.filing_form import NAME_LIMIT, PARTY_ROWS, PHONE_LIMIT, FilingForm
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms
from gridmediate.web.words import day_words, due_words, say

room = Rooms("field", __name__)

_FILE = Permission.CASE_FILE
_PHOTO = "/filings/<uuid:filing_key>/photos/<uuid:photo_key>"


# -- photos ------------------------------------------------------------------------------------------------------------


@room.get(_PHOTO, permission=_FILE)
def photo(filing_key: UUID, photo_key: UUID) -> Response:
    """Say how much of a photo is here."""
    with reading() as session:
        return _progress(filing_photos.received(session, Place(filing_key, photo_key), actor_in_use()))


@room.put(_PHOTO, permission=_FILE, endpoint="take_photo")
def take_photo(filing_key: UUID, photo_key: UUID) -> Response:
    """Take one part of a photo; the last one brings it to the case."""
    form = Form(request.args)
    offset = form.whole("offset", Label("从哪里开始", "Offset"), least=0, most=2**31 - 1)
    size = form.whole("size", Label("照片大小", "Size of the photo"), least=1, most=2**31 - 1)
    form.done()
    if (size or 0) > BYTES_MOST:
        raise PictureTooLarge.of()
    part = request.get_data() if (request.content_length or 0) <= PART_BYTES else b""
    if (request.content_length or len(part)) > PART_BYTES:
        raise RequestEntityTooLarge
    with in_words():
        place = Place(filing_key, photo_key)
        return _progress(filing_photos.take_part(app_in_use().store, place, offset or 0, size or 0, part, actor_in_use(), g.now))


def _progress(found: filing_photos.Received) -> Response:
    answer = jsonify({"received": found.count, "complete": found.is_complete} | (
        {"code": "photo.part-ahead"} if found.is_ahead else {}))
    answer.status_code = 409 if found.is_ahead else 200
    return answer


# -- phones that keep unsent filings -----------------------------------------------------------------------------------


@room.post("/field/devices", permission=_FILE)
def add_device() -> Response:
    """Let this phone keep unsent filings."""
    with writing() as session:
        row = devices.add(session, device_in_words(request.headers.get("User-Agent", "")), actor_in_use(), g.now)
    answer = jsonify(device=row.id.hex)
    answer.status_code = 201
    return answer


@room.signed_in("/field/key", methods=["GET"])
def key() -> Response:
    """Give a live sign-in the key to what its phone keeps."""
    device_id = Form(request.args).key("device", Label("手机", "Phone"), required=False)
    if device_id is None:
        raise NotFound
    with reading() as session:
        row, opens = devices.open_device(session, device_id, actor_in_use())
    if g.now - row.last_seen_at >= devices.SEEN_EVERY:
        with writing() as session:
            devices.touch(session, row.id, g.now)
    return jsonify(account=actor_in_use().account_id.hex, device=row.id.hex, key=urlsafe_b64encode(opens).decode().rstrip("="))


@room.signed_in("/field/devices/<uuid:device_id>/revoke", methods=["POST"])
def revoke_device(device_id: UUID) -> AnyResponse:
    """Revoke one of this person's phones: a lost one from the list, or this one as it is wiped."""
    with writing() as session:
        if not devices.revoke(session, device_id, actor_in_use(), g.now):
            raise NotFound
    if wants_json():
        return jsonify({})
    flash(gettext("已停用。那部手机上没发出的上报再也打不开。"), "ok")
    return redirect(url_for("account.sign_ins"), 303)


# -- before and after a filing -----------------------------------------------------------------------------------------


@room.post("/file/similar", permission=_FILE, endpoint="similar")
def look_for_similar() -> Response:
    """Say what may be the same matter, filed already. Posted, so that no name stands in an address."""
    form = FilingForm(request.form)
    point, typed = form.point(), form.typed
    at = to_wgs84(point.lon, point.lat, point.datum) if point else None
    with writing() as session:
        grid = grid_of(session, g.now)
        cell = form.cell_code or (grid.index.locate(*at).cell_code if at else None)
        asked = Asked(
            form.t2_code or "", cell if cell in grid.cells else None, at,
            [typed[f"party-{row}-name"][:NAME_LIMIT] for row in range(PARTY_ROWS)],
            [typed[f"party-{row}-phone"][:PHONE_LIMIT] for row in range(PARTY_ROWS)], UUID(typed["filing_key"]))
        hint = similar_cases(session, asked, actor_in_use(), g.now)
    return jsonify(similar=[_similar(each) for each in hint.cases] + ([_other()] if hint.others_near else []))


def _similar(case: Similar) -> dict[str, Any]:
    named = {"day": day_words(case.filed_at), "title": case.title, "status": say(case.status)}
    if case.same_party:
        words = gettext("当事人相同：%(day)s报的“%(title)s”，现在是“%(status)s”。", **named)
    elif case.distance_m is not None and case.distance_m <= NEAR_M:
        metres = max(10, round(case.distance_m / 10) * 10)
        words = gettext("相距约 %(n)s 米、同类：%(day)s报的“%(title)s”，现在是“%(status)s”。", n=metres, **named)
    else:
        words = gettext("同一网格、同类：%(day)s报的“%(title)s”，现在是“%(status)s”。", **named)
    return {"words": words, "case_no": case.case_no, "url": url_for("cases.show", case_no=case.case_no),
            "same_party": case.same_party}


def _other() -> dict[str, Any]:
    words = gettext("这里或相邻网格近 %(n)s 天内有同类的案子在办，社区核对时会比对。", n=DAYS)
    return {"words": words, "case_no": None, "url": None, "same_party": False}


@room.get("/field/cases", permission=_FILE)
def cases() -> Response:
    """Give a phone the own open cases to read without signal; nothing personal is in it."""
    with writing() as session:
        rows = field_cases(session, actor_in_use(), g.now)
    return jsonify(as_of=g.now.isoformat(), cases=[_row(each) for each in rows])


def _row(case: FieldCase) -> dict[str, Any]:
    due_at = case.clock.due_at
    kind = [say(case.category.head.short), say(case.category.short)]
    return {
        "case_no": case.case_no, "version": case.version, "status": case.status.value, "status_words": say(case.status),
        "category": " · ".join(dict.fromkeys(kind)), "cell": say(case.cell) or gettext("网格待认领"), "next_step": say(case.step),
        "due": due_at.isoformat() if due_at else None, "due_words": due_words(due_at, g.now) if due_at else "",
        "unread": case.is_unread,
    }
