"""Asking the provider what became of a payment, and settling it with the answer."""

from __future__ import annotations

from svc_payments.actions.calling import Desk
from svc_payments.actions.settling import settle_payment
from svc_payments.ledger.posting import Cause
from svc_payments.payment_models import Payment
from svc_payments.provider.base import PaymentSnapshot, ProviderRefused


def ask(desk: Desk, payment: Payment) -> PaymentSnapshot | None:
    """Return what the provider says of a payment; None where it was never asked to do anything.

    Raises:
        ProviderAway: It does not answer.
    """
    if payment.session_id is None and payment.intent_id is None:
        return None
    try:
        return desk.provider.fetch_payment(session_id=payment.session_id, intent_id=payment.intent_id)
    except ProviderRefused:
        return None


def ask_and_settle(desk: Desk, payment: Payment, cause: Cause) -> None:
    """Settle a payment by what the provider says now; outside any transaction.

    Raises:
        ProviderAway: It does not answer.
    """
    snapshot = ask(desk, payment)
    if snapshot is not None:
        desk.write(lambda session: settle_payment(session, payment.id, snapshot, cause))
