"""What phones in the field ask of the server: the photos of a filing, in parts; the key to what a phone keeps unsent."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from uuid import UUID

from flask import Response, flash, g, jsonify, redirect, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from gridmediate.domain.permissions import Permission
from gridmediate.domain.problems import NotFound
from gridmediate.domain.vocabulary import Label
from gridmediate.services import devices, filing_photos
from gridmediate.services.filing_photos import PART_BYTES, Place
from gridmediate.services.pictures import BYTES_MOST, PictureTooLarge
from gridmediate.web.auth import device_in_words
from gridmediate.web.context import actor_in_use, app_in_use, in_words, reading, writing
from gridmediate.web.errors import wants_json
from gridmediate.web.forms import Form
from gridmediate.web.rooms import Rooms

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
