"""Payments of many conversations, shown together: what is new by one statement, the rest as it comes.

Most of what is heard of payments is that a new one succeeded. Those of a batch become messages as sends do
(`storing.py`): their rows travel as one JSON text. What changes a message that is there goes its own way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.clock import rfc3339
from contracts.messaging import MessageCreated, UnknownConversation
from contracts.payments import PaymentChanged
from plumbing import codec
from plumbing.outbox import record_events
from plumbing.prepared import Prepared
from svc_messaging import live, views
from svc_messaging.actions import payments
from svc_messaging.models import Message

#: The conversations of a batch, locked in the order of their ids as sends lock them.
LOCK = Prepared(
    """
SELECT c.id::text, c.seq, c.ver FROM conversations c WHERE c.id = ANY (:ids::uuid[])
ORDER BY c.id FOR NO KEY UPDATE OF c
""",
    ids="text[]",
)
KNOWN = Prepared(
    """
SELECT p.subject_id::text FROM payment_messages p
JOIN json_to_recordset(:rows) AS x(c uuid, s uuid) ON p.conversation_id = x.c AND p.subject_id = x.s
""",
    rows="json",
)
STORE = Prepared(
    """
WITH s AS (
  SELECT * FROM json_to_recordset(:rows) AS x(
    conversation_id uuid, seq bigint, id uuid, ver bigint, author_id uuid, payment jsonb, version bigint,
    created_at timestamptz
  )
), stored AS (
  INSERT INTO messages (conversation_id, seq, id, ver, kind, author_id, text, payment, created_at)
  SELECT conversation_id, seq, id, ver, 'payment', author_id, payment ->> 'note', payment, created_at FROM s
), noted AS (
  INSERT INTO payment_messages (conversation_id, subject_id, message_id, version)
  SELECT conversation_id, (payment ->> 'id')::uuid, id, version FROM s
), unindexed AS (
  INSERT INTO unindexed_messages (conversation_id, message_id)
  SELECT conversation_id, id FROM s WHERE payment ->> 'note' <> ''
), authors AS (
  UPDATE members m SET sent = m.sent + a.count
  FROM (SELECT conversation_id, author_id, count(*) FROM s GROUP BY 1, 2) a
  WHERE m.conversation_id = a.conversation_id AND m.user_id = a.author_id
)
UPDATE conversations c SET seq = h.seq, ver = h.ver, last_message_at = h.at
FROM (
  SELECT conversation_id, max(seq) AS seq, max(ver) AS ver, max(created_at) AS at FROM s GROUP BY 1
) h WHERE c.id = h.conversation_id
""",
    rows="json",
)


def show_payments(session: Session, events: Sequence[PaymentChanged]) -> None:
    """Bring the messages of payments to what the events say, in their order.

    Raises:
        UnknownConversation: One is of a conversation that is not there; nothing is shown then.
    """
    wanted = {event.conversation_id for event in events}
    heads = {row.id: row for row in LOCK.run(session, ids=list(wanted))}
    if len(heads) < len(wanted):
        raise UnknownConversation
    fresh = _first_of_each(session, events)
    _append(session, heads, fresh.values())
    for event in events:
        if fresh.get(event.payment_id) is not event:
            payments.follow_payment(session, event)


def _first_of_each(session: Session, events: Sequence[PaymentChanged]) -> dict[str, PaymentChanged]:
    """Return, by payment, the events by which those appear that have no message yet."""
    showing = [event for event in events if payments.makes_a_message(event)]
    if not showing:
        return {}
    asked = [{"c": event.conversation_id, "s": event.payment_id} for event in showing]
    known = set(KNOWN.run(session, rows=codec.encode(asked).decode()).scalars())
    firsts: dict[str, PaymentChanged] = {}
    for event in showing:
        if event.payment_id not in known:
            firsts.setdefault(event.payment_id, event)
    return firsts


def _append(session: Session, heads: dict[str, Row[Any]], events: Iterable[PaymentChanged]) -> None:
    now, numbers = datetime.now(UTC), {key: [row.seq, row.ver] for key, row in heads.items()}
    new = [(_message(event, numbers[event.conversation_id], now), event.version) for event in events]
    if not new:
        return
    STORE.run(session, rows=codec.encode([_row(message, version) for message, version in new]).decode())
    record_events(session, [_created(message) for message, _ in new])
    for message, _ in new:
        view = views.message_view(message, [], None)
        live.to_conversation(session, message.conversation_id, message.ver, "message.created", view)


def _message(event: PaymentChanged, numbers: list[int], now: datetime) -> Message:
    numbers[0] += 1
    numbers[1] += 1
    return Message(
        conversation_id=event.conversation_id,
        seq=numbers[0],
        id=new_id(),
        ver=numbers[1],
        kind="payment",
        author_id=event.payer_id,
        text=event.note,
        entities=[],
        media_ids=[],
        reply_count=0,
        payment=payments.shown_payment(event),
        created_at=now,
    )


def _row(message: Message, version: int) -> dict[str, Any]:
    return {
        "conversation_id": message.conversation_id,
        "seq": message.seq,
        "id": message.id,
        "ver": message.ver,
        "author_id": message.author_id,
        "payment": message.payment,
        "version": version,
        "created_at": rfc3339(message.created_at),
    }


def _created(message: Message) -> MessageCreated:
    return MessageCreated(
        conversation_id=message.conversation_id,
        ver=message.ver,
        message_id=message.id,
        seq=message.seq,
        author_id=message.author_id,
        mentions=[],
        reply_to=None,
        media_ids=[],
    )
