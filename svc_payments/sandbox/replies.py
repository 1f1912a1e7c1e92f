"""Idempotency: what was answered once is answered again, to the same question only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.store import Store, Thing

_MOST_KEY = 255


@dataclass(frozen=True)
class Reply:
    """An answer, ready to leave."""

    status: int
    body: Thing
    request_id: str
    replayed: bool = False


def question_of(method: str, path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return a digest of what a call asks."""
    return hashlib.sha256(json.dumps([method, path, sorted(pairs)]).encode()).hexdigest()


def before(store: Store, key: str, question: str) -> Reply | None:
    """Return the first answer to a key; None at the first time.

    Raises:
        Refusal: The key belongs to another question.
    """
    if len(key) > _MOST_KEY:
        raise Refusal("Idempotency keys can be at most 255 characters.", type="idempotency_error")
    found = store.rows("SELECT asked, status, body, request_id FROM replies WHERE key = ?", key)
    if not found:
        return None
    row = found[0]
    if row["asked"] != question:
        raise Refusal(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    return Reply(row["status"], json.loads(row["body"]), row["request_id"], replayed=True)


def keep(store: Store, key: str, question: str, reply: Reply) -> None:
    """Remember an answer."""
    store.run(
        "INSERT INTO replies (key, asked, status, body, request_id) VALUES (?, ?, ?, ?, ?)",
        key,
        question,
        reply.status,
        json.dumps(reply.body),
        reply.request_id,
    )
