"""Payments and requests for money, as the conversation in which they are made shows them.

Each has one message, appended when it is first worth showing and changed in place afterwards. Payments appear
once money is on its way: nobody is shown tries that were given up. A payment that answers a request has no message
of its own, but changes the request's. What is known comes by events of svc_payments, at least once and not in order
across subjects; the newest `version` of each wins.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from contracts.auth import NOBODY
from contracts.messaging import ChatPaymentView
from contracts.payments import PaymentChanged, PaymentRequestChanged
from plumbing import codec
from plumbing.prepared import Prepared
from svc_messaging.actions.access import lock_unchecked
from svc_messaging.actions.changes import record_change
from svc_messaging.actions.indexing import ask_to_index
from svc_messaging.actions.system_messages import append
from svc_messaging.models import Conversation, Message, PaymentMessage

#: A conversation, and people who are looked for in it.
Asked = tuple[str, Collection[str]]

_MEMBERS = Prepared(
    """
WITH asked AS (SELECT * FROM json_to_recordset(:rows) AS x(i int, c uuid, u uuid))
SELECT a.i, a.u::text AS person FROM asked a
JOIN members m ON m.conversation_id = a.c AND m.user_id = a.u
JOIN conversations c ON c.id = a.c
WHERE c.kind <> 'direct' OR NOT EXISTS (
  SELECT FROM blocks b JOIN members o ON o.conversation_id = a.c AND o.user_id <> a.u
  WHERE (b.user_id = a.u AND b.blocked_id = o.user_id) OR (b.user_id = o.user_id AND b.blocked_id = a.u)
)
""",
    rows="json",
)

#: What a payment has to be to appear.
_WORTH_SHOWING = frozenset({"processing", "succeeded"})
#: The version of what no event was heard of yet.
_UNHEARD = -1


def makes_a_message(event: PaymentChanged) -> bool:
    """Tell whether an event makes a payment appear that no message shows yet."""
    return event.request_id is None and event.status in _WORTH_SHOWING


def follow_payment(session: Session, event: PaymentChanged) -> None:
    """Change the message of a payment, or of the request that it answers, where the event is newer than that shows.

    A payment that has none is appended with others (`showing_payments.py`).
    """
    conversation = lock_unchecked(session, event.conversation_id)
    if event.request_id is not None:
        _show_paid_request(session, conversation, event, event.request_id)
    elif (known := _find(session, conversation, event.payment_id)) is not None:
        _change(session, conversation, known, event.version, _of_payment(event))


def show_request(session: Session, event: PaymentRequestChanged) -> None:
    """Append the request's message, or change it where the event is newer than what it shows."""
    conversation = lock_unchecked(session, event.conversation_id)
    known = _find(session, conversation, event.request_id)
    if known is None:
        _append(session, conversation, event.requester_id, event.version, _shown_request(event))
    else:
        _change(session, conversation, known, event.version, _of_request(event))


def members_to_pay(session: Session, asked: Sequence[Asked]) -> list[list[str]]:
    """Return those of the people who are members now; nobody of a direct chat in which one blocked the other."""
    rows = [{"i": i, "c": each, "u": person} for i, (each, people) in enumerate(asked) for person in people]
    found: list[list[str]] = [[] for _ in asked]
    for row in _MEMBERS.run(session, rows=codec.encode(rows).decode()):
        found[row.i].append(row.person)
    return found


def forget_note(session: Session, message: Message) -> None:
    """Empty the note of a payment whose author wants to leave no words behind; that money moved stays."""
    if message.payment is not None:
        message.text, message.payment = "", {**message.payment, "note": ""}
        ask_to_index(session, message.conversation_id, message.id)


def take_name_off(session: Session, conversation_id: str, user_id: str) -> None:
    """Show nobody in the place of somebody whose account is gone."""
    here = select(PaymentMessage.message_id).where(PaymentMessage.conversation_id == conversation_id)
    query = select(Message).where(Message.conversation_id == conversation_id, Message.id.in_(here))
    for message in session.scalars(query):
        shown = message.payment
        if shown is not None and user_id in (shown["payer_id"], shown["payee_id"]):
            message.payment = {key: NOBODY if value == user_id else value for key, value in shown.items()}


def _find(session: Session, conversation: Conversation, subject_id: str) -> PaymentMessage | None:
    return session.get(PaymentMessage, (conversation.id, subject_id), populate_existing=True)


def _append(
    session: Session, conversation: Conversation, author_id: str, version: int, shown: ChatPaymentView
) -> PaymentMessage:
    message = append(session, conversation, author_id, kind="payment", text=shown["note"], payment=shown)
    if shown["note"]:
        ask_to_index(session, conversation.id, message.id)
    return _note(session, conversation, shown["id"], message.id, version)


def _note(
    session: Session, conversation: Conversation, subject_id: str, message_id: str, version: int
) -> PaymentMessage:
    noted = PaymentMessage(
        conversation_id=conversation.id, subject_id=subject_id, message_id=message_id, version=version
    )
    session.add(noted)
    session.flush()
    return noted


def _change(
    session: Session, conversation: Conversation, known: PaymentMessage, version: int, facts: dict[str, Any]
) -> None:
    """Change what the message shows, unless that is as new; a deleted one stays empty."""
    if version <= known.version:
        return
    known.version = version
    here = (Message.conversation_id == conversation.id, Message.id == known.message_id)
    shown = session.scalar(select(Message.payment).where(*here))
    if shown is None or (changed := _merged(shown, facts)) == shown:
        return
    session.execute(update(Message).where(*here).values(payment=changed))
    record_change(session, conversation, "message.edited", message_id=known.message_id)


def _merged(shown: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    changed = {**shown, **facts}
    if shown["kind"] == "request" and shown["status"] == "paid":
        # Its payment may be heard of before what the request itself was until then.
        changed |= {"status": "paid", "payment_id": shown["payment_id"]}
    return changed


def _show_paid_request(session: Session, conversation: Conversation, event: PaymentChanged, request_id: str) -> None:
    """Show in a request's message that it was paid, and what became of that payment."""
    payment = _find(session, conversation, event.payment_id)
    if payment is None:
        if event.status != "succeeded":
            return
        request = _find(session, conversation, request_id)
        if request is None:
            request = _append(session, conversation, event.payee_id, _UNHEARD, _shown_early(event, request_id))
        payment = _note(session, conversation, event.payment_id, request.message_id, _UNHEARD)
    facts = {"status": "paid", "payment_id": event.payment_id, "refunded": event.refunded, "disputed": event.disputed}
    _change(session, conversation, payment, event.version, facts)


def shown_payment(event: PaymentChanged) -> ChatPaymentView:
    """Return what readers are shown of a payment."""
    return {
        "id": event.payment_id,
        "kind": "payment",
        "status": event.status,
        "payer_id": event.payer_id,
        "payee_id": event.payee_id,
        "amount": event.amount,
        "currency": event.currency,
        "refunded": event.refunded,
        "disputed": event.disputed,
        "note": event.note,
        "payment_id": event.payment_id,
    }


def _of_payment(event: PaymentChanged) -> dict[str, Any]:
    return {"status": event.status, "refunded": event.refunded, "disputed": event.disputed}


def _shown_request(event: PaymentRequestChanged) -> ChatPaymentView:
    return {
        "id": event.request_id,
        "kind": "request",
        "status": event.status,
        "payer_id": event.payer_id,
        "payee_id": event.requester_id,
        "amount": event.amount,
        "currency": event.currency,
        "refunded": 0,
        "disputed": False,
        "note": event.note,
        "payment_id": event.payment_id,
    }


def _of_request(event: PaymentRequestChanged) -> dict[str, Any]:
    return {"status": event.status, "payment_id": event.payment_id}


def _shown_early(event: PaymentChanged, request_id: str) -> ChatPaymentView:
    """What to show of a request that only its payment was heard of so far."""
    return {**shown_payment(event), "id": request_id, "kind": "request", "status": "open", "payment_id": None}
