"""Calls that make something make it once, however often the client repeats them with the same key.

The note about the call is in the transaction of the work, and is kept for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import MetaData, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import KeyInvalid, KeyMismatch
from plumbing import codec
from plumbing.context import current_call
from plumbing.prepared import Prepared
from plumbing.tables import idempotent_calls_table

Result = TypeVar("Result")

MAX_KEY = 200
_calls = idempotent_calls_table(MetaData())
_NOTE_ALL = Prepared(
    """
INSERT INTO idempotent_calls (person_id, key, fingerprint, result)
SELECT person, key, decode(print, 'hex'), convert_to(result, 'UTF8')
FROM json_to_recordset(:rows) AS x(person uuid, key text, print text, result text)
ORDER BY person, key COLLATE "C" ON CONFLICT DO NOTHING
RETURNING person_id::text AS person, key, fingerprint
""",
    rows="json",
)


@dataclass(frozen=True, slots=True)
class KeyedCall:
    """A call that came with a key: whose that is, and what was asked."""

    person_id: str
    key: str
    fingerprint: bytes


def keyed_call(person_id: str, key: str, request: object) -> KeyedCall:
    """Return a call of `person_id` under `key`.

    Args:
        person_id: Whose key it is.
        key: The client's own name for the call.
        request: The operation's name and its arguments; the key belongs to them.

    Raises:
        KeyInvalid: The key is malformed.
    """
    if not (0 < len(key) <= MAX_KEY and all("!" <= each <= "~" for each in key)):
        raise KeyInvalid
    return KeyedCall(person_id, key, hashlib.sha256(codec.encode(request)).digest())


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
    call = keyed_call(person_id, key, request)
    # A twin that comes at the same moment waits here until the first has committed.
    note = insert(_calls).values(person_id=person_id, key=key, fingerprint=call.fingerprint).on_conflict_do_nothing()
    if session.execute(note.returning(_calls.c.key)).first() is None:
        result: Result = first_result(session, call)
        return result
    result = work()
    session.execute(update(_calls).where(_about(call)).values(result=codec.encode(result)))
    return result


def first_result(session: Session, call: KeyedCall) -> Any:
    """Return what came of a call when it came first; None where it has not come yet.

    Raises:
        KeyMismatch: The key came with another request.
    """
    first = session.execute(select(_calls).where(_about(call))).first()
    if first is None:
        return None
    if bytes(first.fingerprint) != call.fingerprint:
        raise KeyMismatch
    return codec.decode(bytes(first.result))


def note_all(session: Session, results: Mapping[KeyedCall, Any]) -> set[KeyedCall]:
    """Note calls with what comes of them in this transaction, and return those that have not come before.

    A twin that comes at the same moment waits here. Keys are noted in one order, so that batches wait for each other
    in one direction only.
    """
    rows = [
        {
            "person": call.person_id,
            "key": call.key,
            "print": call.fingerprint.hex(),
            "result": codec.encode(result).decode(),
        }
        for call, result in results.items()
    ]
    noted = _NOTE_ALL.run(session, rows=codec.encode(rows).decode())
    return {KeyedCall(row.person, row.key, bytes(row.fingerprint)) for row in noted}


def withdraw(session: Session, calls: Iterable[KeyedCall]) -> None:
    """Take back notes that this transaction made: nothing came of those calls, and their keys are free."""
    for call in calls:
        session.execute(delete(_calls).where(_about(call)))


def _row(call: KeyedCall, result: object) -> dict[str, str]:
    return {
        "person": call.person_id,
        "key": call.key,
        "print": call.fingerprint.hex(),
        "result": codec.encode(result).decode(),
    }


def _about(call: KeyedCall) -> Any:
    return (_calls.c.person_id == call.person_id) & (_calls.c.key == call.key)


def forget(session: Session, person_id: str) -> None:
    """Delete the notes about somebody's calls, once their account is gone."""
    session.execute(delete(_calls).where(_calls.c.person_id == person_id))
