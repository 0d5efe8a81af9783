"""Personal text at rest: AES-256-GCM bound to its row, and keyed indexes for exact search.

An envelope is ``version | key number | nonce | ciphertext and tag``. The table, column and row id are authenticated with it,
so a ciphertext moved to another row or column does not open (ASVS 11.3; threat model T18).
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import unicodedata
import uuid
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from gridmediate.domain.problems import Kind, Problem
from gridmediate.domain.vocabulary import Label

_VERSION = 1
_NONCE_BYTES = 12


class SealBroken(Problem):
    """A sealed text does not open: it was changed, moved to another row, or sealed with a key that is not here."""

    code = "record.seal-broken"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "这条记录的密封内容打不开，可能密钥不对或记录被改动。请告诉管理员和审计员。",
        "A sealed text of this record does not open: the key is wrong or the record was altered. "
        "Tell the administrator and the auditor.",
    )


class KeysMissing(Problem):
    """The key file is not where the settings say."""

    code = "record.keys-missing"
    kind = Kind.UNAVAILABLE
    sentence = Label(
        "密钥文件 {path} 不在或不可读，无法打开数据。请从备份恢复密钥文件。",
        "The key file {path} is absent or unreadable, so the records cannot be opened. Restore it from your backup.",
    )


class Row(Protocol):
    """A row with a key and a table name."""

    id: uuid.UUID
    __tablename__: str


@dataclass(frozen=True)
class Keyring:
    """The home's keys: the current one seals, every one opens.

    Parameters
    ----------
    keys : dict of int to bytes
        Key number → 32 random bytes.
    current : int
    """

    keys: dict[int, bytes]
    current: int

    def __post_init__(self) -> None:
        derived = {number: AESGCM(_derive(key, b"seal")) for number, key in self.keys.items()}
        object.__setattr__(self, "_ciphers", derived)
        # Indexes and chains must stay comparable over key changes, so both hang on the first key.
        first = self.keys[min(self.keys)]
        object.__setattr__(self, "_index_key", _derive(first, b"index"))
        object.__setattr__(self, "_chain_key", _derive(first, b"chain"))

    @classmethod
    def fresh(cls) -> Keyring:
        """Make a keyring with one new key."""
        return cls({1: secrets.token_bytes(32)}, 1)

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Keyring:
        """Read the key file; with *create*, make it (mode 0600) if it is not there.

        Raises
        ------
        KeysMissing
        """
        if create and not path.exists():
            cls.fresh()._keep(path)
        try:
            stored = json.loads(path.read_text())
            keys = {int(number): bytes.fromhex(key) for number, key in stored["keys"].items()}
            if int(stored["current"]) not in keys:
                raise KeysMissing(path=str(path))
            return cls(keys, int(stored["current"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise KeysMissing(path=str(path)) from error

    def _keep(self, path: Path) -> None:
        """Write the key file whole or not at all; one that another program has just written stays."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"current": self.current, "keys": {str(number): key.hex() for number, key in self.keys.items()}}, file)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt *text*, bound to *place* (``table|column|row id``)."""
        return self.seal_bytes(text.encode(), place)

    def seal_bytes(self, content: bytes, place: str) -> bytes:
        """Encrypt *content*, bound to *place*."""
        nonce = os.urandom(_NONCE_BYTES)
        head = bytes((_VERSION, self.current))
        return head + nonce + self._ciphers[self.current].encrypt(nonce, content, head + place.encode())  # type: ignore[attr-defined]

    def unseal(self, sealed: bytes, place: str) -> str:
        """Decrypt what :meth:`seal` made for the same place.

        Raises
        ------
        SealBroken
        """
        try:
            return self.unseal_bytes(sealed, place).decode()
        except UnicodeDecodeError as error:
            raise SealBroken from error

    def unseal_bytes(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what :meth:`seal_bytes` made for the same place.

        Raises
        ------
        SealBroken
        """
        head, nonce, body = sealed[:2], sealed[2:2 + _NONCE_BYTES], sealed[2 + _NONCE_BYTES:]
        cipher = self._ciphers.get(head[1]) if len(head) == 2 and head[0] == _VERSION else None  # type: ignore[attr-defined]
        if cipher is None:
            raise SealBroken
        try:
            return bytes(cipher.decrypt(nonce, body, head + place.encode()))
        except (InvalidTag, ValueError) as error:  # ValueError: cut so short that not even the nonce is whole
            raise SealBroken from error

    def index(self, kind: str, text: str) -> int:
        """Return the keyed 64-bit index of a name or phone, the same for every way of writing it."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        digits = "".join(letter for letter in plain if letter.isdigit())
        plain = digits[-11:] if kind == "phone" else "".join(plain.split())
        digest = hmac.digest(self._index_key, f"{kind}|{plain}".encode(), sha256)  # type: ignore[attr-defined]
        return int.from_bytes(digest[:8], signed=True)

    def link(self, content: bytes) -> bytes:
        """Return the keyed digest that links a history entry to the one before it."""
        return hmac.digest(self._chain_key, content, sha256)  # type: ignore[attr-defined]


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"gridmediate/" + purpose).derive(key)


def keyring_of(session: Session) -> Keyring:
    """Return the keyring of the home this session is on."""
    ring: Keyring = session.info["keyring"]
    return ring


def seal(session: Session, row: Row, column: str, text: str | None) -> None:
    """Set ``row.<column>_sealed``; None and empty text leave it empty."""
    sealed = keyring_of(session).seal(text, f"{row.__tablename__}|{column}|{row.id.hex}") if text else None
    setattr(row, f"{column}_sealed", sealed)


def seal_bytes(session: Session, row: Row, column: str, content: bytes) -> None:
    """Set ``row.<column>_sealed`` to something that is no text."""
    setattr(row, f"{column}_sealed", keyring_of(session).seal_bytes(content, f"{row.__tablename__}|{column}|{row.id.hex}"))


def unseal_bytes(session: Session, row: Row, column: str) -> bytes:
    """Return what :func:`seal_bytes` put into ``row.<column>_sealed``.

    Raises
    ------
    SealBroken
        Also where there is nothing.
    """
    return keyring_of(session).unseal_bytes(getattr(row, f"{column}_sealed") or b"", f"{row.__tablename__}|{column}|{row.id.hex}")


def unseal(session: Session, row: Row, column: str) -> str:
    """Return the text of ``row.<column>_sealed``, "" if there is none.

    Raises
    ------
    SealBroken
    """
    return unseal_value(session, row.__tablename__, row.id, column, getattr(row, f"{column}_sealed"))


def unseal_value(session: Session, table: str, row_id: uuid.UUID, column: str, sealed: bytes | None) -> str:
    """Return the text of a sealed value that was read without its row, "" if there is none.

    Raises
    ------
    SealBroken
    """
    return keyring_of(session).unseal(sealed, f"{table}|{column}|{row_id.hex}") if sealed else ""
