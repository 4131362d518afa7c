"""Hashing passwords: slow on purpose, so bounded in how much of it goes on at once.

argon2id with OWASP's least parameters takes 19 MiB and some 40 ms each time. Two at once are enough to sign people in,
and forty at once take no more memory than two.
"""

import secrets
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain import passwords
from app.domain.errors import TooOften

MEMORY_KIB = 19 * 1024
ROUNDS = 2
AT_ONCE = 2
WAIT_SECONDS = 10.0

_hasher = PasswordHasher(time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=1)
_turn = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """What is stored of a password."""
    with _Turn():
        return _hasher.hash(passwords.normal(password))


def holds(stored: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long where there is none to compare with."""
    password = passwords.normal(password)
    if len(password) > passwords.LONGEST:
        stored, password = None, ""
    with _Turn():
        try:
            _hasher.verify(stored or _nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than now."""
    return _hasher.check_needs_rehash(stored)


class _Turn:
    """One of the few places. Raises TooOften when none becomes free."""

    def __enter__(self) -> None:
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise TooOften("Too many people are signing in at once.", code="sign_in_busy", retry_after_seconds=5)

    def __exit__(self, *_: object) -> None:
        _turn.release()


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_hex(16))
