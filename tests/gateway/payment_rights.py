"""Who may do what with money over HTTP: one row for each operation, one cell a role.

The scene of test_payment_rights.py: `payee` owns a private channel, its plan, its coupon and a post for sale, and has
asked `payer`, who follows it, for money in their conversation. `member` is in that conversation too, and
administers the channel. The platform's `admin` and `stranger` are in neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rights import Cell

ROLES = ("anonymous", "stranger", "member", "payer", "payee", "admin")
LOW: Cell = "403 channel_role_too_low"
MYSELF: Cell = "400 not_to_yourself"


@dataclass(frozen=True)
class Row:
    """One operation, a request for it, and what each role gets; `keyed` ones are refused without a key."""

    method: str
    path: str
    body: Any
    cells: dict[str, Cell]
    keyed: bool


def _row(request: str, body: Any, *cells: Cell, keyed: bool = False) -> Row:
    method, path = request.split(" ")
    return Row(method, path, body, dict(zip(ROLES, cells, strict=True)), keyed)


def public(request: str, done: Cell, body: Any = None) -> Row:
    """Everybody, signed in or not."""
    return _row(request, body, *([done] * 6))


def people(request: str, done: Cell, body: Any = None, *, keyed: bool = False) -> Row:
    """Whoever is signed in, about themselves or about what everybody may see."""
    return _row(request, body, 401, *([done] * 5), keyed=keyed)


def both(request: str, done: Cell, hidden: Cell) -> Row:
    """The two whom a payment concerns."""
    return _row(request, None, 401, hidden, hidden, done, done, hidden)


def one(request: str, done: Cell, hidden: Cell, body: Any = None) -> Row:
    """Who pays."""
    return _row(request, body, 401, hidden, hidden, done, hidden, hidden)


def readers(request: str, done: Cell, body: Any = None) -> Row:
    """Those who may know the channel."""
    return _row(request, body, 401, 404, done, done, done, 404)


def owner(request: str, done: Cell, body: Any = None) -> Row:
    """The channel's owner."""
    return _row(request, body, 401, 404, LOW, LOW, done, 404)


_MONEY = {"amount": 500, "currency": "EUR"}
_P, _R, _C = "/v1/payments/{payment}", "/v1/payment-requests/{request}", "/v1/channels/{channel}"
_S = "/v1/paid-subscriptions/{subscription}"
_HIDDEN: Cell = "404 unknown_payment"
_NO_REQUEST: Cell = "404 unknown_payment_request"
_NO_SUBSCRIPTION: Cell = "404 unknown_paid_subscription"

TABLE: dict[str, Row] = {
    "create_payment": _row(
        "POST /v1/payments", {**_MONEY, "conversation_id": "{conversation}", "payee_id": "{payee}"},
        401, "404 unknown_conversation", 201, 201, MYSELF, "404 unknown_conversation", keyed=True,
    ),
    "list_payments": people("GET /v1/payments?role=payee", 200),
    "get_payment": both(f"GET {_P}", 200, _HIDDEN),
    "cancel_payment": one("POST /v1/payments/{open_payment}/cancel", 200, _HIDDEN),
    "get_receipt": both(f"GET {_P}/receipt", 200, _HIDDEN),
    "create_tip": _row(
        "POST /v1/tips", {**_MONEY, "channel_id": "{channel}"},
        401, "404 unknown_channel", 201, 201, MYSELF, "404 unknown_channel", keyed=True,
    ),
    "buy_post": _row(
        "POST /v1/posts/{post}/purchase", {}, 401, "404 unknown_post", 201, 201, MYSELF, "404 unknown_post", keyed=True
    ),
    "top_up": people("POST /v1/top-ups", 201, _MONEY, keyed=True),
    # requests
    "create_payment_request": _row(
        "POST /v1/payment-requests", {**_MONEY, "conversation_id": "{conversation}", "payer_id": "{payer}"},
        401, "404 unknown_conversation", 201, MYSELF, 201, "404 unknown_conversation", keyed=True,
    ),
    "list_payment_requests": people("GET /v1/payment-requests", 200),
    "get_payment_request": both(f"GET {_R}", 200, _NO_REQUEST),
    "pay_request": _row(
        f"POST {_R}/pay", {}, 401, _NO_REQUEST, _NO_REQUEST, 201, MYSELF, _NO_REQUEST, keyed=True
    ),
    "decline_payment_request": one(f"POST {_R}/decline", 200, _NO_REQUEST),
    "cancel_payment_request": _row(
        f"POST {_R}/cancel", None, 401, _NO_REQUEST, _NO_REQUEST, _NO_REQUEST, 200, _NO_REQUEST
    ),
    # what goes back
    "create_refund": _row(
        "POST /v1/refunds", {"payment_id": "{payment}", "amount": 100},
        401, _HIDDEN, _HIDDEN, "403 not_your_money", 201, 201, keyed=True,
    ),
    "list_refunds": _row(f"GET {_P}/refunds", None, 401, _HIDDEN, _HIDDEN, 200, 200, 200),
    "list_disputes": people("GET /v1/disputes", 200),
    # what channels sell
    "create_plan": owner(f"POST {_C}/plans", 201, {**_MONEY, "title": "Members"}),
    "list_plans": readers(f"GET {_C}/plans", 200),
    "get_ad_free_plan": people("GET /v1/plans/ad_free", 200),
    "update_plan": owner("PATCH /v1/plans/{plan}", 200, {"title": "Friends"}),
    "create_coupon": owner(f"POST {_C}/coupons", 201, {"code": "{code}", "percent": 50}),
    "list_coupons": owner(f"GET {_C}/coupons", 200),
    "delete_coupon": owner(f"DELETE {_C}/coupons/SAVE10", 204),
    "check_coupon": readers("POST /v1/plans/{plan}/coupon-check", 200, {"code": "SAVE10"}),
    "subscribe_to_plan": _row(
        "POST /v1/plans/{plan}/subscription", {}, 401, "404 unknown_channel", 201, 201, MYSELF, "404 unknown_channel",
        keyed=True,
    ),
    "list_paid_subscriptions": people("GET /v1/paid-subscriptions", 200),
    "get_paid_subscription": one(f"GET {_S}", 200, _NO_SUBSCRIPTION),
    "cancel_paid_subscription": one(f"POST {_S}/cancel", 200, _NO_SUBSCRIPTION),
    "resume_paid_subscription": one(f"POST {_S}/resume", 200, _NO_SUBSCRIPTION),
    "change_paid_subscription": one(f"PATCH {_S}", 200, _NO_SUBSCRIPTION, {"method": "balance"}),
    "list_entitlements": people("GET /v1/users/me/entitlements", 200),
    # what one has
    "get_balances": people("GET /v1/balance", 200),
    "list_lines": people("GET /v1/balance/lines?currency=EUR", 200),
    "get_statement": people("GET /v1/balance/statement?currency=EUR&month=2026-11", 200),
    "get_earnings": people("GET /v1/earnings?currency=EUR", 200),
    "list_payment_methods": people("GET /v1/payment-methods", 200),
    "add_payment_method": people("POST /v1/payment-methods", 201),
    "set_default_payment_method": people(
        "PATCH /v1/payment-methods/pm_nobodys", "404 unknown_payment_method", {"default": True}
    ),
    "delete_payment_method": people("DELETE /v1/payment-methods/pm_nobodys", "404 unknown_payment_method"),
    "get_payout_account": people("GET /v1/payout-account", 200),
    "open_payout_account": people("POST /v1/payout-account", 200, {"country": "ES"}),
    "create_payout": people(
        "POST /v1/payouts", ("409 payout_account_missing", "409 balance_too_low"), {"amount": 5_000, "currency": "EUR"},
        keyed=True,
    ),
    "list_payouts": people("GET /v1/payouts", 200),
    "receive_webhook": public("POST /v1/webhooks/stripe", "400 webhook_invalid", {"id": "evt_forged"}),
}  # fmt: skip
