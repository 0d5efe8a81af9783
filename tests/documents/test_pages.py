"""What stands on the pages of each paper, laid out by LibreOffice from a case that strains it."""

from __future__ import annotations

import re

import pytest

from gridmediate.documents.papers import PaperKind
from gridmediate.domain.vocabulary import label
from tests.documents.conftest import LaidOut, joined
from tests.documents.long_case import LONG_NAMES, STORY

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("papers")]

Papers = dict[tuple[PaperKind, bool], LaidOut]
_K = PaperKind
#: Papers on which all parties stand, and those on which the applicants do; a supervision slip and an index name none.
_ALL_PARTIES = frozenset(_K) - {
    _K.SUPERVISION_SLIP,
    _K.DOSSIER_COVER,
    _K.DOSSIER_INDEX,
    _K.INVESTIGATION_RECORD,
    _K.FOLLOW_UP_RECORD,
    _K.NON_ACCEPTANCE_LETTER,
}
#: Papers that tell a story of 2,000 signs, wherever their field comes from.
_WITH_STORY = frozenset(_K) - {_K.RIGHTS_NOTICE, _K.DOSSIER_COVER, _K.DOSSIER_INDEX, _K.FOLLOW_UP_RECORD}
#: The most sheets, filled with the straining case; three sessions of 2,000 signs are a thick record.
_MOST_SHEETS = {
    _K.APPLICATION: 9,
    _K.ACCEPTANCE_REGISTER: 6,
    _K.RIGHTS_NOTICE: 5,
    _K.INVESTIGATION_RECORD: 9,
    _K.MEDIATION_RECORD: 22,
    _K.AGREEMENT: 13,
    _K.ORAL_AGREEMENT_REGISTER: 9,
    _K.FOLLOW_UP_RECORD: 5,
    _K.TERMINATION_NOTICE: 7,
    _K.NON_ACCEPTANCE_LETTER: 6,
    _K.EXTENSION_REQUEST: 7,
    _K.CONFIRMATION_APPLICATION: 11,
    _K.SUPERVISION_SLIP: 5,
    _K.HANDOVER_LETTER: 10,
    _K.DOSSIER_COVER: 1,
    _K.DOSSIER_INDEX: 4,
    _K.CLOSING_REPORT: 15,
}
_FOOT = re.compile(r"(?:滨河调字〔2026〕00123号)?第(\d+)页共(\d+)页")


def _without_feet(paper: LaidOut) -> str:
    """What stands on the pages between their feet: a story runs over the end of a page."""
    return _FOOT.sub("", paper.text)


@pytest.mark.parametrize("kind", PaperKind)
def test_no_sheet_is_blank_and_each_counts_itself(laid_out: Papers, kind: PaperKind) -> None:
    for is_filled in (True, False):
        pages = laid_out[kind, is_filled].pages
        assert [_FOOT.findall(joined(page)) for page in pages] == [[(str(n), str(len(pages)))] for n in range(1, len(pages) + 1)]
        assert all(len(_FOOT.sub("", joined(page))) > 5 for page in pages)


@pytest.mark.parametrize("kind", PaperKind)
def test_a_paper_takes_no_more_sheets_than_it_must(laid_out: Papers, kind: PaperKind) -> None:
    assert len(laid_out[kind, True].pages) <= _MOST_SHEETS[kind]
    assert len(laid_out[kind, False].pages) <= 2


@pytest.mark.parametrize("kind", PaperKind)
def test_a_paper_has_its_title_and_no_brace_of_its_template(laid_out: Papers, kind: PaperKind) -> None:
    for is_filled in (True, False):
        text = _without_feet(laid_out[kind, is_filled])
        assert joined(label(kind).zh) in text
        # One of the parties is named like a field, to see that names are never read as one.
        assert not re.search(r"\{\{(?!case_no)|\{%", text)
        assert "None" not in text


@pytest.mark.parametrize("kind", sorted(_ALL_PARTIES))
def test_every_name_stands_whole_on_the_paper(laid_out: Papers, kind: PaperKind) -> None:
    text = _without_feet(laid_out[kind, True])
    assert [name for name in LONG_NAMES if joined(name) not in text] == []


@pytest.mark.parametrize("kind", sorted(_WITH_STORY))
def test_every_sign_of_the_story_stands_on_the_paper(laid_out: Papers, kind: PaperKind) -> None:
    assert len(STORY) == 2000
    assert joined(STORY) in _without_feet(laid_out[kind, True])


def test_every_clause_and_every_paper_of_the_dossier_has_its_line(laid_out: Papers) -> None:
    for kind in (_K.AGREEMENT, _K.ORAL_AGREEMENT_REGISTER, _K.CONFIRMATION_APPLICATION, _K.CLOSING_REPORT):
        text = _without_feet(laid_out[kind, True])
        assert [n for n in range(1, 13) if f"第{n}条约定" not in text] == []
    index = _without_feet(laid_out[_K.DOSSIER_INDEX, True])
    assert [n for n in range(1, 41) if f"第{n}份材料" not in index] == []


def test_the_head_of_a_register_is_repeated_on_every_sheet(laid_out: Papers) -> None:
    pages = laid_out[_K.DOSSIER_INDEX, True].pages
    assert len(pages) > 1
    # The last sheet may hold nothing but the place to sign.
    assert all("材料名称" in page for page in pages if "份材料" in page)


@pytest.mark.parametrize(("kind", "count"), [(_K.MEDIATION_RECORD, 3), (_K.INVESTIGATION_RECORD, 2), (_K.FOLLOW_UP_RECORD, 2)])
def test_each_record_begins_on_a_sheet_of_its_own(laid_out: Papers, kind: PaperKind, count: int) -> None:
    title = joined(label(kind).zh)
    beginnings = [joined(page).find(title) for page in laid_out[kind, True].pages if title in joined(page)]
    assert beginnings == [0] * count


def test_a_minor_signs_with_whoever_acts_for_them(laid_out: Papers) -> None:
    assert "代理人（法定代理人马兰花）签名" in _without_feet(laid_out[_K.AGREEMENT, True])


def test_a_cover_counts_the_parties_that_it_does_not_name(laid_out: Papers) -> None:
    cover = laid_out[_K.DOSSIER_COVER, True].text
    assert joined(LONG_NAMES[0]) in cover and "等6人" in cover and joined(LONG_NAMES[4]) not in cover


def test_what_the_record_does_not_hold_is_left_to_the_hand(laid_out: Papers) -> None:
    for kind in (_K.APPLICATION, _K.AGREEMENT):
        for word in ("性别", "民族", "年龄", "职业或职务", "联系电话"):
            assert word in laid_out[kind, True].text
    assert "____" in laid_out[_K.TERMINATION_NOTICE, False].text
