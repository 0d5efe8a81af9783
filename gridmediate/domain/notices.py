"""What a notice says and how it may travel: a case's number, the act in words, a link. Never a name, never a fact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gridmediate.domain.acts import act_label
from gridmediate.domain.vocabulary import Label, add_labels


class Channel(StrEnum):
    """A way out of the house. The inbox is none: every notice stands there anyway."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


#: What a person may choose; a webhook belongs to the group of a department or street.
PERSONAL = (Channel.EMAIL, Channel.SMS)


class DeliveryState(StrEnum):
    """Where a notice stands on one channel."""

    WAITING = "waiting"
    SENT = "sent"
    GAVE_UP = "gave_up"
    #: No longer wanted: the channel was given up, or the account closed, before it left.
    DROPPED = "dropped"


class Failure(StrEnum):
    """Why a message did not go out."""

    CHANNEL_OFF = "channel_off"
    NO_ADDRESS = "no_address"
    ADDRESS_REFUSED = "address_refused"
    HOST_NOT_LISTED = "host_not_listed"
    NOT_HTTPS = "not_https"
    REDIRECTED = "redirected"
    UNREACHABLE = "unreachable"
    NO_TRUST = "no_trust"
    SIGN_IN_REFUSED = "sign_in_refused"
    REFUSED = "refused"
    TOO_MANY = "too_many"


#: Trying again changes nothing until somebody changes what is set.
FINAL = frozenset({
    Failure.CHANNEL_OFF, Failure.NO_ADDRESS, Failure.ADDRESS_REFUSED, Failure.HOST_NOT_LISTED, Failure.NOT_HTTPS,
    Failure.REDIRECTED,
})

add_labels({
    Channel.EMAIL: ("电子邮件", "E-mail"), Channel.SMS: ("短信", "Text message"), Channel.WEBHOOK: ("群机器人", "Group robot"),
})
add_labels({
    DeliveryState.WAITING: ("等待发送", "Waiting"), DeliveryState.SENT: ("已发出", "Sent"),
    DeliveryState.GAVE_UP: ("发不出去", "Given up"), DeliveryState.DROPPED: ("不用发了", "No longer wanted"),
})
add_labels({
    Failure.CHANNEL_OFF: ("这个渠道没有启用，请看设置", "This channel is not switched on; see the settings"),
    Failure.NO_ADDRESS: ("本人没有留可用的地址或号码", "The person has left no address or number"),
    Failure.ADDRESS_REFUSED: ("对方服务器不收这个地址，请本人核对", "The server does not take this address; check it"),
    Failure.HOST_NOT_LISTED: ("目标主机不在允许的名单里，请看设置", "The host is not on the list of hosts; see the settings"),
    Failure.NOT_HTTPS: ("地址不是 https，没有发", "The address is not https, so nothing was sent"),
    Failure.REDIRECTED: ("对方要求转到别处，没有跟去；请改成最终地址",
                         "The server pointed elsewhere, which is not followed; set the final address"),
    Failure.UNREACHABLE: ("连不上，或太久没有回音；请看网络和地址", "No connection or no answer; check network and address"),
    Failure.NO_TRUST: ("对方的证书不可信；请看证书设置", "The server's certificate is not trusted; check the certificates"),
    Failure.SIGN_IN_REFUSED: ("账号、密码或签名不对；请看设置", "Account, password or signature is wrong; see the settings"),
    Failure.REFUSED: ("对方没有收下", "The server did not take the message"),
    Failure.TOO_MANY: ("发得太快，对方要求慢一点", "The server asks us to send more slowly"),
})

_ONE = Label("{case_no}：{act}。", "{case_no}: {act}.")
_SEVERAL = Label("{count} 件案子有动静。", "Cases with news: {count}.")


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One line of a message.

    Parameters
    ----------
    case_no : str
    act : str
        As the record calls it, e.g. ``case.accept``.
    link : str
        The case's page; opening it asks for a sign-in and for the right to read the case.
    """

    case_no: str
    act: str
    link: str

    def say(self, language: str) -> str:
        """Return the number and the act in words."""
        return _ONE.say(language).format(case_no=self.case_no, act=act_label(self.act).say(language))


def subject_words(items: tuple[NoticeItem, ...], language: str) -> str:
    """Return one line for all of *items*: the only one, or how many cases."""
    if len(items) == 1:
        return items[0].say(language)
    return _SEVERAL.say(language).format(count=len({each.case_no for each in items}))


def body_words(items: tuple[NoticeItem, ...], language: str) -> str:
    """Return every item with its link, a case's acts together and its link once."""
    by_case: dict[str, list[NoticeItem]] = {}
    for each in items:
        by_case.setdefault(each.case_no, []).append(each)
    return "\n\n".join("\n".join([*(each.say(language) for each in acts), acts[0].link]) for acts in by_case.values())
