"""What keeps an open case from moving: eight blocks in one order, so that a case stands in exactly one of them.

The order asks who can undo it: what waits for the county first, then for the street, then for the community, for departments, for
the parties. A clock that has run out stands last, since it says that a case is late and not why.
"""

from __future__ import annotations

from enum import StrEnum

from gridmediate.domain.vocabulary import Label, add_labels


class Block(StrEnum):
    """Why a case does not move, in the order in which they are asked: the first that holds is the case's own."""

    CALL = "call"
    RULING = "ruling"
    BROKEN = "broken"
    NO_TEAM = "no_team"
    UNSIGNED = "unsigned"
    UNANSWERED = "unanswered"
    PARTY = "party"
    RED = "red"


add_labels({
    Block.CALL: ("呼叫没人答", "Call unanswered"),
    Block.RULING: ("退回两次", "Sent back twice"),
    Block.BROKEN: ("协议没履行", "Agreement broken"),
    Block.NO_TEAM: ("没有团队", "No team"),
    Block.UNSIGNED: ("任务没签收", "Task not signed for"),
    Block.UNANSWERED: ("部门答复超期", "Answer overdue"),
    Block.PARTY: ("等当事人", "Waiting for a party"),
    Block.RED: ("时限已过", "Clock run out"),
})

#: When a case stands in a block, and from when it is counted there.
BLOCK_MEANS: dict[Block, Label] = {
    Block.CALL: Label("街道呼叫的部门过了时限没签收或没答复；从时限过的那一刻算。",
                      "A department the street called has not signed or answered in time; counted from that time."),
    Block.RULING: Label("任务被退回两次，等街道裁定；从派单算。",
                        "A task came back twice and waits for the street's ruling; counted from its dispatch."),
    Block.BROKEN: Label("协议有条款没有履行，要告知途径；从条款到期算。",
                        "A clause was not performed and the routes are to be told; counted from the day it was due."),
    Block.NO_TEAM: Label("位置没定，或受理后席位没有落实；从上报或受理算。",
                         "No cell yet, or accepted and the seats not settled; counted from filing or acceptance."),
    Block.UNSIGNED: Label("部门过了签收时限没签收；从签收时限算。",
                          "A department has not signed in time; counted from the time to sign."),
    Block.UNANSWERED: Label("部门签收了，过了答复时限没答复；从答复时限算。",
                            "A department has signed and not answered in time; counted from the time to answer."),
    Block.PARTY: Label("依法停钟，或等双方重新同意、在协议上签名；从停下算。",
                       "The clock lawfully stands, or the sides are to agree anew or to sign; counted from then."),
    Block.RED: Label("以上都不是，本案自己的时限过了；从时限算。",
                     "None of the above, and the case's own time has run out; counted from that time."),
}
