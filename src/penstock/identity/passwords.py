"""Passwords: hashed with Argon2id, on threads of their own so that the event loop goes on.

Two threads at most: a flood of logins waits in line instead of taking memory and every core.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from penstock.errors import InvalidValueError

SHORTEST = 8  # characters
FEWEST_SIGNS = 3  # different ones
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB: OWASP's least for Argon2id
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def check_password(label: str, password: str, *own: str | None) -> None:
    """Check that a password is not among the first that somebody would try.

    ``own`` are the user's names, which are guessed first. Length counts, not which signs it has.

    Raises:
        InvalidValueError: it is too short, common, or one of the user's names; the message does not repeat it.
    """
    if len(password) < SHORTEST:
        raise InvalidValueError(f"{label} is {len(password)} characters long; it needs at least {SHORTEST}")
    lowered = password.lower()
    if lowered in _common() or len(set(lowered)) < FEWEST_SIGNS:
        raise InvalidValueError(f"{label} is one of those that are tried first; choose another")
    if lowered in {name.lower() for name in own if name}:
        raise InvalidValueError(f"{label} is a name of the user; choose another")


@cache
def _common() -> frozenset[str]:
    return frozenset((resources.files(__package__) / "common_passwords.txt").read_text("utf-8").split())


async def hash_password(password: str) -> str:
    """Return the hash to store, with its salt and costs in it."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Return whether this is the password; without a stored hash it never is, after the same time."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, stored, password)


def new_password() -> str:
    """Return a password that nobody can guess: 24 URL-safe characters."""
    return secrets.token_urlsafe(18)


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """Return a hash to compare with when there is no user, so that the time taken tells nothing."""
    return _HASHER.hash(secrets.token_urlsafe())


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False
