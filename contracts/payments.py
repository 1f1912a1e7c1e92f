"""What svc_payments offers: money that moves between people, channels and the provider, in one ledger.

Amounts are integers of the currency's minor units (ISO 4217), always more than zero. Rounding is half up, and is
done once for each amount (docs/payments.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NotRequired, Protocol, TypedDict

from contracts.base import Conflict, Event, Forbidden, Invalid, NotFound, Page, TooMany, Unavailable

#: transfer: to a person in a chat; tip: to a creator; post, plan, ad_free: for access; top_up, ads_top_up: to oneself.
PaymentKind = Literal["transfer", "tip", "post", "plan", "ad_free", "top_up", "ads_top_up"]
PaymentStatus = Literal["created", "requires_action", "processing", "succeeded", "failed", "canceled", "expired"]
RequestStatus = Literal["open", "paid", "declined", "canceled", "expired"]
RefundStatus = Literal["pending", "succeeded", "failed"]
DisputeStatus = Literal["open", "won", "lost"]
PayoutStatus = Literal["created", "in_transit", "paid", "failed"]
#: active: paid; canceled: paid until its end; past_due: a renewal failed and grace lasts; ended: no access any more.
SubscriptionStatus = Literal["incomplete", "active", "canceled", "past_due", "ended"]
#: Which thing an entitlement opens: a channel's paid posts, one post, or Charla without advertising.
SubjectKind = Literal["channel", "post", "ad_free"]

#: The currencies that Charla takes, and how many digits of their minor unit people write.
CURRENCIES = {"EUR": 2, "USD": 2, "GBP": 2, "MXN": 2, "JPY": 0}
#: The least and the most of one payment, in minor units (of currencies with two digits; JPY: a hundredth).
MIN_AMOUNT = 50
MAX_AMOUNT = 99_999_999
MAX_NOTE = 300
#: Payments in one call of `create_payments`.
MAX_BATCH = 64


def limits_of(currency: str) -> tuple[int, int]:
    """Return the least and the most of one payment in a known currency, in its minor units."""
    part: int = 10 ** (2 - CURRENCIES[currency])
    return max(MIN_AMOUNT // part, 1), MAX_AMOUNT // part


MAX_PLANS = 10
MAX_COUPONS = 200


class PaymentView(TypedDict):
    """A payment as the caller may see it: `fee` and `net` are the payee's alone, `action_url` the payer's.

    `action_url` is where the payer goes on (the provider's page for cards and 3-D Secure) while `status` is
    `requires_action`. `method` is `balance`, `card`, or the id of a saved payment method.
    """

    id: str
    kind: PaymentKind
    status: PaymentStatus
    payer_id: str
    payee_id: str | None
    amount: int
    currency: str
    fee: NotRequired[int]
    net: NotRequired[int]
    note: str
    method: str
    conversation_id: str | None
    channel_id: str | None
    post_id: str | None
    plan_id: str | None
    request_id: str | None
    action_url: NotRequired[str | None]
    failure: str | None
    refunded: int
    disputed: bool
    created_at: str
    succeeded_at: str | None


class PaymentItem(TypedDict):
    """A payment from a balance inside a chat.

    `token` is the payer's own access token, `idempotency_key` theirs too; each item is authorised alone.
    """

    token: str
    idempotency_key: str | None
    conversation_id: str
    payee_id: str
    amount: int
    currency: str
    note: NotRequired[str]
    return_path: NotRequired[str]


class PaymentResult(TypedDict):
    """Outcome of one item of `create_payments`: exactly one of `payment` and `error` is set."""

    payment: NotRequired[PaymentView]
    error: NotRequired[dict[str, Any]]


class PaymentRequestView(TypedDict):
    """Somebody asks somebody in a chat for money."""

    id: str
    conversation_id: str
    requester_id: str
    payer_id: str
    amount: int
    currency: str
    note: str
    status: RequestStatus
    payment_id: str | None
    created_at: str
    expires_at: str


class RefundView(TypedDict):
    """Money that goes back, all of a payment or a part."""

    id: str
    payment_id: str
    amount: int
    currency: str
    reason: str
    status: RefundStatus
    ends_access: bool
    requested_by: str | None
    created_at: str


class DisputeView(TypedDict):
    """The payer's bank wants the money back; the provider decides."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: DisputeStatus
    reason: str
    created_at: str
    closed_at: str | None


class PlanView(TypedDict):
    """A price for 30 days of a channel's paid posts."""

    id: str
    channel_id: str
    title: str
    amount: int
    currency: str
    period_days: int
    active: bool
    subscribers: NotRequired[int]  # the channel's team
    created_at: str


class CouponView(TypedDict):
    """Takes `percent` off the first `periods` periods of a channel's plans."""

    code: str
    channel_id: str
    percent: int
    periods: int
    max_uses: int | None
    uses: int
    expires_at: str | None
    created_at: str


class SubscriptionView(TypedDict):
    """A person's paid access to a channel (or to Charla without advertising: `plan_id` `ad_free`)."""

    id: str
    user_id: str
    plan_id: str
    channel_id: str | None
    status: SubscriptionStatus
    amount: int
    currency: str
    method: str
    paid_until: str | None
    renews_at: str | None
    coupon: str | None
    failure: str | None
    created_at: str
    payment: NotRequired[PaymentView]  # the one that `subscribe` has begun


class EntitlementView(TypedDict):
    """What somebody may use, by what was paid. `until` None: for good."""

    subject_kind: SubjectKind
    subject_id: str
    until: str | None


class BalanceView(TypedDict):
    """A person's money in one currency. `pending` becomes available when its holding time is over."""

    currency: str
    available: int
    pending: int
    in_payout: int
    ads: int


class LineView(TypedDict):
    """One line of a person's account, with the balance after it left to the reader of the whole."""

    transaction_id: str
    kind: str
    amount: int
    currency: str
    payment_id: str | None
    available_at: str
    at: str
    memo: str


class EarningsView(TypedDict):
    """What a creator earned, net of fees and refunds, by day (UTC) and by kind."""

    currency: str
    total: int
    days: list[dict[str, Any]]  # {date, amount, payments}, each day of the span
    kinds: dict[str, int]


class PaymentMethodView(TypedDict):
    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    default: bool


class PayoutAccountView(TypedDict):
    """Where payouts go. `onboarding_url` leads to the provider's pages while `ready` is false."""

    ready: bool
    country: str | None
    onboarding_url: NotRequired[str]
    missing: list[str]


class PayoutView(TypedDict):
    id: str
    amount: int
    currency: str
    status: PayoutStatus
    failure: str | None
    created_at: str
    paid_at: str | None


@dataclass(frozen=True, kw_only=True)
class _PaymentEvent(Event):
    source: ClassVar[str] = "payments"
    payment_id: str
    version: int

    def aggregate(self) -> tuple[str, int]:
        """Events of one payment keep their order."""
        return self.payment_id, self.version


@dataclass(frozen=True, kw_only=True)
class PaymentChanged(_PaymentEvent):
    """A payment inside a chat began, or its status, refunds or dispute changed. The newest `version` counts."""

    name: ClassVar[str] = "payment_changed"
    kind: str
    status: str
    payer_id: str
    payee_id: str
    amount: int
    currency: str
    refunded: int
    disputed: bool
    note: str
    conversation_id: str
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(_PaymentEvent):
    """Money has moved; told once for each payment. Its facet is `kind`: most payments are nobody's business."""

    name: ClassVar[str] = "payment_succeeded"
    kind: str
    payer_id: str
    payee_id: str | None
    amount: int
    currency: str
    channel_id: str | None = None
    post_id: str | None = None

    def facets(self) -> tuple[str, ...]:
        """Return the kind, so that who waits for tips hears of nothing else."""
        return (self.kind,)


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(_PaymentEvent):
    """Some of a payment went back; `amount` is what went now."""

    name: ClassVar[str] = "payment_refunded"
    payer_id: str
    payee_id: str | None
    amount: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentRequestChanged(Event):
    """Somebody asked for money in a chat, or that was answered. The newest `version` counts."""

    name: ClassVar[str] = "payment_request_changed"
    source: ClassVar[str] = "payments"
    request_id: str
    version: int
    status: str
    requester_id: str
    payer_id: str
    amount: int
    currency: str
    note: str
    conversation_id: str
    payment_id: str | None = None

    def aggregate(self) -> tuple[str, int]:
        """Events of one request keep their order."""
        return self.request_id, self.version


@dataclass(frozen=True, kw_only=True)
class EntitlementChanged(Event):
    """What somebody may use by having paid has changed. Later `version`s of the same pair replace earlier ones.

    Whoever hears it also ends access by itself at `until` (RFC 3339; None: for good).
    """

    name: ClassVar[str] = "entitlement_changed"
    source: ClassVar[str] = "payments"
    user_id: str
    subject_kind: str
    subject_id: str
    active: bool
    until: str | None
    version: int

    def aggregate(self) -> tuple[str, int]:
        """What one person may use keeps its order."""
        return f"{self.user_id[:18]}{self.subject_id[-18:]}", self.version

    def facets(self) -> tuple[str, ...]:
        """Return the kind of the subject."""
        return (self.subject_kind,)


@dataclass(frozen=True, kw_only=True)
class PlansChanged(Event):
    """A channel has other plans than before; `paid` says that it sells access at all."""

    name: ClassVar[str] = "plans_changed"
    source: ClassVar[str] = "payments"
    channel_id: str
    paid: bool
    version: int

    def aggregate(self) -> tuple[str, int]:
        """The plans of one channel keep their order."""
        return self.channel_id, self.version


@dataclass(frozen=True, kw_only=True)
class SubscriptionChanged(Event):
    """A paid subscription began, was renewed, could not be renewed, was canceled or has ended: tell the person."""

    name: ClassVar[str] = "subscription_changed"
    source: ClassVar[str] = "payments"
    subscription_id: str
    version: int
    user_id: str
    channel_id: str | None
    status: str
    paid_until: str | None

    def aggregate(self) -> tuple[str, int]:
        """Events of one subscription keep their order."""
        return self.subscription_id, self.version


class UnknownPayment(NotFound):
    """Also the answer to people whom the payment does not concern."""

    code = "unknown_payment"
    detail = "There is no such payment."


class UnknownPaymentRequest(NotFound):
    code = "unknown_payment_request"
    detail = "There is no such payment request."


class UnknownPlan(NotFound):
    code = "unknown_plan"
    detail = "There is no such plan."


class UnknownPaidSubscription(NotFound):
    code = "unknown_paid_subscription"
    detail = "There is no such subscription."


class UnknownCoupon(NotFound):
    code = "unknown_coupon"
    detail = "That coupon does not exist, was used up, or has expired."


class UnknownPaymentMethod(NotFound):
    code = "unknown_payment_method"
    detail = "There is no such payment method."


class UnknownPayee(NotFound):
    code = "unknown_payee"
    detail = "There is nobody here whom you could pay that."


class KeyRequired(Invalid):
    """Calls that move money are only taken with a key, so that a repeated one cannot move it twice."""

    code = "idempotency_key_required"
    detail = "Send an Idempotency-Key with this call."


class AmountInvalid(Invalid):
    """Facts: `least`, `most`."""

    code = "amount_invalid"
    detail = "An amount is a whole number of minor units within the limits."


class CurrencyUnknown(Invalid):
    """Facts: `known`."""

    code = "currency_unknown"
    detail = "Charla does not take that currency."


class MethodInvalid(Invalid):
    code = "payment_method_invalid"
    detail = "Pay with `balance`, `card`, or the id of a saved payment method."


class NotToYourself(Invalid):
    code = "not_to_yourself"
    detail = "You cannot pay yourself."


class BalanceTooLow(Conflict):
    """Facts: `available`."""

    code = "balance_too_low"
    detail = "Your available balance is lower than that."


class PaymentNotOpen(Conflict):
    code = "payment_not_open"
    detail = "That payment is over already."


class RequestNotOpen(Conflict):
    code = "payment_request_not_open"
    detail = "That payment request was answered already."


class NotRefundable(Conflict):
    """Facts: `refundable`: what is left, in minor units."""

    code = "not_refundable"
    detail = "That is more than is left of the payment to refund."


class AlreadyPaidFor(Conflict):
    code = "already_paid_for"
    detail = "You have access to that already."


class NotForSale(Conflict):
    code = "not_for_sale"
    detail = "That cannot be bought now."


class CouponTaken(Conflict):
    code = "coupon_taken"
    detail = "This channel has a coupon of that code already."


class TooManyPlans(Conflict):
    code = "too_many_plans"
    detail = "This channel has as many plans as it can have."


class TooManyCoupons(Conflict):
    code = "too_many_coupons"
    detail = "This channel has as many coupons as it can have."


class PayoutAccountMissing(Conflict):
    code = "payout_account_missing"
    detail = "Say first where your payouts shall go."


class AdBudgetReleased(Conflict):
    code = "ad_budget_released"
    detail = "That campaign is over, and its budget went back."


class NotYourMoney(Forbidden):
    code = "not_your_money"
    detail = "Only whoever received a payment can give it back."


class WebhookInvalid(Invalid):
    """The signature, the time or the body of a provider's message is not right; nothing was kept."""

    code = "webhook_invalid"
    detail = "That message does not come from the payment provider."


class ProviderAway(Unavailable):
    """The provider could not be asked; what was begun goes on by itself."""

    code = "payment_provider_away"
    detail = "The payment provider does not answer right now."


class TooManyOpenPayments(TooMany):
    code = "too_many_open_payments"
    detail = "You have many payments that wait; finish or cancel some first."


class PaymentsService(Protocol):
    """RPC interface of svc_payments (service name `payments`).

    The caller's access token travels in the call context, and so does the Idempotency-Key, which every call that
    moves money needs (`KeyRequired`); in `create_payments` every item carries its own. `method` is `balance`, `card`
    or the id of a saved payment method.
    """

    # payments in chats, tips, paid posts
    def create_payment(
        self,
        *,
        conversation_id: str,
        payee_id: str,
        amount: int,
        currency: str,
        note: str = "",
        method: str = "card",
        return_path: str = "/",
    ) -> PaymentView: ...  # both are members of the conversation
    def create_payments(self, *, items: list[PaymentItem]) -> list[PaymentResult]: ...  # up to MAX_BATCH, from balances
    def create_tip(
        self,
        *,
        amount: int,
        currency: str,
        channel_id: str | None = None,
        post_id: str | None = None,
        user_id: str | None = None,
        conversation_id: str | None = None,
        note: str = "",
        method: str = "card",
        return_path: str = "/",
    ) -> PaymentView: ...  # one of channel_id, post_id, user_id (of a conversation); channels' tips go to their owners
    def buy_post(self, *, post_id: str, method: str = "card", return_path: str = "/") -> PaymentView: ...
    def top_up(
        self, *, amount: int, currency: str, purpose: Literal["balance", "ads"] = "balance", return_path: str = "/"
    ) -> PaymentView: ...
    def get_payment(self, *, payment_id: str) -> PaymentView: ...  # payer and payee; asks the provider while it is open
    def list_payments(
        self,
        *,
        role: Literal["payer", "payee"] = "payer",
        conversation_id: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> Page[PaymentView]: ...
    def cancel_payment(self, *, payment_id: str) -> PaymentView: ...  # its payer, while nothing was charged
    def get_receipt(
        self, *, payment_id: str, language: str = "en", form: Literal["html", "pdf"] = "html"
    ) -> dict[str, str]: ...  # {content_type, name, body}; a PDF's body in base64

    # requests for money in a chat
    def create_payment_request(
        self, *, conversation_id: str, payer_id: str, amount: int, currency: str, note: str = ""
    ) -> PaymentRequestView: ...
    def get_payment_request(self, *, request_id: str) -> PaymentRequestView: ...
    def list_payment_requests(
        self, *, status: RequestStatus | None = None, limit: int = 50, after: str | None = None
    ) -> Page[PaymentRequestView]: ...  # those to and from the caller
    def pay_request(self, *, request_id: str, method: str = "card", return_path: str = "/") -> PaymentView: ...
    def decline_payment_request(self, *, request_id: str) -> PaymentRequestView: ...  # who was asked
    def cancel_payment_request(self, *, request_id: str) -> PaymentRequestView: ...  # who asked

    # refunds and disputes
    def create_refund(
        self, *, payment_id: str, amount: int | None = None, reason: str = "", end_access: bool | None = None
    ) -> RefundView: ...  # the payee, or a platform admin; None: all that is left; all of it ends access
    def list_refunds(self, *, payment_id: str) -> Page[RefundView]: ...
    def list_disputes(self, *, limit: int = 50, after: str | None = None) -> Page[DisputeView]: ...  # about the caller

    # paid channels
    def create_plan(self, *, channel_id: str, title: str, amount: int, currency: str) -> PlanView: ...  # its owner
    def update_plan(self, *, plan_id: str, changes: dict[str, Any]) -> PlanView: ...  # title, active
    def list_plans(self, *, channel_id: str) -> Page[PlanView]: ...  # whoever may see the channel; active ones
    def create_coupon(
        self,
        *,
        channel_id: str,
        code: str,
        percent: int,
        periods: int = 1,
        max_uses: int | None = None,
        expires_at: str | None = None,
    ) -> CouponView: ...  # the channel's owner
    def list_coupons(self, *, channel_id: str) -> Page[CouponView]: ...
    def delete_coupon(self, *, channel_id: str, code: str) -> None: ...
    def check_coupon(self, *, plan_id: str, code: str) -> dict[str, Any]: ...  # {amount, periods}: what would be paid
    def subscribe_to_plan(
        self, *, plan_id: str, method: str = "card", coupon: str | None = None, return_path: str = "/"
    ) -> SubscriptionView: ...  # `ad_free` is a plan of the platform
    def get_paid_subscription(self, *, subscription_id: str) -> SubscriptionView: ...
    def list_paid_subscriptions(self, *, limit: int = 50, after: str | None = None) -> Page[SubscriptionView]: ...
    def cancel_paid_subscription(self, *, subscription_id: str) -> SubscriptionView: ...  # keeps what is paid
    def resume_paid_subscription(self, *, subscription_id: str) -> SubscriptionView: ...
    def change_paid_subscription(self, *, subscription_id: str, method: str) -> SubscriptionView: ...
    def list_entitlements(self) -> Page[EntitlementView]: ...  # the caller's

    # balance, earnings, payouts
    def get_balances(self) -> list[BalanceView]: ...
    def list_lines(self, *, currency: str, limit: int = 50, after: str | None = None) -> Page[LineView]: ...
    def get_statement(self, *, currency: str, month: str) -> dict[str, str]: ...  # {name, body}: CSV of `YYYY-MM`
    def get_earnings(self, *, currency: str, days: int = 30, channel_id: str | None = None) -> EarningsView: ...
    def list_payment_methods(self) -> Page[PaymentMethodView]: ...
    def add_payment_method(self, *, return_path: str = "/") -> dict[str, str]: ...  # {url}: the provider's page
    def set_default_payment_method(self, *, method_id: str) -> PaymentMethodView: ...
    def delete_payment_method(self, *, method_id: str) -> None: ...
    def get_payout_account(self) -> PayoutAccountView: ...
    def open_payout_account(self, *, country: str, return_path: str = "/") -> PayoutAccountView: ...
    def create_payout(self, *, amount: int, currency: str) -> PayoutView: ...
    def list_payouts(self, *, limit: int = 50, after: str | None = None) -> Page[PayoutView]: ...

    # for the gateway and other services, by their own tokens
    def receive_webhook(self, *, body: str, signature: str) -> dict[str, str]: ...  # {event_id}; the raw body, verified
    def find_entitlements(
        self, *, user_id: str, subject_kind: str, subject_ids: list[str]
    ) -> list[EntitlementView]: ...  # subscriptions, media, ads
    def set_aside_ad_budget(
        self, *, campaign_id: str, advertiser_id: str, currency: str, total: int
    ) -> dict[str, int]: ...  # ads; {set_aside}: from the prepaid money, so much in all; BalanceTooLow
    def release_ad_budget(
        self, *, campaign_id: str, advertiser_id: str, currency: str, spent: int
    ) -> dict[
        str, int
    ]: ...  # ads; {released}: what was not spent is prepaid money again; AdBudgetReleased from then on
    # for svc_auth, by its own token: what is kept of a person, page by page
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]: ...
