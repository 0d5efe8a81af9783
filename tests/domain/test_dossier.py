"""The dossier's table: each piece in each case, what it lacks, and which papers a case can have."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gridmediate.domain.agreements import ClauseState, Confirmation
from gridmediate.domain.case_words import AgreementState, Outcome, State
from gridmediate.domain.dossier import (
    DOSSIER,
    NAMES_MINORS,
    PAPERS,
    DossierFacts,
    Page,
    PartyFacts,
    Piece,
    Proof,
    Standing,
    check,
    how_many,
    missing,
)
from gridmediate.domain.legal_routes import legal_routes
from gridmediate.domain.vocabulary import Side, Source, label
from tests.rig.walk import walked

TOLD = PartyFacts(1, Side.APPLICANT, is_told=True, identity_seen=True)
OTHER = replace(TOLD, number=2, side=Side.RESPONDENT)
#: A case that was mediated, agreed, kept and closed, with nothing left out.
WHOLE = DossierFacts(
    State.CLOSED, Outcome.AGREED_WRITTEN, was_accepted=True, parties=(TOLD, OTHER), sessions_held=1,
    agreement=AgreementState.IN_FORCE, written=1, clauses=(ClauseState.KEPT,), follow_ups_done=1,
)
OPEN = DossierFacts(State.FILED)


def lacks_of(piece: Piece, case: DossierFacts) -> list[tuple[Page, int | None]]:
    """Return the gaps of one piece: where each is made good, and of which party."""
    row = next(each for each in check(case) if each.row.piece is piece)
    return [(lack.page, lack.party) for lack in row.lacks]


def standing(piece: Piece, case: DossierFacts) -> Standing:
    """Return how one piece stands."""
    return next(each.standing for each in check(case) if each.row.piece is piece)


def test_each_piece_stands_once_and_each_paper_lies_in_one_piece() -> None:
    assert [row.piece for row in DOSSIER] == list(Piece)
    laid = [paper for row in DOSSIER for paper in row.papers]
    assert sorted(laid) == sorted(PAPERS)
    assert set(PAPERS) > NAMES_MINORS
    for kind in (Piece, Standing, Page, Proof):
        assert all(label(word).zh and label(word).en for word in kind)


def test_what_every_dossier_must_hold_is_what_the_forms_say() -> None:
    assert {row.piece for row in DOSSIER if row.is_must} == {
        Piece.APPLICATION, Piece.RIGHTS_NOTICE, Piece.IDENTITY, Piece.MEDIATION_RECORD, Piece.OUTCOME, Piece.COVER, Piece.INDEX}


def test_a_whole_case_lacks_nothing_and_what_it_did_not_need_is_not_asked_for() -> None:
    assert missing(WHOLE) == []
    assert {each.row.piece for each in check(WHOLE) if each.standing is Standing.NOT_NEEDED} == {
        Piece.POWER_OF_ATTORNEY, Piece.INVESTIGATION, Piece.CONFIRMATION}
    assert standing(Piece.EVIDENCE, WHOLE) is Standing.ON_PAPER


@walked(("piece", "change", "lacks"), [
    (Piece.APPLICATION, {"was_accepted": False, "outcome": None, "state": State.FILED}, [(Page.ACTS, None)]),
    (Piece.APPLICATION, {"was_accepted": False, "outcome": None, "source": Source.PARTY}, []),
    (Piece.RIGHTS_NOTICE, {"parties": ()}, [(Page.PARTIES, None)]),
    (Piece.RIGHTS_NOTICE, {"parties": (TOLD, replace(OTHER, is_told=False))}, [(Page.RIGHTS, 2)]),
    (Piece.IDENTITY, {"parties": (replace(TOLD, identity_seen=False), OTHER)}, [(Page.SEEN, 1)]),
    (Piece.POWER_OF_ATTORNEY, {"parties": (TOLD, replace(OTHER, has_agent=True))}, [(Page.SEEN, 2)]),
    (Piece.POWER_OF_ATTORNEY, {"parties": (replace(TOLD, has_agent=True, power_seen=True),)}, []),
    (Piece.MEDIATION_RECORD, {"sessions_held": 0}, [(Page.SESSIONS, None)]),
    (Piece.MEDIATION_RECORD, {"minutes_waiting": 2}, [(Page.SESSIONS, None)]),
    (Piece.OUTCOME, {"agreement": AgreementState.UNSIGNED}, [(Page.AGREEMENT, None)]),
    (Piece.OUTCOME, {"outcome": None}, [(Page.ACTS, None)]),
    (Piece.RECEIPTS, {"clauses": (ClauseState.KEPT, ClauseState.OPEN, ClauseState.BROKEN)}, [(Page.AGREEMENT, None)]),
    (Piece.RECEIPTS, {"clauses": (ClauseState.GIVEN_UP,)}, []),
    (Piece.FOLLOW_UP, {"follow_ups_done": 0, "follow_ups_open": 1}, [(Page.FOLLOW_UPS, None)]),
    (Piece.CONFIRMATION, {"confirmation": Confirmation.APPLIED}, [(Page.AGREEMENT, None)]),
    (Piece.CONFIRMATION, {"confirmation": Confirmation.CONFIRMED}, []),
])
def test_a_gap_is_told_with_the_page_where_it_is_made_good(piece: Piece, change: dict, lacks: list) -> None:
    case = replace(WHOLE, **change)
    assert lacks_of(piece, case) == lacks
    assert standing(piece, case) is (Standing.MISSING if lacks else Standing.PRESENT)


@walked(("outcome", "accepted", "needed"), [
    (Outcome.REFUSED, False, False), (Outcome.REFUSED, True, True), (Outcome.NOT_ACCEPTED, False, False),
    (Outcome.SOLVED_ON_SPOT, False, False), (None, False, True), (None, True, True),
])
def test_what_ended_before_it_was_taken_on_asks_nothing_of_the_parties(outcome: Outcome, accepted: bool, needed: bool) -> None:
    case = DossierFacts(State.CLOSED, outcome, was_accepted=accepted, parties=(PartyFacts(1, Side.APPLICANT),))
    for piece in (Piece.RIGHTS_NOTICE, Piece.IDENTITY):
        assert (standing(piece, case) is Standing.MISSING) is needed, piece


def test_who_refuses_before_the_first_session_leaves_no_minutes_missing() -> None:
    case = DossierFacts(State.REFUSED, Outcome.REFUSED, was_accepted=True, parties=(TOLD,))
    assert missing(case) == []
    assert standing(Piece.MEDIATION_RECORD, replace(case, sessions_held=1)) is Standing.PRESENT


@walked(("paper", "change", "count"), [
    ("application", {}, 1), ("application", {"outcome": Outcome.REFUSED}, 0),
    ("application", {"outcome": Outcome.REFUSED, "source": Source.PARTY}, 1),
    ("application", {"outcome": Outcome.DUPLICATE, "source": Source.PARTY}, 0),
    ("acceptance_register", {}, 0), ("acceptance_register", {"was_accepted": True}, 1),
    ("rights_notice", {}, 1), ("rights_notice", {"outcome": Outcome.NOT_ACCEPTED}, 0),
    ("investigation_record", {"investigations": 2}, 2), ("mediation_record", {"sessions_held": 3}, 3),
    ("agreement", {"written": 2}, 2), ("agreement", {"oral": 1}, 0), ("oral_agreement_register", {"oral": 1}, 1),
    ("follow_up_record", {"follow_ups_done": 2, "follow_ups_open": 1}, 2),
    *(("termination_notice", {"outcome": outcome}, int(outcome in {
        Outcome.REFUSED, Outcome.WITHDRAWN, Outcome.TERMINATED, Outcome.NOT_PERFORMED})) for outcome in Outcome),
    *(("non_acceptance_letter", {"outcome": outcome}, int(outcome is Outcome.NOT_ACCEPTED)) for outcome in Outcome),
    *(("handover_letter", {"outcome": outcome}, int(outcome is Outcome.REFERRED)) for outcome in Outcome),
    ("extension_request", {}, 0), ("extension_request", {"extension_asked": True}, 1),
    ("confirmation_application", {}, 0), ("confirmation_application", {"may_confirm": True}, 1),
    ("confirmation_application", {"confirmation": Confirmation.CONFIRMED}, 1), ("supervision_slip", {"supervisions": 2}, 2),
    ("dossier_cover", {}, 1), ("dossier_cover", {"outcome": Outcome.DUPLICATE}, 0), ("dossier_index", {}, 1),
    *(("closing_report", {"state": state}, int(state not in {
        State.FILED, State.ACCEPTED, State.TEAM_FORMED, State.MEDIATING, State.REOPENED})) for state in State),
])
def test_a_paper_can_be_made_as_often_as_the_case_has_what_it_tells(paper: str, change: dict, count: int) -> None:
    assert how_many(paper, replace(OPEN, **change)) == count


PARTIES = st.lists(st.builds(PartyFacts, st.just(0), st.sampled_from(Side), *[st.booleans()] * 4), max_size=4).map(
    lambda rows: tuple(replace(row, number=place) for place, row in enumerate(rows, 1)))
FEW = st.integers(0, 3)
CASES = st.builds(
    DossierFacts, st.sampled_from(State), st.none() | st.sampled_from(Outcome), st.sampled_from(Source), st.booleans(), PARTIES,
    FEW, FEW, FEW, st.sampled_from(AgreementState), FEW, FEW, st.lists(st.sampled_from(ClauseState), max_size=3).map(tuple), FEW,
    FEW, st.booleans(), st.sampled_from(Confirmation), st.booleans(), FEW)


@given(CASES)
def test_a_piece_is_missing_exactly_where_something_lacks(case: DossierFacts) -> None:
    for each in check(case):
        assert (each.standing is Standing.MISSING) is bool(each.lacks)
        for lack in each.lacks:
            assert lack.party is None or 1 <= lack.party <= len(case.parties)
            assert lack.words.zh and lack.words.en.isascii()
    assert all(how_many(paper, case) >= 0 for paper in PAPERS)
    assert len(missing(case)) == sum(len(each.lacks) for each in check(case))


def test_labour_goes_to_arbitration_first_land_to_the_government_and_all_else_to_court() -> None:
    assert "仲裁" in legal_routes("10")[0].name.zh and legal_routes("10") == legal_routes("11")
    assert "人民政府" in legal_routes("07")[0].body.zh
    for code in ("10", "07", "02", "99"):
        assert legal_routes(code)[-1].body.zh == "人民法院", code
