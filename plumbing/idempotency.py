"""Calls that make something make it once, however often the client repeats them with the same key.

The note about the call is in the transaction of the work, and is kept for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import MetaData, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import KeyInvalid, KeyMismatch
from plumbing import codec
from plumbing.context import current_call
from plumbing.tables import idempotent_calls_table

Result = TypeVar("Result")

MAX_KEY = 200
_calls = idempotent_calls_table(MetaData())


def once(session: Session, person_id: str, request: object, work: Callable[[], Result]) -> Result:
    """Return what `work` returns, or what it returned when `person_id` first sent the call's key.

    Args:
        session: The transaction that `work` writes in.
        person_id: Whose key it is.
        request: The operation's name and its arguments; the key belongs to them.
        work: Makes the thing; its result must be plain values. It runs each time where the call has no key.

    Raises:
        KeyInvalid: The key is malformed.
        KeyMismatch: The key came with another request.
    """
    key = current_call().idempotency_key
    if key is None:
        return work()
    if not (0 < len(key) <= MAX_KEY and all("!" <= each <= "~" for each in key)):
        raise KeyInvalid
    fingerprint = hashlib.sha256(codec.encode(request)).digest()
    mine = (_calls.c.person_id == person_id) & (_calls.c.key == key)
    # A twin that comes at the same moment waits here until the first has committed.
    note = insert(_calls).values(person_id=person_id, key=key, fingerprint=fingerprint).on_conflict_do_nothing()
    if session.execute(note.returning(_calls.c.key)).first() is None:
        return _first_result(session, mine, fingerprint)
    result = work()
    session.execute(update(_calls).where(mine).values(result=codec.encode(result)))
    return result


def forget(session: Session, person_id: str) -> None:
    """Delete the notes about somebody's calls, once their account is gone."""
    session.execute(delete(_calls).where(_calls.c.person_id == person_id))


def _first_result(session: Session, mine: Any, fingerprint: bytes) -> Any:
    first = session.execute(select(_calls).where(mine)).one()
    if bytes(first.fingerprint) != fingerprint:
        raise KeyMismatch
    return codec.decode(bytes(first.result))
