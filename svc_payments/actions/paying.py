"""Beginning payments, and what follows once the money is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.payments import PaymentKind, TooManyOpenPayments
from svc_payments.actions import calls, following, telling
from svc_payments.ledger import accounts
from svc_payments.ledger.access import Access, access_of
from svc_payments.ledger.balances import lock_enough
from svc_payments.ledger.fees import fee_of
from svc_payments.ledger.posting import Cause, Move, Posting, post_all, transaction_id
from svc_payments.options import options
from svc_payments.payment_models import OPEN, Customer, Payment

#: Payments that somebody may have begun and neither made nor canceled.
MAX_OPEN = 50
BALANCE, CARD = "balance", "card"
#: Cards that pay for these are kept for the next period.
_SAVES_CARD = frozenset({"plan", "ad_free"})


@dataclass(frozen=True, kw_only=True)
class Opens:
    """What a payment opens for its payer.

    Attributes:
        period_days: For how long; None: for good.
        starts: From when on; None: from the payment on, or from where the access ends that is there then.
    """

    subject_kind: str
    subject_id: str
    period_days: int | None = None
    starts: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody wants to pay; checked already.

    Attributes:
        payment_id: The same id is the same wish: it is begun once, and again only where it came to nothing.
        method: `balance`, `card` or the id of one of the payer's saved cards.
        present: The payer is there, to be led to their bank.
    """

    payment_id: str
    kind: PaymentKind
    payer_id: str
    payee_id: str | None
    amount: int
    currency: str
    note: str = ""
    method: str = CARD
    conversation_id: str | None = None
    channel_id: str | None = None
    post_id: str | None = None
    plan_id: str | None = None
    request_id: str | None = None
    subscription_id: str | None = None
    access: Opens | None = None
    fee_bps: int = 0
    return_path: str = "/"
    present: bool = True


def begin(session: Session, order: Order, now: datetime) -> Payment:
    """Begin a payment: one from a balance is over with this transaction, others ask the provider after it.

    Raises:
        BalanceTooLow: The payer's balance does not hold it; nothing was written.
        TooManyOpenPayments: They have begun so many that they have not made.
    """
    payment = session.get(Payment, order.payment_id, with_for_update=True)
    if payment is not None and (payment.status in OPEN or payment.status == "succeeded"):
        return payment
    if order.method == BALANCE:
        lock_enough(session, accounts.person(order.payer_id), order.currency, order.amount)
    elif order.present:
        _demand_room(session, order.payer_id)
    if payment is None:
        payment = new_payment(order, now)
        session.add(payment)
    else:
        _again(payment, order)
    session.flush()
    if payment.method == BALANCE:
        fulfil(session, payment, Cause("command", payment.id), now)
    else:
        _ask_provider(session, payment)
        telling.changed(session, payment)
    return payment


def _demand_room(session: Session, payer_id: str) -> None:
    """Refuse more than people need. Counted without a lock: a few more do no harm."""
    query = select(func.count()).where(Payment.payer_id == payer_id, Payment.status.in_(OPEN))
    if (session.scalar(query) or 0) >= MAX_OPEN:
        raise TooManyOpenPayments(limit=MAX_OPEN)


def new_payment(order: Order, now: datetime) -> Payment:
    """Return the row of a payment that somebody has just begun."""
    access = order.access
    return Payment(
        id=order.payment_id,
        kind=order.kind,
        status="created",
        payer_id=order.payer_id,
        payee_id=order.payee_id,
        amount=order.amount,
        currency=order.currency,
        fee=fee_of(order.amount, order.fee_bps),
        note=order.note,
        method=order.method,
        conversation_id=order.conversation_id,
        channel_id=order.channel_id,
        post_id=order.post_id,
        plan_id=order.plan_id,
        request_id=order.request_id,
        subscription_id=order.subscription_id,
        access_kind=access.subject_kind if access else None,
        access_id=access.subject_id if access else None,
        access_days=access.period_days if access else None,
        access_from=access.starts if access else None,
        return_path=order.return_path,
        present=order.present,
        attempt=1,
        refunded=0,
        disputed=False,
        version=0,
        created_at=now,
        asked_at=now,
    )


def _again(payment: Payment, order: Order) -> None:
    """Make a payment that came to nothing one that has just begun; what it was tried with stays known."""
    payment.status, payment.failure, payment.action_url = "created", None, None
    payment.method, payment.return_path, payment.present = order.method, order.return_path, order.present
    payment.attempt += 1


def _ask_provider(session: Session, payment: Payment) -> None:
    customer = session.get(Customer, payment.payer_id)
    customer_id = customer.customer_id if customer else None
    arguments = {"attempt": payment.attempt, "customer_id": customer_id}
    if payment.method == CARD:
        arguments["save_card"] = payment.kind in _SAVES_CARD
    calls.want(
        session,
        call_id=calls.call_id(payment.id, f"attempt {payment.attempt}"),
        kind="checkout" if payment.method == CARD else "charge",
        subject_id=payment.id,
        arguments=arguments,
    )


def fulfil(session: Session, payment: Payment, cause: Cause, now: datetime) -> None:
    """Post a payment whose money is there, open what it opens, and tell of it; under the payment's lock."""
    payment.status, payment.failure, payment.action_url, payment.succeeded_at = "succeeded", None, None, now
    post_all(session, [posting_of(payment, cause, now, _access(session, payment, now))])
    telling.changed(session, payment, succeeded=True)
    telling.entitled(session, payment)
    following.paid(session, payment)


def posting_of(payment: Payment, cause: Cause, now: datetime, access: Access | None = None) -> Posting:
    """Return what the ledger is told of a payment whose money is there, and of what that opens."""
    kind, key = posted_under(payment)
    return Posting(
        kind=kind,
        key=key,
        cause=cause,
        currency=payment.currency,
        moves=_moves(payment, now),
        payment_id=payment.id,  # by which its note is found: nobody's words are put where nothing can be taken away
        access=access,
    )


def posted_under(payment: Payment) -> tuple[str, str]:
    """Return the kind and the key under which the ledger has the payment."""
    return ("payment", payment.id) if payment.method == BALANCE else ("charge", payment.intent_id or "")


def posted_id(payment: Payment) -> str:
    """Return the id of the ledger transaction of a payment that succeeded."""
    return transaction_id(*posted_under(payment))


def receiving_account(payment: Payment) -> str:
    """Return whose account gets what is left of a payment after the fee."""
    if payment.kind == "ads_top_up":
        return accounts.ads(payment.payer_id)
    if payment.kind == "top_up":
        return accounts.person(payment.payer_id)
    return accounts.FEES if payment.payee_id is None else accounts.person(payment.payee_id)


def paying_account(payment: Payment) -> str:
    """Return where a payment's money comes from, and goes back to."""
    return accounts.person(payment.payer_id) if payment.method == BALANCE else accounts.PROVIDER


def _moves(payment: Payment, now: datetime) -> list[Move]:
    held = payment.method != BALANCE and payment.kind != "ads_top_up"  # an advertiser's money cannot be paid out
    available_at = now + timedelta(seconds=options().payments_hold_s) if held else None
    return [
        Move(paying_account(payment), -payment.amount),
        Move(receiving_account(payment), payment.amount - payment.fee, available_at),
        Move(accounts.FEES, payment.fee),
    ]


def _access(session: Session, payment: Payment, now: datetime) -> Access | None:
    if payment.access_kind is None or payment.access_id is None:
        return None
    starts = payment.access_from or _end_of_access(session, payment) or now
    until = None if payment.access_days is None else starts + timedelta(days=payment.access_days)
    return Access(payment.payer_id, payment.access_kind, payment.access_id, starts, until)


def _end_of_access(session: Session, payment: Payment) -> datetime | None:
    """Return when the access ends that is there now, so that what is paid early is not lost."""
    found = access_of(session, payment.payer_id, payment.access_kind or "", [payment.access_id or ""])
    return found[0].until if found else None
