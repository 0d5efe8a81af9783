"""The photo of the signed sheet: sealed, shown only to who may see the parties, each look recorded, gone when removed."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from gridmediate.domain.people_words import PICTURES_MOST, AttachmentKind
from gridmediate.domain.problems import NotFound, NotPermitted
from gridmediate.domain.workflow import Act, State
from gridmediate.services import attachments, casepage
from gridmediate.services.attachments import FileClosed, TooManyPictures
from gridmediate.services.pictures import Picture, redraw
from gridmediate.store.encryption import SealBroken
from gridmediate.store.models import Agreement, Attachment, Case
from tests.rig.world import World
from tests.services.pictures_sent import photo


@pytest.fixture
def street_url(sqlite_street_url: str) -> str:
    """One kind of database is enough here: no statement of these services is written for one of them."""
    return sqlite_street_url

SHEET = redraw(photo(120, 90))


def agreement_of(world: World, case_no: str) -> uuid.UUID:
    """Return the newest agreement of a case."""
    with world.store.reading() as session:
        return session.scalars(select(Agreement.id).join(Case, Case.id == Agreement.case_id).where(Case.case_no == case_no)
                               .order_by(Agreement.made_at.desc())).first() or uuid.uuid4()


def attached(world: World, case_no: str, by: str = "worker", kind: AttachmentKind = AttachmentKind.SIGNED_SHEET,
             picture: Picture = SHEET) -> Attachment:
    """Keep a photo with the agreement of a case."""
    row: Attachment = world.do(attachments.attach, case_no, agreement_of(world, case_no), kind, picture, by=by)
    return row


def stored(world: World) -> list[Attachment]:
    """Return all pictures with their contents."""
    with world.store.reading() as session:
        return list(session.scalars(select(Attachment).options(undefer(Attachment.content_sealed)).order_by(Attachment.id)))


@pytest.mark.parametrize("state", [State.AGREED_WRITTEN, State.PERFORMING, State.CLOSED])
def test_a_photo_is_kept_sealed_and_shown_to_the_team_and_each_look_is_recorded(world: World, state: State) -> None:
    case_no = world.a_case(state)
    row = attached(world, case_no)
    (kept,) = stored(world)
    assert SHEET.content[:40] not in (kept.content_sealed or b"")
    for who in ("worker", "cadre"):
        shown = world.do(attachments.show, case_no, row.id, by=who)
        assert (shown.content, shown.mime) == (SHEET.content, "image/jpeg")
    assert world.acts(case_no)[-3:] == ["attachment.add", "attachment.read", "attachment.read"]
    view = world.do(casepage.read_case, case_no, by="cadre")
    assert [entry.act for entry in view.timeline].count("attachment.read") == 0
    (named,) = view.rights.attachments
    assert (named.kind, named.width, named.height, named.size_bytes) == (
        AttachmentKind.SIGNED_SHEET, 120, 90, len(SHEET.content))


@pytest.mark.parametrize(("who", "kind"), [
    ("housing", NotPermitted), ("leader", NotPermitted), ("other_cadre", NotFound), ("auditor", NotFound),
])
def test_who_may_not_see_the_parties_sees_no_photo_and_not_that_there_is_one(world: World, who: str, kind: type) -> None:
    case_no = world.a_case(State.PERFORMING)
    row = attached(world, case_no)
    with pytest.raises(kind):
        world.do(attachments.show, case_no, row.id, by=who)
    with pytest.raises(kind):
        attached(world, case_no, by=who)
    with pytest.raises(kind):
        world.do(attachments.remove, case_no, row.id, by=who)
    if kind is NotPermitted:
        assert world.do(casepage.read_case, case_no, by=who).rights.attachments == ()


def test_a_photo_belongs_to_its_case_and_to_an_agreement_that_stands(world: World) -> None:
    case_no, other = world.a_case(State.PERFORMING), world.a_case(State.PERFORMING)
    row = attached(world, case_no)
    for service in (attachments.show, attachments.remove):
        with pytest.raises(NotFound):
            world.do(service, other, row.id, by="cadre")
    for foreign in (agreement_of(world, other), uuid.uuid4()):
        with pytest.raises(NotFound):
            world.do(attachments.attach, case_no, foreign, AttachmentKind.PROOF, SHEET, by="cadre")
    unsigned = world.a_case(State.AGREED_WRITTEN)
    world.act(unsigned, Act.RETURN_TO_MEDIATION)
    with pytest.raises(NotFound):
        attached(world, unsigned)


def test_a_removed_photo_is_gone_and_the_record_still_knows_it(world: World) -> None:
    case_no = world.a_case(State.PERFORMING)
    row = attached(world, case_no)
    world.do(attachments.remove, case_no, row.id, by="cadre")
    (left,) = stored(world)
    assert (left.content_sealed, left.removed_at, left.digest) == (None, world.now, row.digest)
    for service in (attachments.show, attachments.remove):
        with pytest.raises(NotFound):
            world.do(service, case_no, row.id, by="cadre")
    assert world.entries(case_no)[-1].details["digest"] == row.digest.hex()
    assert world.do(casepage.read_case, case_no, by="cadre").rights.attachments == ()


def test_nothing_is_added_to_an_archived_file_or_taken_from_it(world: World) -> None:
    case_no = world.a_case(State.CLOSED)
    row = attached(world, case_no)
    world.follow_up(case_no)
    world.act(case_no, Act.ARCHIVE)
    with pytest.raises(FileClosed):
        attached(world, case_no)
    with pytest.raises(FileClosed):
        world.do(attachments.remove, case_no, row.id, by="cadre")
    assert world.do(attachments.show, case_no, row.id, by="cadre").content == SHEET.content


def test_a_file_keeps_so_many_photos_and_no_more(world: World) -> None:
    case_no = world.a_case(State.PERFORMING)
    rows = [attached(world, case_no) for _ in range(PICTURES_MOST)]
    with pytest.raises(TooManyPictures):
        attached(world, case_no)
    world.do(attachments.remove, case_no, rows[0].id, by="worker")
    attached(world, case_no)


def test_a_photo_moved_to_another_row_does_not_open(world: World) -> None:
    case_no = world.a_case(State.PERFORMING)
    first, second = attached(world, case_no), attached(world, case_no, picture=redraw(photo(90, 120)))
    with world.store.writing() as session:
        rows = {row.id: row for row in session.scalars(select(Attachment).options(undefer(Attachment.content_sealed)))}
        rows[first.id].content_sealed = rows[second.id].content_sealed
    with pytest.raises(SealBroken):
        world.do(attachments.show, case_no, first.id, by="cadre")


def test_the_page_of_a_case_opens_no_photo(world: World) -> None:
    case_no = world.a_case(State.PERFORMING)
    attached(world, case_no)
    with world.statements() as sent:
        world.do(casepage.read_case, case_no, by="cadre")
    assert not [each for each in sent if "content_sealed" in each]
