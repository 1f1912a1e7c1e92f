"""Looking at what the provider's webhooks speak of: pages, payments, refunds, disputes, cards."""

from __future__ import annotations

from svc_payments.actions import customers, receiving
from svc_payments.actions.calling import Desk
from svc_payments.actions.receiving import Received
from svc_payments.actions.settling import settle_payment
from svc_payments.ledger.posting import Cause
from svc_payments.provider.base import PaymentSnapshot

SETTLED, NOT_OURS, OF_NO_INTEREST = "settled", "not_ours", "of_no_interest"


def _settle(desk: Desk, event: Received, snapshot: PaymentSnapshot) -> str:
    cause = Cause("provider", event.event_id)
    found = desk.write(lambda session: settle_payment(session, snapshot.payment_id, snapshot, cause))
    return NOT_OURS if found is None else SETTLED


def look_at_intent(desk: Desk, event: Received) -> str:
    """Settle the payment of an intent, or of whatever names one."""
    intent_id = event.object_id if event.object_kind == "payment_intent" else event.intent_id
    if intent_id is None:
        return OF_NO_INTEREST
    return _settle(desk, event, desk.provider.fetch_payment(intent_id=intent_id))


def look_at_page(desk: Desk, event: Received) -> str:
    """Settle the payment of a page, or look at the cards of whoever saved one on it."""
    if "user_id" in event.metadata and "payment_id" not in event.metadata:
        return look_at_cards(desk, event)
    return _settle(desk, event, desk.provider.fetch_payment(session_id=event.object_id))


def look_at_refund(desk: Desk, event: Received) -> str:
    """Settle the payment that a refund belongs to."""
    intent_id = desk.provider.fetch_refund(event.object_id).intent_id
    return look_at_intent(desk, event._replace(intent_id=intent_id))


def look_at_dispute(desk: Desk, event: Received) -> str:
    """Settle the payment that a dispute is about."""
    intent_id = desk.provider.fetch_dispute(event.object_id).intent_id
    return look_at_intent(desk, event._replace(intent_id=intent_id))


def look_at_cards(desk: Desk, event: Received) -> str:
    """Look at the cards of whom the event names."""
    user_id = event.metadata.get("user_id")
    if user_id is None:
        return OF_NO_INTEREST
    customers.refresh(desk, user_id)
    return SETTLED


for kind in ("payment_intent", "charge"):
    receiving.register(kind, look_at_intent)
receiving.register("checkout.session", look_at_page)
receiving.register("refund", look_at_refund)
receiving.register("dispute", look_at_dispute)
receiving.register("setup_intent", look_at_cards)
