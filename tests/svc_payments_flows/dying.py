"""What a process of these tests does until it is killed: see `tests.services.times_killed`."""

from __future__ import annotations

from typing import Any

from nameko.testing.services import worker_factory

from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_payments.actions.reconciling import reconcile
from svc_payments.options import options
from svc_payments.provider.stripe_provider import StripeProvider
from svc_payments.service import PaymentsService
from svc_payments.workers.receiving import apply_due
from tests.services import FakePush, service_token, user_token
from tests.svc_payments_flows.market import Desk, FakeChannels, FakeMessaging


def _provider(installation: str) -> StripeProvider:
    found = options()
    return StripeProvider(
        found.stripe_secret_key, found.stripe_webhook_secret, found.stripe_api_base, 5.0, installation=installation
    )


def _service(db: Transactions, installation: str, chat: str, *people: str) -> PaymentsService:
    messaging = FakeMessaging()
    messaging.members[chat] = set(people)
    made: PaymentsService = worker_factory(
        PaymentsService,
        db=db,
        push=FakePush(),
        caller=CallerIdentity(),
        provider=_provider(installation),
        messaging=messaging,
        subscriptions=FakeChannels(),
    )
    return made


def create_payment(db: Transactions, installation: str, chat: str, payer: str, payee: str, *how: Any) -> None:
    """Pay with a key."""
    key, method = how
    service = _service(db, installation, chat, payer, payee)
    with working_on(CallContext(token=user_token(payer), idempotency_key=key)):
        service.create_payment(conversation_id=chat, payee_id=payee, amount=1000, currency="EUR", method=method)


def create_refund(db: Transactions, installation: str, payee: str, payment_id: str, key: str) -> None:
    """Give a payment back with a key."""
    service = _service(db, installation, "", payee)
    with working_on(CallContext(token=user_token(payee), idempotency_key=key)):
        service.create_refund(payment_id=payment_id, amount=400)


def receive(db: Transactions, installation: str, body: str, signature: str) -> None:
    """Take a webhook, and apply it."""
    service = _service(db, installation, "")
    with working_on(CallContext(token=service_token("gateway"))):
        service.receive_webhook(body=body, signature=signature)
    apply_due(Desk(db, FakePush(), _provider(installation)))


def compare(db: Transactions, installation: str) -> None:
    """Reconcile."""
    reconcile(Desk(db, FakePush(), _provider(installation)))
