"""Photos of a filing in parts: sent twice, at once, after a lost answer or a fault, they double nothing and lose nothing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from gridmediate.domain.people_words import FILING_PICTURES_MOST, AttachmentKind
from gridmediate.domain.workflow import State
from gridmediate.services import attachments, casepage, filing_photos
from gridmediate.services.attachments import FileClosed
from gridmediate.services.filing_photos import FilingNotIn, PartNotWhole, Place, Received, TooManyFilingPhotos, take_part
from gridmediate.services.pictures import BYTES_MOST, PictureNotRead, PictureTooLarge
from gridmediate.services.sweep import sweep
from gridmediate.store.engine import Store
from gridmediate.store.models import Attachment, Case, PhotoPart
from tests.rig.world import KEYRING, World
from tests.services.pictures_sent import PLACE, photo
from tests.store.test_races import at_once

SENT = photo(120, 90)
HALF = len(SENT) // 2


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database; what depends on it has a test of its own below."""
    return sqlite_street_url


@pytest.fixture
def place(world: World) -> Place:
    """A photo of a filing that is in."""
    return a_place(world)


def a_place(world: World, filing_key: uuid.UUID | None = None) -> Place:
    if filing_key is None:
        filing_key = uuid.uuid4()
        world.file(filing_key=filing_key)
    return Place(filing_key, uuid.uuid4())


def send(world: World, place: Place, offset: int, content: bytes, size: int = len(SENT), by: str = "worker") -> Received:
    return take_part(world.store, place, offset, size, content, world.people[by], world.now)


def here(world: World, place: Place, by: str = "worker") -> Received:
    with world.store.reading() as session:
        return filing_photos.received(session, place, world.people[by])


def kept(world: World) -> list[Attachment]:
    with world.store.reading() as session:
        return list(session.scalars(select(Attachment).options(undefer(Attachment.content_sealed))))


def test_a_photo_in_two_parts_goes_to_the_case_without_its_position_and_its_parts_are_gone(world: World, place: Place) -> None:
    assert send(world, place, 0, SENT[:HALF]) == Received(HALF) == here(world, place)
    assert send(world, place, 0, SENT[:HALF]) == Received(HALF)
    assert send(world, place, len(SENT) - 1, SENT[-1:]) == Received(HALF, is_ahead=True)
    with world.store.reading() as session:
        (part,) = session.scalars(select(PhotoPart.content_sealed)).all()
    assert SENT[:40] not in part
    assert send(world, place, HALF, SENT[HALF:]) == Received(len(SENT), is_complete=True)
    assert send(world, place, 0, SENT[:HALF]).is_complete
    assert here(world, place).is_complete
    (row,) = kept(world)
    assert (row.kind, row.width, row.height) == (AttachmentKind.FILING, 120, 90)
    assert world.count(PhotoPart) == 0
    case_no = only_case(world)
    shown = world.do(attachments.show, case_no, row.id, by="cadre")
    assert PLACE.encode() not in shown.content
    assert [each.kind for each in world.do(casepage.read_case, case_no, by="cadre").rights.attachments] == [AttachmentKind.FILING]
    assert world.acts(case_no)[-3:] == ["attachment.add", "attachment.read", "case.read"]
    world.do(attachments.remove, case_no, row.id, by="worker")
    assert send(world, place, 0, SENT[:HALF]).is_complete, "a photo that was removed does not come back"
    assert kept(world)[0].content_sealed is None


def only_case(world: World) -> str:
    with world.store.reading() as session:
        return session.scalars(select(Case.case_no)).one()


def test_an_answer_lost_before_the_photo_was_drawn_is_made_good_by_any_further_part(
        world: World, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(filing_photos, "redraw", lambda _sent: (_ for _ in ()).throw(SystemExit))
        send(world, place, 0, SENT)
    assert here(world, place) == Received(len(SENT))
    assert send(world, place, len(SENT), b"").is_complete
    assert len(kept(world)) == 1


def test_what_cannot_be_opened_is_refused_and_leaves_nothing(world: World, place: Place) -> None:
    broken = SENT[:HALF]
    with pytest.raises(PictureNotRead):
        send(world, place, 0, broken, len(broken))
    assert (world.count(PhotoPart), len(kept(world)), here(world, place)) == (0, 0, Received(0))
    with pytest.raises(PictureTooLarge):
        send(world, place, 0, b"x", BYTES_MOST + 1)
    for offset, part in ((0, b""), (0, SENT + b"x")):
        with pytest.raises(PartNotWhole):
            send(world, place, offset, part)
    assert send(world, place, 0, SENT[:HALF]) == Received(HALF)
    # The same key with another size is another photo: it begins anew.
    assert send(world, place, 0, SENT[:10], len(SENT) + 1) == Received(10)


def test_parts_are_their_owners_and_wait_for_the_filing_to_come_in(world: World, place: Place) -> None:
    send(world, place, 0, SENT[:HALF])
    assert here(world, place, by="cadre") == Received(0)
    for stranger, where in (("cadre", place), ("worker", Place(uuid.uuid4(), place.photo_key))):
        with pytest.raises(FilingNotIn):
            send(world, where, HALF, SENT[HALF:], by=stranger)


def test_a_filing_brings_six_photos_and_a_closed_file_takes_none(world: World, place: Place) -> None:
    send(world, place, 0, SENT[:HALF])
    for _ in range(FILING_PICTURES_MOST - 1):
        assert send(world, a_place(world, place.filing_key), 0, SENT).is_complete
    with pytest.raises(TooManyFilingPhotos):
        send(world, a_place(world, place.filing_key), 0, SENT)
    assert send(world, place, HALF, SENT[HALF:]).is_complete
    filing_key = uuid.uuid4()
    world.a_case(State.ARCHIVED, filing_key=filing_key)
    with pytest.raises(FileClosed):
        send(world, a_place(world, filing_key), 0, SENT)


def test_parts_that_nobody_completes_are_swept_after_a_month(world: World, place: Place) -> None:
    send(world, place, 0, SENT[:HALF])
    sweep(world.store, world.now + timedelta(days=29))
    assert world.count(PhotoPart) == 1
    sweep(world.store, world.now + timedelta(days=31))
    assert world.count(PhotoPart) == 0


def twice_at_once(world: World) -> None:
    place = a_place(world)
    first = at_once(*[lambda: send(world, place, 0, SENT[:HALF])] * 4)
    assert first == [Received(HALF)] * 4, first
    assert world.count(PhotoPart) == 1
    last = at_once(*[lambda: send(world, place, HALF, SENT[HALF:])] * 4)
    assert all(each.count == len(SENT) or each.is_complete for each in last), last
    assert here(world, place).is_complete
    assert len(kept(world)) == 1
    assert world.acts(only_case(world)).count("attachment.add") == 1


def test_the_same_parts_at_the_same_moment_make_one_photo(world: World) -> None:
    twice_at_once(world)


@pytest.mark.postgres
@pytest.mark.slow
def test_the_same_parts_at_the_same_moment_make_one_photo_on_postgres(postgres_street_url: str) -> None:
    world = World(Store(postgres_street_url, KEYRING))
    twice_at_once(world)
    assert not world.faults()
    world.store.close()
