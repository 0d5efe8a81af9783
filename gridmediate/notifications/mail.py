"""E-mail over SMTP: encrypted, signed in, with the message's key as its Message-ID."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import localtime
from typing import Any

from gridmediate.domain.notices import Failure
from gridmediate.notifications.messages import Message, NotSent
from gridmediate.settings import Settings

#: What smtplib and the network raise, the particular before the general, and what each means.
_MEANINGS: tuple[tuple[type[Exception], Failure], ...] = (
    (smtplib.SMTPAuthenticationError, Failure.SIGN_IN_REFUSED),
    (smtplib.SMTPNotSupportedError, Failure.NO_TRUST),
    (smtplib.SMTPServerDisconnected, Failure.UNREACHABLE),
    (smtplib.SMTPConnectError, Failure.UNREACHABLE),
    (smtplib.SMTPException, Failure.REFUSED),
    (ssl.SSLError, Failure.NO_TRUST),
    (OSError, Failure.UNREACHABLE),
    # An address or header with what no header may hold.
    (ValueError, Failure.ADDRESS_REFUSED),
)


def trusting(settings: Settings) -> ssl.SSLContext:
    """Return what is trusted: the system's certificates and those of the office."""
    context = ssl.create_default_context()
    if settings.trusted_certificates:
        context.load_verify_locations(settings.trusted_certificates)
    return context


class Mailer:
    """Sends by the mail server that the settings name; a connection for each message."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._domain = settings.smtp_from.rpartition("@")[2]

    def send(self, address: str, message: Message) -> None:
        """Send once.

        Raises
        ------
        NotSent
        """
        try:
            with self._connected() as server:
                server.send_message(self._letter(address, message))
        except smtplib.SMTPRecipientsRefused as refusal:
            # A first digit of 4 asks to come back later, as servers do that greet strangers slowly.
            is_final = all(code >= 500 for code, _ in refusal.recipients.values())
            raise NotSent(Failure.ADDRESS_REFUSED if is_final else Failure.REFUSED) from refusal
        except tuple(kind for kind, _ in _MEANINGS) as error:
            raise NotSent(next(failure for kind, failure in _MEANINGS if isinstance(error, kind))) from error

    def _connected(self) -> smtplib.SMTP:
        given = self._settings
        # The name is given, because smtplib would ask the network for this machine's own.
        named: dict[str, Any] = {"local_hostname": self._domain, "timeout": given.send_timeout_seconds}
        if given.smtp_tls == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(given.smtp_host, given.smtp_port, context=trusting(given), **named)
        else:
            server = smtplib.SMTP(given.smtp_host, given.smtp_port, **named)
        try:
            if given.smtp_tls == "starttls":
                server.starttls(context=trusting(given))
            if given.smtp_user:
                server.login(given.smtp_user, given.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def _letter(self, address: str, message: Message) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._settings.smtp_from, address, message.subject
        letter["Date"] = localtime()
        letter["Message-ID"] = f"<{message.key}@{self._domain}>"
        # Nobody's holiday notice shall come back.
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(message.body)
        return letter
