"""The tables of what is sold for a time (plans, coupons, paid subscriptions), of entitlements, and of payouts.

They say what somebody wants; what happened is in the ledger. `channel_id` or `user_id` leads every primary and unique
key. Locks are taken in this order: `channel_sales` -> `coupons` -> `paid_subscriptions` -> the person's account.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from svc_payments.models import Base, Id

ZERO = text("0")
EMPTY_LIST = text("'[]'")


class ChannelSales(Base):
    """What a channel sells at all; its row is the lock of the channel's plans and coupons.

    Attributes:
        owner_id: Who is paid, as svc_subscriptions said when it was asked last.
        paid: Whether it has a plan that can be bought.
        version: Grows by one with each `PlansChanged`.
    """

    __tablename__ = "channel_sales"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    paid: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default=ZERO)


class Plan(Base):
    """A price for a time of a channel's paid posts. The price never changes: other prices are other plans."""

    __tablename__ = "plans"
    __table_args__ = (Index("plans_by_id", "id"),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    title: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    period_days: Mapped[int]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]


class Coupon(Base):
    """Takes `percent` off the first `periods` periods; `uses` are counted under this row's lock."""

    __tablename__ = "coupons"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    percent: Mapped[int]
    periods: Mapped[int]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default=ZERO)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CouponUse(Base):
    """Somebody used a coupon: once a person. A use whose subscription was never paid is given back."""

    __tablename__ = "coupon_uses"
    __table_args__ = (Index("coupon_uses_by_person", "user_id"),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    used_at: Mapped[datetime]


class PaidSubscription(Base):
    """A person's paid access that Charla renews. The terms of its beginning stay: price, currency, length, discount.

    Attributes:
        plan_id: None for Charla without advertising.
        subject_id: The channel; the person themselves for Charla without advertising.
        method: `balance`, `card` (until the first payment tells which card) or a saved method's id.
        periods: How many periods were paid.
        attempt: How often the period after those was begun to be paid; counts from 1.
        payment_id: The newest payment, of period `periods + 1` while that is not paid.
        discounted: How many of the first periods cost `percent` less.
        due_at: When the worker looks at it next; None where there is nothing to wait for.
        version: Grows by one with each `SubscriptionChanged`.
    """

    __tablename__ = "paid_subscriptions"
    __table_args__ = (
        Index(
            "paid_subscriptions_live",
            "user_id",
            "subject_kind",
            "subject_id",
            unique=True,
            postgresql_where=text("status <> 'ended'"),
        ),
        Index("paid_subscriptions_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("paid_subscriptions_of_channel", "channel_id", "plan_id", postgresql_where=text("status <> 'ended'")),
    )

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    channel_id: Mapped[str | None] = mapped_column(Id)
    plan_id: Mapped[str | None] = mapped_column(Id)
    status: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    period_days: Mapped[int]
    method: Mapped[str]
    periods: Mapped[int] = mapped_column(server_default=ZERO)
    attempt: Mapped[int] = mapped_column(server_default=ZERO)
    payment_id: Mapped[str | None] = mapped_column(Id)
    paid_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    coupon: Mapped[str | None]
    percent: Mapped[int] = mapped_column(server_default=ZERO)
    discounted: Mapped[int] = mapped_column(server_default=ZERO)
    failure: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EntitlementMark(Base):
    """What was last announced of what somebody may use; the ledger alone says what is so.

    Attributes:
        until: When it ends; None: never, or it is not active.
        version: Grows by one with each `EntitlementChanged`.
    """

    __tablename__ = "entitlement_marks"
    __table_args__ = (Index("entitlement_marks_ending", "until", postgresql_where=text("active")),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    active: Mapped[bool]
    until: Mapped[datetime | None]
    version: Mapped[int]


class PayoutAccount(Base):
    """Where a person's payouts go: the account at the provider, and what it said of it last."""

    __tablename__ = "payout_accounts"
    __table_args__ = (Index("payout_accounts_by_account", "account_id"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str | None]
    country: Mapped[str]
    ready: Mapped[bool] = mapped_column(server_default=text("false"))
    missing: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]


class Payout(Base):
    """Money on its way to a person's bank.

    Attributes:
        account_id: The provider's account that it goes to; None once the person is gone.
        reversed: How much of it came back after it was paid.
    """

    __tablename__ = "payouts"
    __table_args__ = (Index("payouts_by_id", "id"), Index("payouts_by_transfer", "transfer_id"))

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    amount: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    failure: Mapped[str | None]
    account_id: Mapped[str | None]
    transfer_id: Mapped[str | None]
    reversed: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class Erasure(Base):
    """Somebody whose account is gone, and whose traces are still to be removed (`actions.erasing`)."""

    __tablename__ = "erasures"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    begun_at: Mapped[datetime]


class ErasedPerson(Base):
    """Somebody whose account is gone: nothing of theirs is to be noted any more, however late it comes."""

    __tablename__ = "erased_people"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
