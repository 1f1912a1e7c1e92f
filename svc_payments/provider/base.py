"""What Charla asks of a payment provider, in Charla's own words.

A snapshot is what the provider said of an object just now; nothing is decided by anything older. Amounts are whole
minor units, currencies are ISO 4217 in upper case, times are UTC. Each call that makes something takes a `call_id`:
the same one may be sent again at any time and makes the thing once only.

No call may be made inside a database transaction. All of them raise `ProviderAway` where it is not known whether
the provider did it (ask again with the same `call_id`), and `ProviderRefused` where it did not and never will.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from contracts.payments import ProviderAway, WebhookInvalid

__all__ = [
    "AccountSnapshot",
    "CardDeclined",
    "Checkout",
    "DisputeSnapshot",
    "NotOurs",
    "PaymentSnapshot",
    "Provider",
    "ProviderAway",
    "ProviderRefused",
    "RefundSnapshot",
    "SavedMethod",
    "TransferSnapshot",
    "WebhookEvent",
    "WebhookInvalid",
]

#: processing: the provider works on it; failed: nothing more will come of it; expired: nobody paid in time.
SnapshotStatus = Literal["requires_action", "processing", "succeeded", "failed", "canceled", "expired"]


class ProviderRefused(Exception):
    """The provider will not do it, however often it is asked.

    Attributes:
        code: The provider's machine code, or ours for what we refuse to believe.
        detail: Its sentence, for logs.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class NotOurs(ProviderRefused):
    """The object exists, but this installation did not make it, or it is no payment: leave it alone."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("not_ours", detail)


class CardDeclined(Exception):
    """The card's bank said no, or wants its holder, who is not there.

    Attributes:
        code: Why, as a machine code: `card_declined`, `insufficient_funds`, `authentication_required` …
        intent_id: The payment at the provider that failed by it.
    """

    def __init__(self, code: str, intent_id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.intent_id = intent_id


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A page of the provider where cards are typed in. `intent_id` is often known only once somebody paid."""

    session_id: str
    url: str
    intent_id: str | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class RefundSnapshot:
    """Money on its way back. A `failed` one stayed with us.

    Attributes:
        payment_id: Ours, of the payment that it belongs to; None where the provider did not say.
        metadata: What `refund` was given; empty for one that somebody made at the provider's own desk.
    """

    refund_id: str
    intent_id: str | None
    charge_id: str | None
    payment_id: str | None
    amount: int
    currency: str
    status: Literal["pending", "succeeded", "failed"]
    failure: str | None
    metadata: Mapping[str, str]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class DisputeSnapshot:
    """The payer's bank wants the money back.

    Attributes:
        amount: What is disputed, at most the payment's.
        withdrawn: The provider has taken the amount from us at some time (an inquiry takes nothing).
        reinstated: … and has given it back.
        fee: What the dispute costs us, in `fee_currency`; never given back.
    """

    dispute_id: str
    intent_id: str | None
    charge_id: str
    payment_id: str | None
    amount: int
    currency: str
    status: Literal["open", "won", "lost"]
    withdrawn: bool
    reinstated: bool
    fee: int
    fee_currency: str | None
    reason: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class PaymentSnapshot:
    """All that the provider knows of one payment.

    Attributes:
        intent_id: The payment at the provider; None while its page was only opened.
        payment_id: Ours.
        received: What was truly paid; 0 until `succeeded`.
        action_url: Where the payer goes on while `requires_action`.
        failure: A machine code. Also set while a payer may still try another card.
        method_id: The card that paid; can be charged again only where `customer_id` has it saved.
        provider_fee: What the provider keeps of it, in `provider_fee_currency`; None while it is not known.
        refunds: All of them, oldest first.
        disputes: All of them, oldest first.
    """

    intent_id: str | None
    session_id: str | None
    payment_id: str
    payer_id: str
    status: SnapshotStatus
    amount: int
    received: int
    currency: str
    action_url: str | None
    failure: str | None
    customer_id: str | None
    method_id: str | None
    charge_id: str | None
    provider_fee: int | None
    provider_fee_currency: str | None
    created: datetime
    refunds: tuple[RefundSnapshot, ...] = ()
    disputes: tuple[DisputeSnapshot, ...] = ()

    @property
    def dispute(self) -> DisputeSnapshot | None:
        """The newest dispute."""
        return self.disputes[-1] if self.disputes else None


@dataclass(frozen=True, kw_only=True)
class SavedMethod:
    """A card that its holder let us charge again."""

    method_id: str
    customer_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, kw_only=True)
class AccountSnapshot:
    """Where a person's payouts go. `missing` names what the provider still wants to know of them."""

    account_id: str
    user_id: str | None
    ready: bool
    country: str | None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TransferSnapshot:
    """Money that left us for a person's account. `reversed` in part stays `paid`, with `amount_reversed`."""

    transfer_id: str
    payout_id: str | None
    account_id: str
    amount: int
    amount_reversed: int
    currency: str
    status: Literal["paid", "reversed"]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """A hint that an object has changed: fetch it.

    Attributes:
        object_kind: `payment_intent`, `checkout.session`, `charge`, `refund`, `dispute`, `transfer`, `account`,
            `setup_intent`, `payment_method` …
        intent_id: The payment at the provider that the object belongs to, where the object tells.
        account: The connected account that it happened in; None for our own. Only `account` objects may have one.
    """

    id: str
    type: str
    object_kind: str
    object_id: str
    created: datetime
    livemode: bool
    intent_id: str | None = None
    account: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """A payment provider. `return_url` is where its pages send the browser back, whatever came of them."""

    def open_checkout(
        self,
        *,
        call_id: str,
        payment_id: str,
        payer_id: str,
        customer_id: str | None,
        amount: int,
        currency: str,
        title: str,
        return_url: str,
        save_card: bool = False,
    ) -> Checkout:
        """Open a page on which the payer pays. `save_card` needs a customer."""

    def open_setup(self, *, call_id: str, user_id: str, customer_id: str, return_url: str) -> Checkout:
        """Open a page on which a card is saved, and nothing paid."""

    def charge_saved(
        self,
        *,
        call_id: str,
        payment_id: str,
        payer_id: str,
        customer_id: str,
        method_id: str,
        amount: int,
        currency: str,
        title: str,
        return_url: str,
        present: bool = True,
    ) -> PaymentSnapshot:
        """Charge a saved card.

        While its holder is `present`, the snapshot may lead them to `action_url` (3-D Secure). Without them (a
        renewal) a card that wants its holder is declined with `authentication_required`.

        Raises:
            CardDeclined: Nothing was charged; another try needs another `call_id`.
        """

    def fetch_payment(self, *, session_id: str | None = None, intent_id: str | None = None) -> PaymentSnapshot:
        """Return what became of a payment; one of both ids is enough.

        Raises:
            NotOurs: It is no payment of this installation.
        """

    def expire_checkout(self, session_id: str) -> PaymentSnapshot:
        """Close a page, unless somebody paid on it: the snapshot tells."""

    def cancel_intent(self, intent_id: str) -> PaymentSnapshot:
        """Give up a payment, unless it is over already: the snapshot tells."""

    def refund(self, *, call_id: str, intent_id: str, amount: int, metadata: Mapping[str, str]) -> RefundSnapshot:
        """Send money back. `metadata` comes back in the snapshots."""

    def fetch_refund(self, refund_id: str) -> RefundSnapshot:
        """Return what became of a refund."""

    def fetch_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """Return how a dispute stands."""

    def make_customer(self, *, call_id: str, user_id: str) -> str:
        """Return the id under which a person's cards are saved."""

    def list_methods(self, customer_id: str) -> list[SavedMethod]:
        """Return a person's saved cards, newest first."""

    def detach_method(self, method_id: str) -> None:
        """Forget a saved card. One that is forgotten already is fine."""

    def make_account(self, *, call_id: str, user_id: str, country: str) -> str:
        """Return the id of a new account for payouts. `country` is ISO 3166-1 alpha-2."""

    def onboarding_url(self, account_id: str, return_url: str) -> str:
        """Return the page, once and for minutes, on which a person says who they are and where their bank is."""

    def fetch_account(self, account_id: str) -> AccountSnapshot:
        """Return whether payouts can go there."""

    def transfer(
        self, *, call_id: str, payout_id: str, account_id: str, amount: int, currency: str
    ) -> TransferSnapshot:
        """Send a person their money."""

    def fetch_transfer(self, transfer_id: str) -> TransferSnapshot:
        """Return what became of a transfer."""

    def list_payments(self, since: datetime) -> Iterator[PaymentSnapshot]:
        """Yield this installation's payments that were begun since then, newest first, from as many pages."""

    def list_refunds(self, since: datetime) -> Iterator[RefundSnapshot]:
        """Yield refunds of this installation's payments, whoever made them."""

    def list_disputes(self, since: datetime) -> Iterator[DisputeSnapshot]:
        """Yield disputes of this installation's payments."""

    def list_transfers(self, since: datetime) -> Iterator[TransferSnapshot]:
        """Yield this installation's transfers."""

    def read_webhook(self, body: bytes, signature: str) -> WebhookEvent:
        """Return what the provider's message says, if it is truly its own and of now.

        Raises:
            WebhookInvalid: The signature, the time or the body is not right.
        """
