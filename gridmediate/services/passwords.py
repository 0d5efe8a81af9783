"""Passwords: what is asked of a new one, and how they are hashed and compared.

Hashing is slow on purpose, so nothing here touches the database: callers hash before they begin to write.
"""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gridmediate.domain.problems import Problem
from gridmediate.domain.vocabulary import Label

LEAST_LENGTH = 8
ADVISED_LENGTH = 15
#: A longer one is refused only because hashing it would be a way to keep the server busy.
MOST_LENGTH = 256
#: What forms say beforehand.
ADVICE = {"least_length": LEAST_LENGTH, "advised_length": ADVISED_LENGTH}

#: Each hash takes 19 MiB and a core for 40 ms; more at once than there are cores only makes everybody wait (memory as well).
_AT_ONCE = threading.BoundedSemaphore(2)

#: The beginnings of every list of leaked passwords, with the habits of Chinese keyboards and of this program's own name.
_FIRST_TRIES = """
12345678 123456789 1234567890 0123456789 0987654321 987654321 87654321 123123123 12341234 123321123 112233445566 1122334455
11223344 1qaz2wsx 1q2w3e4r 1q2w3e4r5t q1w2e3r4 qwertyui qwertyuiop qwerty123 qwerty12 qwer1234 1234qwer asdfghjk asdfghjkl
asdf1234 zxcvbnm1 zxcvbnm123 zaq12wsx 1qazxsw2 password password1 password12 password123 passw0rd p@ssw0rd p@ssword iloveyou
iloveyou1 sunshine princess football baseball superman letmein1 welcome1 welcome123 admin123 admin1234 admin888 admin123456
administrator root1234 test1234 guest123 changeme abc12345 abcd1234 abc123456 abcdefgh abcdefg1 a1234567 a12345678 a123456789
aa123456 aa12345678 aaa111222 qq123456 qq123456789 wang1234 woaini1314 woaini520 woaini123 5201314520 52013145201314 1314520520
nihao123 nihao1234 zhongguo china123 beijing2008 88888888 66668888 88886666 168168168 147258369 159357159 741852963 123654789
789456123 147852369 13800138000 xiaoming woshishui gridmediate gridmediate1 gridmediate123 geliehe123 geliehe888 wangge123
wangge1234 wanggeyuan tiaojie123 shequ1234 jiedao123 liuxi1234 liuxi2026
"""
#: The password of the demonstration street's printed accounts; nobody can choose it, and only a demonstration serves them.
DEMONSTRATION_PASSWORD = "liuxi-2026-demo"  # noqa: S105 - printed on purpose
_COMMON = frozenset((*_FIRST_TRIES.split(), DEMONSTRATION_PASSWORD))


class PasswordTooShort(Problem):
    """A new password has too few characters."""

    code = "password.too-short"
    sentence = Label(
        "密码至少 {least} 位，建议 {advised} 位以上；可以用一句容易记的话。现在是 {length} 位。",
        "A password takes at least {least} characters, better {advised} or more; a sentence you remember is fine. "
        "This one has {length}.",
    )


class PasswordTooLong(Problem):
    """A new password is longer than anybody types."""

    code = "password.too-long"
    sentence = Label(
        "密码最多 {most} 位，现在是 {length} 位，请缩短。",
        "A password takes at most {most} characters; this one has {length}. Shorten it.",
    )


class PasswordTooCommon(Problem):
    """A new password is among the first that anybody would try."""

    code = "password.too-common"
    sentence = Label(
        "这个密码太常见或与账号相同，别人一试就中。请换一个。",
        "This password is common or the same as the account, so it is among the first to be tried. Choose another.",
    )


@dataclass(frozen=True, slots=True)
class Hashing:
    """The cost of one hash (Argon2id; OWASP's least is 2 passes over 19 MiB on one lane).

    Parameters
    ----------
    passes : int
    memory_kib : int
        KiB.
    lanes : int
    """

    passes: int = 2
    memory_kib: int = 19456
    lanes: int = 1


def normal(password: str) -> str:
    """Return the password in one spelling, so that keyboards that compose letters differently agree."""
    return unicodedata.normalize("NFC", password)


def check_new_password(password: str, *, field: str = "password", not_these: tuple[str, ...] = ()) -> None:
    """Refuse a password that is too short, too long or among the first to be guessed. There are no rules of composition.

    Parameters
    ----------
    password : str
    field : str
        The form field a refusal points to.
    not_these : tuple of str
        The account's own login, name and phone.

    Raises
    ------
    PasswordTooShort, PasswordTooLong, PasswordTooCommon

    Notes
    -----
    ASVS 5.0 6.2.1 to 6.2.12; NIST SP 800-63B-4, 3.1.1.2.
    """
    plain = normal(password)
    if len(plain) < LEAST_LENGTH:
        raise PasswordTooShort(field=field, least=LEAST_LENGTH, advised=ADVISED_LENGTH, length=len(plain))
    if len(plain) > MOST_LENGTH:
        raise PasswordTooLong(field=field, most=MOST_LENGTH, length=len(plain))
    folded = plain.casefold()
    if folded in _COMMON or len(set(folded)) < 3 or _is_a_run(folded) or folded in {each.casefold() for each in not_these}:
        raise PasswordTooCommon(field=field)


def hash_password(password: str, hashing: Hashing) -> str:
    """Return the hash to store. Slow: call it before the writing session is opened."""
    with _AT_ONCE:
        return _hasher(hashing).hash(normal(password))


def is_password(password: str, stored: str | None, hashing: Hashing) -> bool:
    """Return whether *password* is the one behind *stored*; without a stored hash, take the same time and return False."""
    expected = stored or _nobody(hashing)
    with _AT_ONCE:
        try:
            _hasher(hashing).verify(expected, normal(password)[:MOST_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def needs_new_hash(stored: str, hashing: Hashing) -> bool:
    """Return whether *stored* was made at another cost than is asked for now."""
    return _hasher(hashing).check_needs_rehash(stored)


@lru_cache(maxsize=8)
def _hasher(hashing: Hashing) -> PasswordHasher:
    return PasswordHasher(time_cost=hashing.passes, memory_cost=hashing.memory_kib, parallelism=hashing.lanes)


@lru_cache(maxsize=8)
def _nobody(hashing: Hashing) -> str:
    # What a wrong login is compared with, so that it costs the same as a wrong password.
    return _hasher(hashing).hash("nobody's password")


def _is_a_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps in ({1}, {-1})
