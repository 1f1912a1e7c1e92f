"""The tables that say what somebody wanted: payments, requests, refunds, disputes, and talk with the provider.

What happened is in the ledger (`models.py`) alone. The first column of each primary key is what a distributed
PostgreSQL would shard by: a payment takes its refunds and disputes along. There are no serials and no foreign keys.

Locks are taken in this order: `payment_requests` row -> `payments` row -> a spender's account (`ledger.balances`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from svc_payments.models import Base, Id, Json

ZERO = text("0")
FALSE = text("false")
EMPTY = text("''")
NOW = text("now()")
#: Statuses in which something may still come of a payment.
OPEN = ("created", "requires_action", "processing")
_IS_OPEN = "status IN ('created', 'requires_action', 'processing')"


class Payment(Base):
    """What somebody wanted to pay, and how far that has come.

    Attributes:
        kind: See `contracts.payments.PaymentKind`.
        payee_id: Whose the money becomes; None where it is the payer's own or the platform's.
        fee: The platform's part of `amount`.
        method: `balance`, `card`, or the id of the payer's saved card.
        access_kind: The kind of what it opens; with `access_id` the subject, None where it opens nothing.
        access_days: How long it opens that; None: for good.
        access_from: When that begins; None: when it is paid, or when the access begins to lack that is there then.
        present: The payer is there to be led to their bank; renewals have nobody.
        attempt: How often it was begun: a renewal that failed is begun again under the same id.
        intent_id: The payment at the provider, and `session_id` the page on which it is made there.
        charge_id: What the provider fetched the money by; also says under which key the ledger has it.
        method_id: The card that paid, as the provider calls it.
        refunded: Sum of the refunds that have not failed.
        disputed: A dispute holds or has taken its money.
        version: Grows with each change that is told.
        asked_at: When the provider was last asked about it.
    """

    __tablename__ = "payments"
    __table_args__ = (
        Index("payments_by_payer", "payer_id", "id"),
        Index("payments_by_payee", "payee_id", "id", postgresql_where=text("payee_id IS NOT NULL")),
        Index(
            "payments_by_conversation", "conversation_id", "id", postgresql_where=text("conversation_id IS NOT NULL")
        ),
        Index("payments_by_intent", "intent_id", postgresql_where=text("intent_id IS NOT NULL")),
        Index("payments_open", "asked_at", postgresql_where=text(_IS_OPEN)),
        Index("payments_open_by_payer", "payer_id", postgresql_where=text(_IS_OPEN)),
        # Nobody can be about to pay twice for the same thing.
        Index(
            "payments_one_for_a_post",
            "payer_id",
            "post_id",
            unique=True,
            postgresql_where=text(f"kind = 'post' AND {_IS_OPEN}"),
        ),
        Index(
            "payments_one_for_a_request",
            "request_id",
            unique=True,
            postgresql_where=text(f"request_id IS NOT NULL AND {_IS_OPEN}"),
        ),
        Index(
            "payments_of_subscription",
            "subscription_id",
            "id",
            postgresql_where=text("subscription_id IS NOT NULL"),
        ),
        {"postgresql_with": {"fillfactor": 70}},
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    payer_id: Mapped[str] = mapped_column(Id)
    payee_id: Mapped[str | None] = mapped_column(Id)
    amount: Mapped[int]
    currency: Mapped[str]
    fee: Mapped[int] = mapped_column(server_default=ZERO)
    note: Mapped[str] = mapped_column(server_default=EMPTY)
    method: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(Id)
    channel_id: Mapped[str | None] = mapped_column(Id)
    post_id: Mapped[str | None] = mapped_column(Id)
    plan_id: Mapped[str | None]
    request_id: Mapped[str | None] = mapped_column(Id)
    subscription_id: Mapped[str | None] = mapped_column(Id)
    access_kind: Mapped[str | None]
    access_id: Mapped[str | None]
    access_days: Mapped[int | None]
    access_from: Mapped[datetime | None]
    return_path: Mapped[str]
    present: Mapped[bool] = mapped_column(server_default=text("true"))
    attempt: Mapped[int] = mapped_column(server_default=text("1"))
    intent_id: Mapped[str | None]
    session_id: Mapped[str | None]
    charge_id: Mapped[str | None]
    method_id: Mapped[str | None]
    action_url: Mapped[str | None]
    failure: Mapped[str | None]
    refunded: Mapped[int] = mapped_column(server_default=ZERO)
    disputed: Mapped[bool] = mapped_column(server_default=FALSE)
    version: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    succeeded_at: Mapped[datetime | None]
    asked_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ProviderCall(Base):
    """A call to the provider that is still to be made, or whose answer is still to be kept; then the row goes.

    Attributes:
        id: The provider's idempotency key: the same call, made again, does nothing new.
        kind: Which handler of `actions.calling` makes it.
        subject_id: The payment, refund or payout that it is about.
        next_attempt_at: When it may be made (again); whoever makes it moves this first, so that nobody else does.
        given_up: Why it is not tried any more; people look at these.
    """

    __tablename__ = "provider_calls"
    __table_args__ = (
        Index("provider_calls_due", "next_attempt_at", postgresql_where=text("given_up IS NULL")),
        Index("provider_calls_by_subject", "subject_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[str] = mapped_column(Id)
    arguments: Mapped[Json]
    attempts: Mapped[int] = mapped_column(server_default=ZERO)
    next_attempt_at: Mapped[datetime]
    given_up: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class PaymentRequest(Base):
    """Somebody asks somebody in a conversation for money."""

    __tablename__ = "payment_requests"
    __table_args__ = (
        Index("payment_requests_by_requester", "requester_id", "id"),
        Index("payment_requests_by_payer", "payer_id", "id"),
        Index("payment_requests_due", "expires_at", postgresql_where=text("status = 'open'")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id)
    requester_id: Mapped[str] = mapped_column(Id)
    payer_id: Mapped[str] = mapped_column(Id)
    amount: Mapped[int]
    currency: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=EMPTY)
    status: Mapped[str]
    payment_id: Mapped[str | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Refund(Base):
    """Money of a payment that goes back.

    Attributes:
        provider_id: The refund at the provider; None for payments from a balance, and until it is known.
        fee_back: The part of the platform's fee that the ledger gave back by it.
        ends_access: It ends what the payment opened.
        requested_by: Who asked for it; None: somebody at the provider's own desk.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        Index(
            "refunds_by_provider_id",
            "payment_id",
            "provider_id",
            unique=True,
            postgresql_where=text("provider_id IS NOT NULL"),
        ),
    )

    payment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider_id: Mapped[str | None]
    amount: Mapped[int]
    currency: Mapped[str]
    fee_back: Mapped[int] = mapped_column(server_default=ZERO)
    reason: Mapped[str] = mapped_column(server_default=EMPTY)
    status: Mapped[str]
    failure: Mapped[str | None]
    ends_access: Mapped[bool]
    requested_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class DuplicateCharge(Base):
    """A second charge of a payment that had succeeded already; it goes back whole (`actions.duplicates`).

    Attributes:
        intent_id: The second one at the provider.
        refund_id: By which it goes back, once that is known.
        status: `pending`; `refunded`; `kept`: the provider could not pay it out, and it is on the payer's balance;
            `stuck`: people must look.
    """

    __tablename__ = "duplicate_charges"

    payment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    intent_id: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
    currency: Mapped[str]
    refund_id: Mapped[str | None]
    status: Mapped[str]
    created_at: Mapped[datetime]


class Dispute(Base):
    """The payer's bank wants money back.

    Attributes:
        id: UUIDv5 of `provider_id`.
        fee_back: The part of the platform's fee that the ledger gave back by it.
        withdrawn: The provider has taken the money, and so has the ledger.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        Index("disputes_by_payer", "payer_id", "id"),
        Index("disputes_by_payee", "payee_id", "id", postgresql_where=text("payee_id IS NOT NULL")),
    )

    payment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider_id: Mapped[str]
    payer_id: Mapped[str] = mapped_column(Id)
    payee_id: Mapped[str | None] = mapped_column(Id)
    amount: Mapped[int]
    currency: Mapped[str]
    fee_back: Mapped[int] = mapped_column(server_default=ZERO)
    status: Mapped[str]
    reason: Mapped[str]
    withdrawn: Mapped[bool] = mapped_column(server_default=FALSE)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Customer(Base):
    """Under which id the provider keeps a person's cards."""

    __tablename__ = "customers"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[str]
    default_method_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class SavedCard(Base):
    """A copy of what the provider says of a saved card, to know whose it is."""

    __tablename__ = "saved_cards"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    brand: Mapped[str]
    last4: Mapped[str]
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    place: Mapped[int]


class ProviderEvent(Base):
    """A webhook that was verified: a hint to look at an object.

    Attributes:
        created_at: When the provider says that it happened; nothing depends on it.
        applied_at: When it was dealt with.
        outcome: What came of it: `settled`, or why it was ignored.
        parked: Why it is not tried any more; `jobs.webhooks` shows these and tries them again.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        Index(
            "provider_events_due",
            "next_attempt_at",
            postgresql_where=text("applied_at IS NULL AND parked IS NULL"),
        ),
        Index("provider_events_parked", "received_at", postgresql_where=text("parked IS NOT NULL")),
        Index("provider_events_age", "received_at", postgresql_using="brin"),
    )

    event_id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    intent_id: Mapped[str | None]
    account: Mapped[str | None]
    metadata_: Mapped[Json] = mapped_column("metadata", server_default=text("'{}'"))
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=NOW)
    attempts: Mapped[int] = mapped_column(server_default=ZERO)
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=NOW)
    applied_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    parked: Mapped[str | None]


class ReconciledUpto(Base):
    """How far the provider's list of some kind of object was compared with the ledger."""

    __tablename__ = "reconciled_upto"

    kind: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[datetime]
