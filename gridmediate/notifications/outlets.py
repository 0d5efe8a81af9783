"""The channels that the settings open, and sending over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridmediate.domain.acts import ON_THE_BOARD
from gridmediate.domain.notice_times import Wishes
from gridmediate.domain.notices import Channel, Failure
from gridmediate.notifications.mail import Mailer
from gridmediate.notifications.messages import Message, NotSent, Sender
from gridmediate.notifications.sms import SmsFile
from gridmediate.notifications.webhooks import Poster, Target, read_targets
from gridmediate.settings import Settings


@dataclass(frozen=True)
class Outlets:
    """What is open.

    Parameters
    ----------
    base : str
        What links begin with, without a slash at the end.
    language : str
        Of messages to groups.
    senders : dict of Channel to Sender
        The channels of persons.
    targets : dict of str to Target
        The groups, by the code of their department or street.
    poster : Poster or None
    """

    base: str
    language: str
    senders: dict[Channel, Sender]
    targets: dict[str, Target]
    poster: Poster | None

    def is_open(self, channel: Channel) -> bool:
        """Return whether anything can leave over *channel*."""
        return channel in self.senders or (channel is Channel.WEBHOOK and bool(self.targets))

    def link(self, case_no: str, act: str) -> str:
        """Return the address that a notice leads to: the case's page, the board of calls, residents' requests or exports."""
        for kind in ("request", "export"):
            if act.startswith(f"{kind}."):
                return f"{self.base}/{kind}s"
        return f"{self.base}/calls" if act == ON_THE_BOARD else f"{self.base}/cases/{case_no}"

    def wishes_of(self, target: Target) -> Wishes:
        """Return when a group may be told; a group has no morning message."""
        return Wishes(wakes_for_urgent=target.wakes_for_urgent)

    def send(self, channel: Channel, address: str, message: Message, now: datetime) -> None:
        """Send once; for a group *address* is its department's or street's code.

        Raises
        ------
        NotSent
        """
        if not self.is_open(channel):
            raise NotSent(Failure.CHANNEL_OFF)
        if channel is Channel.WEBHOOK:
            if address not in self.targets or self.poster is None:
                raise NotSent(Failure.NO_ADDRESS)
            self.poster.send(self.targets[address], message, now)
        elif address:
            self.senders[channel].send(address, message)
        else:
            raise NotSent(Failure.NO_ADDRESS)


def senders_of(settings: Settings) -> dict[Channel, Sender]:
    """Return the channels of persons that the settings open; without a base for links there is none."""
    senders: dict[Channel, Sender] = {}
    if settings.public_address and settings.smtp_host and settings.smtp_from:
        senders[Channel.EMAIL] = Mailer(settings)
    if settings.public_address and settings.sms_file:
        senders[Channel.SMS] = SmsFile(settings.sms_file)
    return senders


def outlets_of(settings: Settings) -> Outlets:
    """Return all channels that the settings open.

    Raises
    ------
    TargetsUnreadable
    """
    base = settings.public_address.rstrip("/")
    targets = read_targets(settings.webhook_file) if base else {}
    return Outlets(base, settings.language, senders_of(settings), targets, Poster(settings) if targets else None)
