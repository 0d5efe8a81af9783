"""The dossier of a case (卷宗): what it must hold, what of it is there, and where each gap is made good.

A row says when it applies and what it lacks; :func:`check` reads the rows, and nothing else decides. A lack is told, it bars no
act: an office that closes without a paper answers for it at its own review.

Sources: index of the dossier in the ministry's forms of December 2010; People's Mediation Law art. 17, 23, 26 to 29, 31 and 33.
Copies of identity papers are not kept: that they were seen is (Personal Information Protection Law art. 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.agreements import ClauseState, Confirmation
from gridmediate.domain.case_words import AgreementState, Outcome, State
from gridmediate.domain.vocabulary import Label, Side, Source, add_labels, label
from gridmediate.domain.workflow import OPEN_STATES


class Piece(StrEnum):
    """What a dossier holds, in the order of its index."""

    APPLICATION = "application"
    RIGHTS_NOTICE = "rights_notice"
    IDENTITY = "identity"
    POWER_OF_ATTORNEY = "power_of_attorney"
    INVESTIGATION = "investigation"
    EVIDENCE = "evidence"
    MEDIATION_RECORD = "mediation_record"
    OUTCOME = "outcome"
    RECEIPTS = "receipts"
    FOLLOW_UP = "follow_up"
    CONFIRMATION = "confirmation"
    CLOSING_REPORT = "closing_report"
    COVER = "cover"
    INDEX = "index"


class Standing(StrEnum):
    """How a piece of the dossier stands."""

    PRESENT = "present"
    MISSING = "missing"
    NOT_NEEDED = "not_needed"
    #: Kept on paper alone; the record cannot tell.
    ON_PAPER = "on_paper"


class Page(StrEnum):
    """Where a gap is made good."""

    ACTS = "acts"
    PARTIES = "parties"
    RIGHTS = "rights"
    SEEN = "seen"
    SESSIONS = "sessions"
    AGREEMENT = "agreement"
    FOLLOW_UPS = "follow_ups"


class Proof(StrEnum):
    """What the office looks at, or keeps on paper, of a party; the record keeps the day."""

    IDENTITY = "identity"
    POWER = "power"


add_labels({
    Piece.APPLICATION: ("申请书或受理登记表", "Application, or acceptance register"),
    Piece.RIGHTS_NOTICE: ("权利义务告知书", "Notice of rights and duties"),
    Piece.IDENTITY: ("身份证明", "Proof of identity"),
    Piece.POWER_OF_ATTORNEY: ("授权委托书", "Power of attorney"),
    Piece.INVESTIGATION: ("调查记录", "Investigation record"),
    Piece.EVIDENCE: ("证据材料", "Evidence"),
    Piece.MEDIATION_RECORD: ("调解记录", "Mediation record"),
    Piece.OUTCOME: ("协议书，或依法终结的文书", "Agreement, or the paper of a lawful end"),
    Piece.RECEIPTS: ("履行凭证", "Receipts of performance"),
    Piece.FOLLOW_UP: ("回访记录", "Follow-up record"),
    Piece.CONFIRMATION: ("司法确认材料", "Judicial confirmation"),
    Piece.CLOSING_REPORT: ("结案报告表", "Closing report"),
    Piece.COVER: ("卷宗封面", "Cover"),
    Piece.INDEX: ("卷宗目录", "Index"),
})
add_labels({
    Standing.PRESENT: ("有", "Present"), Standing.MISSING: ("缺", "Missing"), Standing.NOT_NEEDED: ("不需要", "Not needed"),
    Standing.ON_PAPER: ("有的附后", "Attach if any"),
})
add_labels({
    Page.ACTS: ("去办理", "Go to the acts"), Page.PARTIES: ("补充当事人", "Add the parties"),
    Page.RIGHTS: ("登记告知", "Record the notice"), Page.SEEN: ("登记已看", "Record that it was seen"),
    Page.SESSIONS: ("记笔录", "Write the minutes"), Page.AGREEMENT: ("去协议", "Go to the agreement"),
    Page.FOLLOW_UPS: ("登记回访", "Record the follow-up"),
})
add_labels({Proof.IDENTITY: ("身份证明已核对", "Identity seen"), Proof.POWER: ("授权委托书已收", "Power of attorney kept")})


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What the dossier asks about a party; *number* is its place among the parties, from 1."""

    number: int
    side: Side
    is_told: bool = False
    identity_seen: bool = False
    has_agent: bool = False
    power_seen: bool = False


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """What the rows look at.

    Parameters
    ----------
    state : State
    outcome : Outcome or None
    source : Source
    was_accepted : bool
    parties : tuple of PartyFacts
    sessions_held, minutes_waiting, investigations : int
        Minutes wait where a planned session has begun and nobody has said what came of it.
    agreement : AgreementState
    written, oral : int
        Agreements that stand; partial ones are written.
    clauses : tuple of ClauseState
        Of the agreements that stand, in their order.
    follow_ups_done, follow_ups_open : int
    extension_asked : bool
    confirmation : Confirmation
    may_confirm : bool
        An agreement is in force and the period for the joint application runs.
    supervisions : int
    """

    state: State
    outcome: Outcome | None = None
    source: Source = Source.WORKER
    was_accepted: bool = False
    parties: tuple[PartyFacts, ...] = ()
    sessions_held: int = 0
    minutes_waiting: int = 0
    investigations: int = 0
    agreement: AgreementState = AgreementState.NONE
    written: int = 0
    oral: int = 0
    clauses: tuple[ClauseState, ...] = ()
    follow_ups_done: int = 0
    follow_ups_open: int = 0
    extension_asked: bool = False
    confirmation: Confirmation = Confirmation.NONE
    may_confirm: bool = False
    supervisions: int = 0


@dataclass(frozen=True, slots=True)
class Lack:
    """A gap: what is missing in words, and where it is made good.

    Parameters
    ----------
    words : Label
    page : Page
    party : int or None
        The place of the party it is about.
    """

    words: Label
    page: Page
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of the dossier.

    Parameters
    ----------
    piece : Piece
    is_must : bool
        Whether every dossier holds it; the others are put in as needed.
    applies : callable
        Whether this case needs it.
    lacks : callable
        What is missing where it applies.
    papers : tuple of str
        The papers that make it up, by the names of their templates.
    is_on_paper : bool
        The record holds nothing of it.
    """

    piece: Piece
    is_must: bool
    applies: Callable[[DossierFacts], bool]
    lacks: Callable[[DossierFacts], tuple[Lack, ...]] = lambda _case: ()
    papers: tuple[str, ...] = ()
    is_on_paper: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A row as it stands for one case."""

    row: Row
    standing: Standing
    lacks: tuple[Lack, ...] = ()


#: Ends that a party or the committee set to mediation, told on one notice.
TERMINATED = frozenset({Outcome.REFUSED, Outcome.WITHDRAWN, Outcome.TERMINATED, Outcome.NOT_PERFORMED})
_AGREED = frozenset({Outcome.AGREED_ORAL, Outcome.AGREED_WRITTEN})


def _is_taken(case: DossierFacts) -> bool:
    # What ended before it was taken on leaves a party nothing to be told and to prove.
    return case.was_accepted or case.outcome is None


def _is_applied_for(case: DossierFacts) -> bool:
    return _is_taken(case) or (case.source is Source.PARTY and _has_dossier(case))


def _of_party(party: PartyFacts, words: Label, page: Page) -> Lack:
    side = label(party.side)
    return Lack(Label(f"{side.zh}（当事人 {party.number}）{words.zh}", f"{side.en} (party {party.number}): {words.en}"), page,
                party.number)


def _application(case: DossierFacts) -> tuple[Lack, ...]:
    if case.was_accepted or case.source is Source.PARTY:
        return ()
    return (Lack(Label("案件还没有受理，没有登记表", "the case is not accepted yet, so there is no register"), Page.ACTS),)


def _told(case: DossierFacts) -> tuple[Lack, ...]:
    if not case.parties:
        return (Lack(Label("还没有登记当事人", "no party is recorded yet"), Page.PARTIES),)
    words = Label("还没有告知权利义务", "not told its rights and duties yet")
    return tuple(_of_party(party, words, Page.RIGHTS) for party in case.parties if not party.is_told)


def _identity(case: DossierFacts) -> tuple[Lack, ...]:
    words = Label("身份证明还没有核对", "proof of identity not seen yet")
    return tuple(_of_party(party, words, Page.SEEN) for party in case.parties if not party.identity_seen)


def _power(case: DossierFacts) -> tuple[Lack, ...]:
    words = Label("有代理人，授权委托书还没有收", "has an agent, and no power of attorney was kept yet")
    return tuple(_of_party(party, words, Page.SEEN) for party in case.parties if party.has_agent and not party.power_seen)


def _minutes(case: DossierFacts) -> tuple[Lack, ...]:
    if case.minutes_waiting:
        return (Lack(Label(f"有 {case.minutes_waiting} 次约好的调解没有记笔录，也没有登记没开成",
                           f"{case.minutes_waiting} planned sessions have neither minutes nor a word that they did not happen"),
                     Page.SESSIONS),)
    if case.sessions_held:
        return ()
    return (Lack(Label("还没有调解记录", "no session is recorded yet"), Page.SESSIONS),)


def _needs_minutes(case: DossierFacts) -> bool:
    # Who refuses or withdraws before the first session leaves no record of one.
    return _is_taken(case) and (case.outcome is None or case.outcome in _AGREED or bool(case.sessions_held))


def _outcome(case: DossierFacts) -> tuple[Lack, ...]:
    if case.agreement is AgreementState.UNSIGNED:
        return (Lack(Label("协议书还没有签名盖章", "the agreement is not signed and sealed yet"), Page.AGREEMENT),)
    if case.outcome is None:
        return (Lack(Label("还没有协议，也没有依法终结", "neither an agreement nor a lawful end yet"), Page.ACTS),)
    return ()


def _receipts(case: DossierFacts) -> tuple[Lack, ...]:
    return tuple(
        Lack(Label(f"第 {number} 条还没有登记履行凭证", f"clause {number}: no proof of performance recorded yet"), Page.AGREEMENT)
        for number, state in enumerate(case.clauses, 1) if state is ClauseState.OPEN)


def _follow_ups(case: DossierFacts) -> tuple[Lack, ...]:
    if not case.follow_ups_open:
        return ()
    return (Lack(Label(f"还有 {case.follow_ups_open} 次回访没有做", f"{case.follow_ups_open} follow-ups are still to be made"),
                 Page.FOLLOW_UPS),)


def _court(case: DossierFacts) -> tuple[Lack, ...]:
    if case.confirmation is not Confirmation.APPLIED:
        return ()
    return (Lack(Label("已申请司法确认，还没有登记法院的结果", "applied for, and the court's decision is not recorded yet"),
                 Page.AGREEMENT),)


def _has_dossier(case: DossierFacts) -> bool:
    return case.outcome is not Outcome.DUPLICATE


DOSSIER: tuple[Row, ...] = (
    Row(Piece.APPLICATION, True, _is_applied_for, _application, ("application", "acceptance_register")),
    Row(Piece.RIGHTS_NOTICE, True, _is_taken, _told, ("rights_notice",)),
    Row(Piece.IDENTITY, True, _is_taken, _identity),
    Row(Piece.POWER_OF_ATTORNEY, False, lambda case: any(party.has_agent for party in case.parties), _power),
    Row(Piece.INVESTIGATION, False, lambda case: case.investigations > 0, papers=("investigation_record",)),
    Row(Piece.EVIDENCE, False, _is_taken, is_on_paper=True),
    Row(Piece.MEDIATION_RECORD, True, _needs_minutes, _minutes, ("mediation_record",)),
    Row(Piece.OUTCOME, True, _has_dossier, _outcome, ("agreement", "oral_agreement_register", "termination_notice",
                                                      "non_acceptance_letter", "handover_letter")),
    Row(Piece.RECEIPTS, False, lambda case: bool(case.clauses), _receipts),
    Row(Piece.FOLLOW_UP, False, lambda case: case.follow_ups_done + case.follow_ups_open > 0, _follow_ups, ("follow_up_record",)),
    Row(Piece.CONFIRMATION, False, lambda case: case.confirmation is not Confirmation.NONE, _court,
        ("confirmation_application",)),
    Row(Piece.CLOSING_REPORT, False, lambda case: case.outcome is not None and _has_dossier(case), papers=(
        "extension_request", "supervision_slip", "closing_report")),
    Row(Piece.COVER, True, _has_dossier, papers=("dossier_cover",)),
    Row(Piece.INDEX, True, _has_dossier, papers=("dossier_index",)),
)


def check(case: DossierFacts) -> tuple[Checked, ...]:
    """Return every piece of the dossier as it stands, in the order of its index."""
    return tuple(_checked(row, case) for row in DOSSIER)


def _checked(row: Row, case: DossierFacts) -> Checked:
    if not row.applies(case):
        return Checked(row, Standing.NOT_NEEDED)
    if row.is_on_paper:
        return Checked(row, Standing.ON_PAPER)
    lacks = row.lacks(case)
    return Checked(row, Standing.MISSING if lacks else Standing.PRESENT, lacks)


def missing(case: DossierFacts) -> list[Lack]:
    """Return everything the dossier still lacks, in the order of its index."""
    return [lack for each in check(case) for lack in each.lacks]


def _from(condition: Callable[[DossierFacts], bool]) -> Callable[[DossierFacts], int]:
    return lambda case: int(condition(case))


#: Paper → how many of it the case can have now, by the names of the templates and in the order of a case's life.
PAPERS: dict[str, Callable[[DossierFacts], int]] = {
    "application": _from(_is_applied_for),
    "acceptance_register": _from(lambda case: case.was_accepted),
    "rights_notice": _from(_is_taken),
    "investigation_record": lambda case: case.investigations,
    "mediation_record": lambda case: case.sessions_held,
    "agreement": lambda case: case.written,
    "oral_agreement_register": lambda case: case.oral,
    "follow_up_record": lambda case: case.follow_ups_done,
    "termination_notice": _from(lambda case: case.outcome in TERMINATED),
    "non_acceptance_letter": _from(lambda case: case.outcome is Outcome.NOT_ACCEPTED),
    "extension_request": _from(lambda case: case.extension_asked),
    "confirmation_application": _from(lambda case: case.may_confirm or case.confirmation is not Confirmation.NONE),
    "supervision_slip": lambda case: case.supervisions,
    "handover_letter": _from(lambda case: case.outcome is Outcome.REFERRED),
    "dossier_cover": _from(_has_dossier),
    "dossier_index": _from(_has_dossier),
    "closing_report": _from(lambda case: case.state not in OPEN_STATES and _has_dossier(case)),
}

#: Papers on which a minor's name has to stand, because the law asks who the parties are: what is signed or handed to a court,
#: and the committee's own registers. On all others it is masked (Law on the Protection of Minors art. 103).
NAMES_MINORS = frozenset({
    "application", "acceptance_register", "mediation_record", "agreement", "oral_agreement_register", "confirmation_application",
})


def how_many(paper: str, case: DossierFacts) -> int:
    """Return how many of a paper the case can have now."""
    return PAPERS[paper](case)
