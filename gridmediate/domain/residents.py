"""The resident's door: what somebody without an account may ask and say, the code that opens a matter, its plain words.

Sources: People's Mediation Law art. 3 and 17 (free will; a clear refusal ends it), 23 (rights); Personal Information Protection
Law art. 17 (notice), 31 (guardians of children under fourteen), 44 to 47 and 50 (copy, deletion). The fifteen working days for
an answer about one's data are recalled from the rules on apps and personal information of 2019 and can be changed here.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from gridmediate.domain.case_words import State
from gridmediate.domain.vocabulary import Label, Side, add_labels, label
from gridmediate.domain.workflow import AGREED, OPEN_STATES

#: Without 0 O, 1 I L, 2 Z, 5 S and 8 B: what is read out over a telephone or off a slip must not be taken for another.
CODE_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"
CODE_LENGTH = 8
#: By when a request is looked at, a wish to stop is answered, and one about one's data, in working days.
LOOK_DAYS, STOP_DAYS, DATA_DAYS = 1, 1, 15
#: Which edition of the two notices a consent was given to.
NOTICE_EDITION = "2026-1"
WORDS_LIMIT, PAPERS_MOST, SAYINGS_A_DAY = 500, 6, 20


class RequestState(StrEnum):
    """Where a request for mediation stands before it is a case."""

    WAITING = "waiting"
    FILED = "filed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ForWhom(StrEnum):
    """For whom somebody asks."""

    SELF = "self"
    CONSENT = "consent"
    GUARDIAN = "guardian"


class Decline(StrEnum):
    """Why a request does not become a case."""

    NOT_MEDIABLE = "not_mediable"
    OTHER_BODY = "other_body"
    NOT_REACHED = "not_reached"
    DUPLICATE = "duplicate"


class Saying(StrEnum):
    """What a side says or asks on its own page."""

    COMING = "coming"
    OTHER_TIME = "other_time"
    SETTLED = "settled"
    NOT_SETTLED = "not_settled"
    WORDS = "words"
    PAPER = "paper"
    OTHER_MEDIATOR = "other_mediator"
    STOP = "stop"
    URGE = "urge"
    DELETE_DATA = "delete_data"


#: What the team has to answer, and within how many working days.
ANSWER_DAYS: dict[Saying, int] = {Saying.STOP: STOP_DAYS, Saying.OTHER_TIME: LOOK_DAYS, Saying.DELETE_DATA: DATA_DAYS}

add_labels({
    RequestState.WAITING: ("等网格员核实", "Waiting for the grid worker"),
    RequestState.FILED: ("已登记", "Registered"),
    RequestState.DECLINED: ("没有登记", "Not registered"),
    RequestState.WITHDRAWN: ("已撤回", "Withdrawn"),
})
add_labels({
    ForWhom.SELF: ("我自己的事", "For myself"),
    ForWhom.CONSENT: ("替别人申请，本人同意", "For somebody else, who agrees"),
    ForWhom.GUARDIAN: ("替不满 14 岁的孩子申请，我是监护人", "For a child under 14, as guardian"),
})
add_labels({
    Decline.NOT_MEDIABLE: ("依法不能由人民调解办", "The law keeps this from people's mediation"),
    Decline.OTHER_BODY: ("由别的部门管", "Another body handles this"),
    Decline.NOT_REACHED: ("几次联系不上您", "You could not be reached"),
    Decline.DUPLICATE: ("这件事已经登记过", "This matter is registered already"),
})
add_labels({
    Saying.COMING: ("我会到", "I will come"), Saying.OTHER_TIME: ("换个时间", "Another time"),
    Saying.SETTLED: ("已经解决了", "It is settled"), Saying.NOT_SETTLED: ("没有解决", "It is not settled"),
    Saying.WORDS: ("补充一句", "Add a sentence"), Saying.PAPER: ("交一份材料", "Hand in a paper"),
    Saying.OTHER_MEDIATOR: ("换调解人", "Another mediator"), Saying.STOP: ("不想再调了", "I want to stop"),
    Saying.URGE: ("催一下", "Urge"), Saying.DELETE_DATA: ("要求删除我的信息", "Have my data deleted"),
})

#: What becomes of a request that was declined: where else to go, said with the reason.
ROUTES: dict[Decline, Label] = {
    Decline.NOT_MEDIABLE: Label("可以去法院起诉，或请有权的机关处理；打官司有困难可打 12348 申请法律援助。",
                                "You may go to court or to the body in charge; legal aid answers at 12348."),
    Decline.OTHER_BODY: Label("请找下面写的部门；它不办的，可以打 12345，也可以去法院起诉。",
                              "Go to the body named below; if it does not act, call 12345 or go to court."),
    Decline.NOT_REACHED: Label("电话改了请重新申请，或到社区居委会当面说。",
                               "If your phone has changed, ask again, or come to the community's office."),
    Decline.DUPLICATE: Label("请用原来的编号和查询码看进度；丢了查询码可请网格员补一张。",
                             "Follow it with its own number and code; the grid worker gives you a new code if it is lost."),
}

_PLAIN: dict[State, Label] = {
    State.FILED: Label("已经登记", "Registered"), State.ACCEPTED: Label("已经受理", "Accepted"),
    State.TEAM_FORMED: Label("已经受理", "Accepted"), State.MEDIATING: Label("正在调解", "In mediation"),
    State.REOPENED: Label("重新在办", "Taken up again"), State.AGREED_ORAL: Label("谈成了", "Agreed"),
    State.AGREED_WRITTEN: Label("谈成了", "Agreed"), State.PERFORMING: Label("正在履行", "Being carried out"),
    State.REFUSED: Label("调解停止", "Mediation has stopped"), State.WITHDRAWN: Label("已经撤回", "Withdrawn"),
    State.TERMINATED: Label("调解停止", "Mediation has stopped"), State.REFERRED: Label("已转别的部门", "Passed to another body"),
    State.NOT_ACCEPTED: Label("没有受理", "Not accepted"), State.DUPLICATE: Label("并到另一件", "Joined to another case"),
    State.SOLVED_ON_SPOT: Label("当场解决", "Solved on the spot"), State.CLOSED: Label("已经办结", "Closed"),
    State.ARCHIVED: Label("已经办结", "Closed"),
}
#: Reaching a state, as a step done.
STEPS_DONE: dict[State, Label] = {
    State.FILED: Label("网格员登记", "Registered by the grid worker"),
    State.ACCEPTED: Label("社区已受理，调解免费", "Accepted by the community; mediation is free"),
    State.AGREED_ORAL: Label("双方谈成了", "Both sides agreed"), State.AGREED_WRITTEN: Label("双方谈成了", "Both sides agreed"),
    State.REFUSED: Label("有一方不愿再调，调解停止", "A side does not want to go on; mediation has stopped"),
    State.WITHDRAWN: Label("申请已撤回", "The request was withdrawn"),
    State.TERMINATED: Label("没有谈成，调解停止", "No agreement; mediation has stopped"),
    State.REFERRED: Label("转别的部门办", "Passed to another body"),
    State.NOT_ACCEPTED: Label("社区没有受理，已说明去向", "Not accepted; where to go was told"),
    State.DUPLICATE: Label("并到另一件一起办", "Joined to another case"),
    State.SOLVED_ON_SPOT: Label("当场解决", "Solved on the spot"), State.CLOSED: Label("办结", "Closed"),
    State.REOPENED: Label("重新打开", "Taken up again"),
}
#: What the team's next step is for a resident; a step that is not here is told by the departments' own lines.
STEPS_NEXT: dict[str, Label] = {
    "next.settle_place": Label("社区认定事情在哪一格", "The community settles which cell it is in"),
    "next.decide": Label("社区决定受不受理", "The community decides whether to accept"),
    "next.form_team": Label("社区组好调解团队", "The community forms the team"),
    "next.hold_session": Label("约双方见面", "Both sides are invited to meet"),
    "next.confirm_answer": Label("社区核对部门的答复", "The community checks the department's answer"),
    "next.dispatch_again": Label("社区重新请部门办", "The community asks a department again"),
    "next.rule": Label("街道定由哪个部门办", "The street decides which department acts"),
    "next.answer_raise": Label("上一级给出答复", "The level above answers"),
    "next.decide_extension": Label("街道决定是否延期", "The street decides on more time"),
    "next.resume": Label("接着办", "It goes on"),
    "next.ask_consent": Label("社区问双方愿不愿意再调", "The community asks both sides whether to go on"),
    "next.sign_agreement": Label("双方在协议上签字", "Both sides sign the agreement"),
    "next.see_performed": Label("按说好的办", "What was agreed is done"),
    "next.start_performing": Label("按说好的办", "What was agreed is done"),
    "next.answer_breach": Label("社区处理没有照办的事", "The community looks into what was not done"),
    "next.close": Label("社区办结并告诉您", "The community closes it and tells you"),
    "next.county_handles": Label("区县接着办", "The county goes on with it"),
}

#: Where a side may still say whether it is settled, ask for another mediator, and stop.
_ENDED = frozenset({State.CLOSED, State.SOLVED_ON_SPOT})
_WHERE: dict[Saying, frozenset[State]] = {
    Saying.SETTLED: OPEN_STATES | AGREED | _ENDED, Saying.NOT_SETTLED: OPEN_STATES | AGREED | _ENDED,
    Saying.WORDS: frozenset(State) - {State.ARCHIVED, State.DUPLICATE}, Saying.PAPER: OPEN_STATES | AGREED,
    Saying.OTHER_MEDIATOR: OPEN_STATES, Saying.STOP: OPEN_STATES,
    Saying.URGE: (OPEN_STATES | AGREED), Saying.COMING: OPEN_STATES, Saying.OTHER_TIME: OPEN_STATES,
    Saying.DELETE_DATA: frozenset(State),
}


def may_say(kind: Saying, state: State) -> bool:
    """Return whether a side may say this of a case in that state; the two sides alike."""
    return state in _WHERE[kind]


def plain_state(state: State) -> Label:
    """Return a case's state in one plain word."""
    return _PLAIN[state]


def act_of(kind: Saying) -> str:
    """Return what the record calls a saying."""
    return f"side.{kind.value}"


def plain_code(typed: str) -> str:
    """Return a code as it is compared: full-width letters, blanks, dashes and small letters do not count."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed).upper() if letter.isalnum())[:32]


def plain_number(typed: str) -> str:
    """Return a number as it is compared: of any dash, blank and small letter the plain one."""
    written = unicodedata.normalize("NFKC", typed).upper()
    return "".join("-" if letter in "‐‑–—−" else letter for letter in written if not letter.isspace())[:24]


def written_code(code: str) -> str:
    """Return a code as it is printed: ``XXXX-XXXX``."""
    return f"{code[:4]}-{code[4:]}"


def code_from(number: int) -> str:
    """Return the code that a random number stands for."""
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(CODE_ALPHABET))
        letters.append(CODE_ALPHABET[place])
    return "".join(letters)


def urge_again_at(last: datetime, due_at: datetime | None) -> datetime:
    """Return when a step that was urged at *last* may be urged again within the stage: once it is late, at most daily."""
    return max(last + timedelta(days=1), due_at or last + timedelta(days=7))


def side_said(side: Side, said: Label) -> Label:
    """Return an act in words, led by the side that did it."""
    who = label(side)
    return Label(f"{who.zh}：{said.zh}", f"{who.en}: {said.en}")
