"""Text messages. Gateways differ from place to place, so there is a port (:class:`~.messages.Sender`) and one trial behind it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gridmediate.domain.notices import Failure
from gridmediate.notifications.messages import Message, NotSent


class SmsFile:
    """Writes text messages into a file, a line of JSON for each, so that an office can try them without a gateway."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, address: str, message: Message) -> None:
        """Write once.

        Raises
        ------
        NotSent
        """
        line = json.dumps({"key": str(message.key), "to": address, "text": message.body}, ensure_ascii=False) + "\n"
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(file, "wb") as lines:
                lines.write(line.encode())
                lines.flush()
                os.fsync(lines.fileno())
        except OSError as error:
            raise NotSent(Failure.UNREACHABLE) from error
