"""Opening the home that the settings name: its records, its keys, its rules of signing in."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

from gridmediate.services.passwords import Hashing
from gridmediate.services.sign_ins import SignInRules
from gridmediate.settings import Settings
from gridmediate.store.encryption import Keyring
from gridmediate.store.engine import Store


def open_store(settings: Settings, *, create: bool = False) -> Store:
    """Open the records.

    Parameters
    ----------
    settings : Settings
    create : bool
        Make the key file if there is none. Only whoever sets up a home may: a new key beside old records opens none of them.

    Raises
    ------
    KeysMissing
    """
    keyring = Keyring.open(Path(str(settings.keyring_file)), create=create)
    return Store(settings.database_url, keyring, pool_size=settings.threads + 2)


def secret_of(settings: Settings) -> str:
    """Return the key that signs forms and links; it is made at the first run. Losing it only ends forms that stand open."""
    path = Path(str(settings.secret_file))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
        except FileExistsError:  # another process was first
            pass
    return path.read_text().strip()


def sign_in_rules(settings: Settings) -> SignInRules:
    """Return how long sign-ins last and how many tries there are."""
    return SignInRules(
        tries=settings.lockout_tries,
        lock=timedelta(minutes=settings.lockout_minutes),
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(minutes=settings.session_absolute_minutes),
        hashing=Hashing(settings.argon2_time_cost, settings.argon2_memory_kib, settings.argon2_parallelism),
    )
