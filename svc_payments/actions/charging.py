"""The calls that payments need: opening the provider's page, charging a saved card, giving up, giving back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.orm import Session

from plumbing.settings import settings
from svc_payments.actions import calling, calls, customers, refunding, settling, telling
from svc_payments.actions.calling import Desk, Handler
from svc_payments.actions.calls import Call
from svc_payments.ledger.posting import Cause
from svc_payments.payment_models import OPEN, Payment, Refund
from svc_payments.provider.base import CardDeclined, Checkout, PaymentSnapshot, ProviderRefused, RefundSnapshot

#: What the payer reads on the provider's page.
TITLES = {
    "transfer": "Payment to a person on Charla",
    "tip": "Tip on Charla",
    "post": "Post on Charla",
    "plan": "Channel on Charla",
    "ad_free": "Charla without advertising",
    "top_up": "Charla balance",
    "ads_top_up": "Advertising on Charla",
}
_EARLIER = timedelta(hours=1)
#: After so many tries in vain it is looked whether the first one was not in vain.
_SURE = 2


def _find(desk: Desk, payment_id: str) -> Payment:
    with desk.db.reading() as session:
        found: Payment = session.get_one(Payment, payment_id)
        return found


def _return_url(payment: Payment) -> str:
    """Return where the provider sends the payer back: a path of our own, with the payment's id."""
    parts = urlsplit(payment.return_path)
    query = "&".join(filter(None, (parts.query, f"payment_id={payment.id}")))
    return settings().public_url.rstrip("/") + urlunsplit(("", "", parts.path, query, parts.fragment))


def _facts(call: Call, payment: Payment) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "payment_id": payment.id,
        "payer_id": payment.payer_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "title": TITLES[payment.kind],
        "return_url": _return_url(payment),
    }


def _open_checkout(desk: Desk, call: Call) -> Checkout | PaymentSnapshot | None:
    payment = _find(desk, call.subject_id)
    if payment.status not in OPEN:
        return None  # nobody was ever led to a page of it
    if (earlier := _earlier_attempt(desk, call, payment)) is not None:
        return earlier
    customer_id, saved = call.arguments["customer_id"], call.arguments["save_card"]
    if saved and customer_id is None:
        customer_id = customers.ensure(desk, payment.payer_id)
    return desk.provider.open_checkout(**_facts(call, payment), customer_id=customer_id, save_card=saved)


def _charge(desk: Desk, call: Call) -> PaymentSnapshot | None:
    payment = _find(desk, call.subject_id)
    if payment.status not in OPEN:
        return _made_of(desk, payment)  # it was called off: what came of it counts, but nothing new is begun
    if call.attempts > _SURE and (made := _made_of(desk, payment)) is not None:
        return made
    if (earlier := _earlier_attempt(desk, call, payment)) is not None:
        return earlier
    if call.arguments["customer_id"] is None:
        raise ProviderRefused("no_customer")
    return desk.provider.charge_saved(
        **_facts(call, payment),
        customer_id=call.arguments["customer_id"],
        method_id=payment.method,
        present=payment.present,
    )


def _made_of(desk: Desk, payment: Payment) -> PaymentSnapshot | None:
    """Return what an unanswered call made: the provider may go on answering its key with an error of that moment."""
    for found in desk.provider.list_payments(payment.created_at - _EARLIER):
        if found.payment_id == payment.id and found.intent_id != payment.intent_id:
            return found
    return None


def _earlier_attempt(desk: Desk, call: Call, payment: Payment) -> PaymentSnapshot | None:
    """See to it that nothing can come of earlier attempts any more; return one that has come to something."""
    if call.arguments["attempt"] == 1:
        return None
    for found in _put_an_end_to(desk, payment):
        if found.payment_id == payment.id and found.status in ("succeeded", "processing"):
            return found
    return None


def _put_an_end_to(desk: Desk, payment: Payment) -> Iterator[PaymentSnapshot]:
    if payment.session_id is not None:
        yield desk.provider.expire_checkout(payment.session_id)
    if payment.intent_id is not None:
        yield desk.provider.cancel_intent(payment.intent_id)
    if payment.session_id is None and payment.intent_id is None:  # its answer never came
        yield from desk.provider.list_payments(payment.created_at - _EARLIER)


def _learn(session: Session, call: Call, answer: Checkout | PaymentSnapshot | None) -> None:
    if answer is None:
        return
    if isinstance(answer, PaymentSnapshot):
        payment = settling.settle_payment(session, call.subject_id, answer, Cause("provider", call.id), answer=True)
    else:
        payment = _note_page(session, call, answer)
    if payment is not None and payment.status not in (*OPEN, "succeeded"):
        want_end(session, payment)  # it was canceled while the provider was being asked


def _note_page(session: Session, call: Call, page: Checkout) -> Payment | None:
    payment = settling.lock(session, call.subject_id)
    if payment is None or payment.status == "succeeded":
        return payment
    payment.session_id, payment.intent_id = page.session_id, page.intent_id
    if payment.status == "created":
        payment.status, payment.action_url = "requires_action", page.url
        telling.changed(session, payment)
    return payment


def _refused(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    if isinstance(error, CardDeclined):
        settling.fail(session, call.subject_id, error.code, error.intent_id)
    else:
        settling.fail(session, call.subject_id, settling.REFUSED)


def _too_old(session: Session, call: Call) -> None:
    settling.fail(session, call.subject_id, settling.AWAY)


def want_end(session: Session, payment: Payment) -> str:
    """Want the provider to let nobody pay any more what the payment was about; return the call's id."""
    call_id = calls.call_id(payment.id, f"end {payment.attempt} {payment.session_id} {payment.intent_id}")
    return calls.want(session, call_id=call_id, kind="end", subject_id=payment.id, arguments={})


def _end(desk: Desk, call: Call) -> PaymentSnapshot | None:
    payment = _find(desk, call.subject_id)
    if payment.session_id is not None:
        return desk.provider.expire_checkout(payment.session_id)
    if payment.intent_id is not None:
        return desk.provider.cancel_intent(payment.intent_id)
    with desk.db.reading() as session:
        if calls.others_wait(session, call):
            raise calling.NotNow  # what it is made by is not known yet
    return None


def _learn_end(session: Session, call: Call, answer: PaymentSnapshot | None) -> None:
    if answer is None:
        return
    if answer.status == "expired":  # by us
        answer = replace(answer, status="canceled")
    settling.settle_payment(session, call.subject_id, answer, Cause("provider", call.id))


def _refused_end(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    """There is nothing to end; what is there is found by looking at it."""


def _refund(desk: Desk, call: Call) -> RefundSnapshot:
    payment = _find(desk, call.subject_id)
    metadata = {"refund_id": str(call.arguments["refund_id"])}
    if call.attempts > 1:  # the provider forgets keys after a day, but not refunds
        known = desk.provider.fetch_payment(intent_id=payment.intent_id).refunds
        for each in known:
            if each.metadata.get("refund_id") == metadata["refund_id"]:
                return each
    amount = int(call.arguments["amount"])
    return desk.provider.refund(call_id=call.id, intent_id=payment.intent_id or "", amount=amount, metadata=metadata)


def _learn_refund(session: Session, call: Call, answer: RefundSnapshot) -> None:
    payment = settling.lock(session, call.subject_id)
    if payment is not None:
        refunding.settle(session, payment, answer, Cause("provider", answer.refund_id))


def _refused_refund(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    payment = settling.lock(session, call.subject_id)
    refund = session.get(Refund, (call.subject_id, call.arguments["refund_id"]))
    if payment is not None and refund is not None and refund.status == "pending":
        refunding.undo(session, payment, refund, settling.REFUSED, Cause("provider", call.id))


calling.register("checkout", Handler(_open_checkout, _learn, _refused, _too_old))
calling.register("charge", Handler(_charge, _learn, _refused, _too_old))
calling.register("end", Handler(_end, _learn_end, _refused_end))
calling.register("refund", Handler(_refund, _learn_refund, _refused_refund))
