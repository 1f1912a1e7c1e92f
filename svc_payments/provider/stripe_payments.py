"""A payment at Stripe: a PaymentIntent, mostly with the Checkout Session that it is paid on, read into one snapshot."""

from __future__ import annotations

from typing import Literal

import stripe
from stripe.checkout import Session

from svc_payments.provider.base import DisputeSnapshot, NotOurs, PaymentSnapshot, RefundSnapshot, SnapshotStatus
from svc_payments.provider.stripe_http import decline_code
from svc_payments.provider.stripe_shapes import (
    PAGE,
    PAYER_ID,
    PAYMENT_ID,
    VIA,
    at,
    check_ours,
    dispute,
    id_of,
    metadata_of,
    present,
    refund,
)

#: What a PaymentIntent is asked for together with itself.
EXPANSIONS = ("latest_charge.balance_transaction", "latest_charge.refunds")
_FINAL: dict[str, Literal["succeeded", "canceled"]] = {"succeeded": "succeeded", "canceled": "canceled"}


class PaymentReader:
    """Makes snapshots of payments, asking for what an answer has left out.

    Args:
        client: The connection.
        installation: Whose payments are believed.
    """

    def __init__(self, client: stripe.StripeClient, installation: str) -> None:
        self._client = client
        self._installation = installation

    def session(self, session_id: str) -> PaymentSnapshot:
        """Return the payment of a page."""
        expand = [f"payment_intent.{name}" for name in EXPANSIONS]
        found = self._client.v1.checkout.sessions.retrieve(session_id, params={"expand": expand})
        return self.of_session(found)

    def of_session(self, session: Session) -> PaymentSnapshot:
        """Read a page, with its intent as an object where it has one."""
        if session.mode != "payment":
            raise NotOurs("no payment")
        intent = session.payment_intent
        if intent is None:
            return self._unpaid(session)
        return self._read(intent if not isinstance(intent, str) else self._retrieve(intent), session)

    def intent(self, intent_id: str) -> PaymentSnapshot:
        """Return a payment by its intent."""
        return self.of_intent(self._retrieve(intent_id))

    def of_intent(self, intent: stripe.PaymentIntent) -> PaymentSnapshot:
        """Read an intent, with `EXPANSIONS`; only its page says whether an unpaid one can still be paid."""
        metadata = metadata_of(intent)
        check_ours(metadata, self._installation)
        paged = metadata.get(VIA) == PAGE and intent.status != "succeeded"
        return self._read(intent, self._session_of(intent.id) if paged else None)

    def _retrieve(self, intent_id: str) -> stripe.PaymentIntent:
        return self._client.v1.payment_intents.retrieve(intent_id, params={"expand": list(EXPANSIONS)})

    def _session_of(self, intent_id: str) -> Session | None:
        found = self._client.v1.checkout.sessions.list(params={"payment_intent": intent_id, "limit": 1}).data
        return found[0] if found else None

    def _unpaid(self, session: Session) -> PaymentSnapshot:
        metadata = metadata_of(session)
        check_ours(metadata, self._installation)
        status: SnapshotStatus = "expired" if session.status == "expired" else "requires_action"
        return PaymentSnapshot(
            intent_id=None,
            session_id=session.id,
            payment_id=metadata.get(PAYMENT_ID, ""),
            payer_id=metadata.get(PAYER_ID, ""),
            status=status,
            amount=session.amount_total or 0,
            received=0,
            currency=(session.currency or "").upper(),
            action_url=session.url if status == "requires_action" else None,
            failure=None,
            customer_id=id_of(session.customer),
            method_id=None,
            charge_id=None,
            provider_fee=None,
            provider_fee_currency=None,
            created=at(session.created),
        )

    def _read(self, intent: stripe.PaymentIntent, session: Session | None) -> PaymentSnapshot:
        metadata = metadata_of(intent)
        check_ours(metadata, self._installation)
        status = status_of(intent, session)
        charge = _charge(intent)
        fee = _fee(charge)
        return PaymentSnapshot(
            intent_id=intent.id,
            session_id=session.id if session else None,
            payment_id=metadata.get(PAYMENT_ID, ""),
            payer_id=metadata.get(PAYER_ID, ""),
            status=status,
            amount=intent.amount,
            received=intent.amount_received if status == "succeeded" else 0,
            currency=intent.currency.upper(),
            action_url=action_url(intent, session) if status == "requires_action" else None,
            failure=failure_of(intent) if status != "succeeded" else None,
            customer_id=id_of(intent.customer),
            method_id=id_of(intent.payment_method),
            charge_id=charge.id if charge else None,
            provider_fee=fee.fee if fee else None,
            provider_fee_currency=fee.currency.upper() if fee else None,
            created=at(intent.created),
            refunds=self._refunds(intent, charge),
            disputes=self._disputes(intent, charge),
        )

    def _refunds(self, intent: stripe.PaymentIntent, charge: stripe.Charge | None) -> tuple[RefundSnapshot, ...]:
        if charge is None:
            return ()
        enclosed = present(charge, "refunds")
        if enclosed is not None and not enclosed.has_more:
            found: list[stripe.Refund] = list(enclosed.data)
        else:
            pages = self._client.v1.refunds.list(params={"payment_intent": intent.id, "limit": 100})
            found = list(pages.auto_paging_iter())
        payment_id = metadata_of(intent).get(PAYMENT_ID)
        return tuple(refund(one, payment_id) for one in reversed(found))

    def _disputes(self, intent: stripe.PaymentIntent, charge: stripe.Charge | None) -> tuple[DisputeSnapshot, ...]:
        if charge is None or not charge.disputed:
            return ()
        pages = self._client.v1.disputes.list(params={"payment_intent": intent.id, "limit": 100})
        payment_id = metadata_of(intent).get(PAYMENT_ID)
        return tuple(dispute(one, payment_id) for one in reversed(list(pages.auto_paging_iter())))


def status_of(intent: stripe.PaymentIntent, session: Session | None) -> SnapshotStatus:
    """Return how a payment stands. Stripe's intents never fail by themselves, but nobody will try a saved card again.

    Args:
        intent: The payment.
        session: Its page; None where it was made without one, or where it has succeeded.
    """
    if intent.status in _FINAL:
        expired = intent.status == "canceled" and session is not None and session.status == "expired"
        return "expired" if expired else _FINAL[intent.status]
    if intent.status == "requires_action":
        return "requires_action"
    if intent.status != "requires_payment_method":
        return "processing"
    if session is not None:
        return "requires_action" if session.status == "open" else "expired"
    return "failed"


def action_url(intent: stripe.PaymentIntent, session: Session | None) -> str | None:
    """Return where the payer goes on: to the page, or to their bank's question about a saved card."""
    if session is not None:
        return session.url
    redirect = present(intent.next_action, "redirect_to_url")
    return present(redirect, "url") if redirect else None


def failure_of(intent: stripe.PaymentIntent) -> str | None:
    """Return the machine code of the last refusal."""
    error = intent.last_payment_error
    if error is None:
        return None
    return decline_code(present(error, "code"), present(error, "decline_code"))


def _charge(intent: stripe.PaymentIntent) -> stripe.Charge | None:
    """Return the charge that was paid: the latest one may also be a refusal."""
    charge = intent.latest_charge
    return charge if isinstance(charge, stripe.Charge) and charge.paid else None


def _fee(charge: stripe.Charge | None) -> stripe.BalanceTransaction | None:
    found = charge.balance_transaction if charge else None
    return found if isinstance(found, stripe.BalanceTransaction) else None
