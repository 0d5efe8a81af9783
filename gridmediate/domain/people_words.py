"""Who else takes part in a case: invited persons, challenges of members of the team, and the pictures that are kept with it.

Sources: People's Mediation Law art. 13 and 15 (mediators are fair), 20 (invited persons only with the parties' consent) and 23
(parties choose or accept the mediator); Shenzhen's ordinance on mediation art. 23 (disclosure and recusal).
"""

from __future__ import annotations

from enum import StrEnum

from gridmediate.domain.vocabulary import add_labels, add_phrases

#: How many invited persons a case may have at once.
GUESTS_MOST = 5
#: How many pictures a case may keep.
PICTURES_MOST = 20
#: How many of them a filing may bring along.
FILING_PICTURES_MOST = 6


class GuestKind(StrEnum):
    """Whom the mediators invite to help (People's Mediation Law art. 20)."""

    RELATIVE = "relative"
    NEIGHBOUR = "neighbour"
    EXPERT = "expert"
    LAWYER = "lawyer"
    #: A mediation studio that bears a name (调解工作室).
    STUDIO = "studio"
    OTHER = "other"


#: Who comes for what he does and not for whom he knows: the name is no secret from the team.
BY_PROFESSION = frozenset({GuestKind.EXPERT, GuestKind.LAWYER, GuestKind.STUDIO})


class AttachmentKind(StrEnum):
    """What a picture shows."""

    SIGNED_SHEET = "signed_sheet"
    PROOF = "proof"
    #: Taken when the dispute was filed.
    FILING = "filing"


#: What may be kept with an agreement.
OF_AGREEMENT = (AttachmentKind.SIGNED_SHEET, AttachmentKind.PROOF)


class Consent(StrEnum):
    """Where an invitation stands between the sides."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"


def consent_of(applicant: bool | None, respondent: bool | None) -> Consent:
    """Return where an invitation stands: one side's no ends it, only two times yes opens the door."""
    answers = (applicant, respondent)
    if False in answers:
        return Consent.REFUSED
    return Consent.AGREED if all(answers) else Consent.ASKED


add_labels({
    GuestKind.RELATIVE: ("亲属", "Relative"), GuestKind.NEIGHBOUR: ("邻里", "Neighbour"), GuestKind.EXPERT: ("专家", "Expert"),
    GuestKind.LAWYER: ("律师", "Lawyer"), GuestKind.STUDIO: ("调解工作室", "Mediation studio"),
    GuestKind.OTHER: ("其他", "Other"),
})
add_labels({
    AttachmentKind.SIGNED_SHEET: ("签名的协议", "Signed sheet"), AttachmentKind.PROOF: ("履行凭证", "Proof of performance"),
    AttachmentKind.FILING: ("上报照片", "Photo of the filing"),
})
add_labels({
    Consent.ASKED: ("等双方同意", "Waiting for both sides"), Consent.AGREED: ("双方同意", "Both sides agreed"),
    Consent.REFUSED: ("有一方不同意", "One side did not agree"),
})
add_phrases({
    # "By hand" as far as planning a team anew goes: it stays.
    "team.by_hand.guest": ("双方同意邀请（{kind}）", "Invited with both sides' consent ({kind})"),
})
