"""Files kept between the steps of an import: in the instance's own folder, under a random name, a day, for their owner."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from gridmediate.domain.grid_problems import UploadGone
from gridmediate.domain.problems import FieldMissing
from gridmediate.domain.vocabulary import Label
from gridmediate.web.context import actor_in_use, app_in_use

KEPT_HOURS = 24
_NAME_LENGTH = 120


@dataclass
class Upload:
    """A kept file with what was decided about it so far.

    Parameters
    ----------
    token : str
        Its random name, part of the addresses of the steps.
    name : str
        What its owner calls it; never part of a path.
    owner : str
        The account, as hex.
    choices : dict
        What was chosen in the steps, JSON values.
    """

    token: str
    name: str
    owner: str
    choices: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Where the content lies."""
        return _folder() / f"{self.token}.upload"

    def keep(self) -> None:
        """Write down what was chosen."""
        draft = _folder() / f"{self.token}.{secrets.token_hex(4)}.draft"
        draft.write_text(json.dumps(asdict(self), ensure_ascii=False), encoding="utf-8")
        draft.replace(_folder() / f"{self.token}.json")

    def discard(self) -> None:
        """Remove it."""
        for path in (self.path, _folder() / f"{self.token}.json"):
            path.unlink(missing_ok=True)


def receive(sent: FileStorage | None, what: Label) -> Upload:
    """Keep a file that was just sent.

    Raises
    ------
    FieldMissing
    """
    if sent is None or not sent.filename:
        raise FieldMissing(field="file", name=what)
    _sweep()
    name = re.split(r"[\\/]", sent.filename)[-1]
    upload = Upload(secrets.token_urlsafe(18), "".join(each for each in name if each.isprintable())[-_NAME_LENGTH:] or "—",
                    actor_in_use().account_id.hex)
    sent.save(upload.path)
    upload.path.chmod(0o600)
    upload.keep()
    return upload


def kept(token: str) -> Upload:
    """Return an upload of the person who asks.

    Raises
    ------
    UploadGone
        Absent, too old, or somebody else's: answered alike.
    """
    try:
        if not re.fullmatch(r"[A-Za-z0-9_-]{20,40}", token):
            raise ValueError(token)
        upload = Upload(**json.loads((_folder() / f"{token}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UploadGone(hours=KEPT_HOURS) from error
    if upload.owner != actor_in_use().account_id.hex or not upload.path.is_file():
        raise UploadGone(hours=KEPT_HOURS)
    return upload


def _folder() -> Path:
    folder = app_in_use().settings.instance_folder / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sweep() -> None:
    oldest = time.time() - KEPT_HOURS * 3600
    for path in _folder().iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
