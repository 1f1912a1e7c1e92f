"""Hashing passwords with argon2id, outside the event loop and at most four at once."""

from __future__ import annotations

import secrets
from functools import cache

import argon2
from eventlet import tpool
from eventlet.semaphore import Semaphore

from contracts.base import Unavailable
from svc_auth.policy import argon2_cost

AT_ONCE = 4
#: Beyond this many waiting nobody would get an answer within the deadline.
WAITING = 60

_gate = Semaphore(AT_ONCE)


class Overloaded(Unavailable):
    """Too many people sign in at this moment."""

    code = "sign_in_overloaded"
    detail = "Too many people sign in at this moment; try again."


@cache
def _hasher() -> argon2.PasswordHasher:
    cost = argon2_cost()
    return argon2.PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes)


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(32))


def prepare() -> None:
    """Start the native threads and make the hash that stands in for a missing one."""
    tpool.execute(_nobodys_hash)


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password`.

    Raises:
        Overloaded: Too many are waiting already.
    """
    with _turn():
        return str(tpool.execute(_hasher().hash, password))


def password_matches(password_hash: str | None, password: str) -> bool:
    """Tell whether `password` is the one; takes as long for a person who does not exist (None).

    Raises:
        Overloaded: Too many are waiting already.
    """
    with _turn():
        right = bool(tpool.execute(_verify, password_hash or _nobodys_hash(), password))
    return right and password_hash is not None


def rehashed(password_hash: str, password: str) -> str:
    """Return a hash of `password`, just proved right, at today's cost: the old one where that will do."""
    return hash_password(password) if _hasher().check_needs_rehash(password_hash) else password_hash


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _turn() -> Semaphore:
    if _gate.balance <= -WAITING:
        raise Overloaded(retry_after_s=1)
    return _gate
