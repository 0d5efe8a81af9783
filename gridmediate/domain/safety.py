"""Care for people's safety: the colour of a case, what a contact changes, and the steps where domestic violence is suspected.

Flags describe the case and end with it; nobody is listed, and nothing here is a score.

Sources: People's Mediation Law art. 25 (preventive steps, word to the police at once); Anti-Domestic-Violence Law art. 14
(whoever finds suspected violence against a person without or with limited capacity reports it at once, and the police keep the
reporter secret), art. 16 (warning letter), 18 (shelter), 19 (legal aid), 23 and 28 (protection order within 72 hours, in
urgent cases within 24), art. 35 (liability of who had to report and did not). The colours follow the practice of streets that
name red cases by conflict and risk; their limits are the ones of the leaders' map.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridmediate.domain.indicators import Alert
from gridmediate.domain.routing import URGENT_FLAGS, urgency_of
from gridmediate.domain.vocabulary import Flag, Label, Urgency, add_labels, add_phrases, label

#: How late an open case is grave: red on the case, the list and the map alike.
GRAVE_AFTER = timedelta(days=7)

add_phrases({
    "team.because_of": ("接触中发现“{flags}”，加派。{reason}", "Added because of “{flags}”. {reason}"),
})

_LATE = Label("已经超期", "overdue")
_LONG_LATE = Label("超期 7 天以上", "more than seven days overdue")
_URGENT = Label("加急", "urgent")
_IN_TIME = Label("在期限内，没有标记", "in time, nothing marked")


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, yellow or blue, and why.

    Parameters
    ----------
    alert : Alert
        ``NONE`` once the case has ended.
    why : tuple of Label
        What made it so: circumstances, lateness.
    """

    alert: Alert
    why: tuple[Label, ...] = ()


def is_grave(urgency: Urgency, due_at: datetime | None, now: datetime) -> bool:
    """Return whether an open case is red: somebody may be hurt, or it is more than seven days late."""
    return urgency is Urgency.URGENT or (due_at is not None and due_at < now - GRAVE_AFTER)


def colour_of(flags: Collection[Flag | str], urgency: Urgency, *, is_open: bool, due_at: datetime | None,
              now: datetime) -> Colour:
    """Return the colour of a case.

    Red where somebody may be hurt, or more than seven days late; yellow where it is late or a circumstance calls for care; blue
    while it is open otherwise.
    """
    if not is_open:
        return Colour(Alert.NONE)
    marked = [Flag(flag) for flag in Flag if flag in flags]
    grave = [label(flag) for flag in marked if flag in URGENT_FLAGS]
    if due_at is not None and due_at < now - GRAVE_AFTER:
        grave.append(_LONG_LATE)
    if grave or urgency is Urgency.URGENT:
        return Colour(Alert.RED, tuple(grave) or (_URGENT,))
    care = [label(flag) for flag in marked] + ([_LATE] if due_at is not None and due_at < now else [])
    return Colour(Alert.YELLOW, tuple(care)) if care else Colour(Alert.BLUE, (_IN_TIME,))


def flags_after(before: Iterable[Flag | str], seen: Collection[Flag], gone: Collection[Flag]) -> tuple[Flag, ...]:
    """Return the circumstances after a contact; what is said to be there and gone at once is there."""
    stays = ({Flag(flag) for flag in before} - set(gone)) | set(seen)
    return tuple(flag for flag in Flag if flag in stays)


def urgency_after(before: Urgency, flags: Collection[Flag], *, is_explained: bool) -> Urgency:
    """Return the urgency after a contact; it falls only where somebody says why.

    Notes
    -----
    Sessions of a red case need two of the team. Without a reason that rule would fall away silently under a session planned.
    """
    found = urgency_of(flags)
    return before if before is Urgency.URGENT and not is_explained else found


class SafetyStep(StrEnum):
    """What is done where domestic violence is suspected, in this order."""

    SAFE_NOW = "safe_now"
    POLICE_TOLD = "police_told"
    LIMITED_CAPACITY = "limited_capacity"
    FULL_CAPACITY = "full_capacity"
    TOLD_WARNING = "told_warning"
    TOLD_ORDER = "told_order"
    TOLD_SHELTER = "told_shelter"
    TOLD_FEDERATION = "told_federation"
    TOLD_LEGAL_AID = "told_legal_aid"
    SAFE_CONTACT = "safe_contact"


add_labels({
    SafetyStep.SAFE_NOW: ("人现在安全", "The person is safe now"),
    SafetyStep.POLICE_TOLD: ("已报公安", "Reported to the police"),
    SafetyStep.LIMITED_CAPACITY: ("有：未成年人、认不清自己行为的人", "Yes: a minor, or somebody who cannot judge what happens"),
    SafetyStep.FULL_CAPACITY: ("没有", "No"),
    SafetyStep.TOLD_WARNING: ("告诫书：公安可以对施暴人出具", "Warning letter: the police may give one to whoever was violent"),
    SafetyStep.TOLD_ORDER: ("人身安全保护令：向法院申请，72 小时内作出，紧急的 24 小时内",
                            "Protection order: the court decides within 72 hours, in urgent cases within 24"),
    SafetyStep.TOLD_SHELTER: ("临时庇护：民政的庇护场所", "Shelter: the civil affairs office has places"),
    SafetyStep.TOLD_FEDERATION: ("妇联 12338", "Women's federation, 12338"),
    SafetyStep.TOLD_LEGAL_AID: ("法律援助 12348", "Legal aid, 12348"),
    SafetyStep.SAFE_CONTACT: ("安全联系方式", "Safe contact"),
})

#: What the person is told of, each ticked by itself: one sentence read out to five headings is not being told.
TOLD = (SafetyStep.TOLD_WARNING, SafetyStep.TOLD_ORDER, SafetyStep.TOLD_SHELTER, SafetyStep.TOLD_FEDERATION,
        SafetyStep.TOLD_LEGAL_AID)
#: Of two answers to one question the later stands.
INSTEAD_OF: dict[SafetyStep, SafetyStep] = {
    SafetyStep.LIMITED_CAPACITY: SafetyStep.FULL_CAPACITY,
    SafetyStep.FULL_CAPACITY: SafetyStep.LIMITED_CAPACITY,
}


def must_report(done: Collection[SafetyStep], police_at: datetime | None) -> bool:
    """Return whether the law obliges to report at once and nobody has (Anti-Domestic-Violence Law art. 14)."""
    return SafetyStep.LIMITED_CAPACITY in done and police_at is None
