"""The words of a case's life: its states, the acts that lead on, how it ends, what an act asks for, and whom it is told to."""

from __future__ import annotations

from enum import StrEnum

from gridmediate.domain.vocabulary import Level, add_labels


class State(StrEnum):
    """Where a case stands."""

    FILED = "filed"
    ACCEPTED = "accepted"
    TEAM_FORMED = "team_formed"
    MEDIATING = "mediating"
    AGREED_ORAL = "agreed_oral"
    AGREED_WRITTEN = "agreed_written"
    PERFORMING = "performing"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFERRED = "referred"
    NOT_ACCEPTED = "not_accepted"
    DUPLICATE = "duplicate"
    SOLVED_ON_SPOT = "solved_on_spot"
    CLOSED = "closed"
    ARCHIVED = "archived"
    REOPENED = "reopened"


class Act(StrEnum):
    """What may be done with a case."""

    ACCEPT = "accept"
    NOT_ACCEPT = "not_accept"
    MARK_DUPLICATE = "mark_duplicate"
    SOLVE_ON_SPOT = "solve_on_spot"
    FORM_TEAM = "form_team"
    NOTE_SESSION = "note_session"
    AGREE_ORALLY = "agree_orally"
    AGREE_IN_WRITING = "agree_in_writing"
    AGREE_PARTLY = "agree_partly"
    RETURN_TO_MEDIATION = "return_to_mediation"
    START_PERFORMING = "start_performing"
    END_UNPERFORMED = "end_unperformed"
    SUSPEND = "suspend"
    RESUME = "resume"
    ASK_EXTENSION = "ask_extension"
    GRANT_EXTENSION = "grant_extension"
    DENY_EXTENSION = "deny_extension"
    ESCALATE = "escalate"
    TAKE_UP = "take_up"
    BRING_DOWN = "bring_down"
    NOTIFY_POLICE = "notify_police"
    RECORD_REFUSAL = "record_refusal"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"
    REFER = "refer"
    CLOSE = "close"
    CLOSE_AS_DEPARTMENT = "close_as_department"
    ARCHIVE = "archive"
    REOPEN = "reopen"


class Outcome(StrEnum):
    """How a case ended, kept when it is closed."""

    AGREED_ORAL = "agreed_oral"
    AGREED_WRITTEN = "agreed_written"
    SETTLED_BY_DEPARTMENT = "settled_by_department"
    SOLVED_ON_SPOT = "solved_on_spot"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    REFERRED = "referred"
    NOT_PERFORMED = "not_performed"
    NOT_ACCEPTED = "not_accepted"
    DUPLICATE = "duplicate"


class Clock(StrEnum):
    """What an act does to the case's own deadline."""

    KEEP = "keep"
    START_MEDIATION = "start_mediation"
    #: The period that ran before the agreement runs on, as if it had not been stopped.
    GO_ON = "go_on"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    STOP = "stop"


class Audience(StrEnum):
    """Who is told."""

    FILER = "filer"
    CADRE = "cadre"
    TEAM = "team"
    DEPARTMENTS = "departments"
    #: The leaders of the level that is asked, or the county's coordinators.
    ABOVE = "above"


class Needs(StrEnum):
    """What an act asks for in words."""

    REASON = "reason"
    REFERRAL = "referral"
    RESULT = "result"
    NOTE = "note"
    DUPLICATE_OF = "duplicate_of"
    ROUTES_TOLD = "routes_told"
    SIDES_TOLD = "sides_told"
    TERMS = "terms"
    UNTIL = "until"
    CAUSE = "cause"
    SIDES_AGREE = "sides_agree"
    LEVEL = "level"
    TRIED = "tried"
    ASKED = "asked"
    #: Why a level is skipped; asked for only when one is.
    SKIPPED = "skipped"


class PauseCause(StrEnum):
    """Why a clock stands still."""

    APPRAISAL = "appraisal"
    ILLNESS = "illness"
    OTHER_CASE = "other_case"
    AWAY = "away"
    FORCE_MAJEURE = "force_majeure"


class Extension(StrEnum):
    """Whether the period of mediation was lengthened; once at most (Measures of 2011, art. 29 as practised)."""

    NONE = "none"
    ASKED = "asked"
    GRANTED = "granted"
    DENIED = "denied"


class AgreementState(StrEnum):
    """Where the agreement of a case stands."""

    NONE = "none"
    #: Written, and not in force until every side has signed and the committee's seal is on it.
    UNSIGNED = "unsigned"
    IN_FORCE = "in_force"


#: From the cell upwards; a case goes up one by one unless a reason is given.
LEVELS = (Level.CELL, Level.COMMUNITY, Level.STREET, Level.COUNTY)


add_labels({
    State.FILED: ("上报", "Filed"),
    State.ACCEPTED: ("受理", "Accepted"),
    State.TEAM_FORMED: ("已组队", "Team formed"),
    State.MEDIATING: ("调解中", "Mediating"),
    State.AGREED_ORAL: ("达成口头协议", "Agreed orally"),
    State.AGREED_WRITTEN: ("达成书面协议", "Agreed in writing"),
    State.PERFORMING: ("履行中", "Being performed"),
    State.REFUSED: ("当事人拒绝", "Refused by a party"),
    State.WITHDRAWN: ("撤回", "Withdrawn"),
    State.TERMINATED: ("终止调解", "Mediation terminated"),
    State.REFERRED: ("移送", "Referred"),
    State.NOT_ACCEPTED: ("不予受理", "Not accepted"),
    State.DUPLICATE: ("并案", "Joined to another case"),
    State.SOLVED_ON_SPOT: ("现场即办", "Solved on the spot"),
    State.CLOSED: ("结案", "Closed"),
    State.ARCHIVED: ("归档", "Archived"),
    State.REOPENED: ("重新打开", "Reopened"),
})
add_labels({
    Act.ACCEPT: ("受理", "Accept"),
    Act.NOT_ACCEPT: ("不予受理", "Do not accept"),
    Act.MARK_DUPLICATE: ("并案", "Join to another case"),
    Act.SOLVE_ON_SPOT: ("现场已办", "Solved on the spot"),
    Act.FORM_TEAM: ("组队并派单", "Form the team and dispatch"),
    Act.NOTE_SESSION: ("记一次调解", "Note a session"),
    Act.AGREE_ORALLY: ("登记口头协议", "Record an oral agreement"),
    Act.AGREE_IN_WRITING: ("登记书面协议", "Record a written agreement"),
    Act.AGREE_PARTLY: ("登记部分协议", "Record a partial agreement"),
    Act.RETURN_TO_MEDIATION: ("协议未签，继续调解", "Agreement not signed, mediate on"),
    Act.START_PERFORMING: ("进入履行", "Begin performance"),
    Act.END_UNPERFORMED: ("未履行，告知途径", "Not performed, telling the routes"),
    Act.SUSPEND: ("中止计时", "Pause the clock"),
    Act.RESUME: ("恢复计时", "Resume the clock"),
    Act.ASK_EXTENSION: ("申请延期", "Ask for an extension"),
    Act.GRANT_EXTENSION: ("同意延期", "Grant the extension"),
    Act.DENY_EXTENSION: ("不同意延期", "Deny the extension"),
    Act.ESCALATE: ("上报上一级", "Ask the level above"),
    Act.TAKE_UP: ("接办", "Take it up"),
    Act.BRING_DOWN: ("交回下一级", "Give it back with advice"),
    Act.NOTIFY_POLICE: ("已报公安", "Police notified"),
    Act.RECORD_REFUSAL: ("当事人拒绝", "A party refuses"),
    Act.WITHDRAW: ("撤回", "Withdraw"),
    Act.TERMINATE: ("终止并告知途径", "Terminate, telling the routes"),
    Act.REFER: ("移送", "Refer"),
    Act.CLOSE: ("结案", "Close"),
    Act.CLOSE_AS_DEPARTMENT: ("办结并结案", "Settle and close"),
    Act.ARCHIVE: ("归档", "Archive"),
    Act.REOPEN: ("重新打开", "Reopen"),
})
add_labels({
    Outcome.AGREED_ORAL: ("口头协议", "Oral agreement"),
    Outcome.AGREED_WRITTEN: ("书面协议", "Written agreement"),
    Outcome.SETTLED_BY_DEPARTMENT: ("部门办结", "Settled by the department"),
    Outcome.SOLVED_ON_SPOT: ("现场即办", "Solved on the spot"),
    Outcome.REFUSED: ("当事人拒绝", "Refused by a party"),
    Outcome.WITHDRAWN: ("撤回", "Withdrawn"),
    Outcome.TERMINATED: ("终止，已告知途径", "Terminated, routes told"),
    Outcome.REFERRED: ("移送", "Referred"),
    Outcome.NOT_PERFORMED: ("协议未履行，已告知途径", "Agreement not performed, routes told"),
    Outcome.NOT_ACCEPTED: ("不予受理", "Not accepted"),
    Outcome.DUPLICATE: ("并案", "Joined to another case"),
})
add_labels({
    Needs.REASON: ("理由", "Reason"),
    Needs.REFERRAL: ("去向", "Where to go"),
    Needs.RESULT: ("处理结果", "Result"),
    Needs.NOTE: ("调解情况", "What happened"),
    Needs.DUPLICATE_OF: ("并入的案号", "Case it is joined to"),
    Needs.ROUTES_TOLD: ("已告知其他途径", "Other routes told"),
    Needs.SIDES_TOLD: ("已告知双方", "Both sides told"),
    Needs.TERMS: ("约定内容", "What was agreed"),
    Needs.UNTIL: ("日期", "Date"),
    Needs.CAUSE: ("原因", "Cause"),
    Needs.SIDES_AGREE: ("双方同意", "Both sides agree"),
    Needs.LEVEL: ("上报到", "Level that is asked"),
    Needs.TRIED: ("已做过什么", "What was tried"),
    Needs.ASKED: ("请求什么", "What is asked"),
    Needs.SKIPPED: ("越级理由", "Reason for skipping a level"),
})
add_labels({
    Extension.NONE: ("未延期", "Not extended"),
    Extension.ASKED: ("已申请延期", "Extension asked for"),
    Extension.GRANTED: ("已延期", "Extended"),
    Extension.DENIED: ("延期未获同意", "Extension denied"),
})
add_labels({
    AgreementState.NONE: ("没有协议", "No agreement"),
    AgreementState.UNSIGNED: ("待签名盖章", "To be signed and sealed"),
    AgreementState.IN_FORCE: ("已生效", "In force"),
})
add_labels({
    PauseCause.APPRAISAL: ("等鉴定、评估或检测结果", "an appraisal or test is awaited"),
    PauseCause.ILLNESS: ("当事人患病", "a party is ill"),
    PauseCause.OTHER_CASE: ("等另一件案子的结果", "another case has to be decided first"),
    PauseCause.AWAY: ("当事人外出，双方同意等", "a party is away and both sides agree to wait"),
    PauseCause.FORCE_MAJEURE: ("不可抗力", "force majeure"),
})
