"""Stripe's messages, believed only if they are signed, of now, and whole."""

from __future__ import annotations

import json
import time
from typing import Any

import stripe

from svc_payments.provider.base import WebhookEvent, WebhookInvalid
from svc_payments.provider.stripe_shapes import at

#: Stripe's own messages stay far below.
MAX_BODY = 512 * 1024
TOLERANCE_S = 300
_MAX_HEADER = 2048
_LAST_SECOND = 253_402_300_799  # of the year 9999


def read_webhook(body: bytes, signature: str, *, secret: str, livemode: bool, now: float | None = None) -> WebhookEvent:
    """Return what a message says.

    Args:
        body: As it came, byte for byte.
        signature: Its header `Stripe-Signature`.
        secret: What only Stripe and we know.
        livemode: Which of Stripe's two worlds we are in; the other one's messages are not for us.
        now: Seconds since 1970, for tests.

    Raises:
        WebhookInvalid: Something about it is not right.
    """
    if not secret or len(body) > MAX_BODY or len(signature) > _MAX_HEADER:
        raise WebhookInvalid
    _check_signature(body, signature, secret, time.time() if now is None else now)
    event = _event(body)
    if event.livemode != livemode:
        raise WebhookInvalid
    return event


def _check_signature(body: bytes, signature: str, secret: str, now: float) -> None:
    """Stripe's helper compares; the time is checked here, because it refuses old messages, but no future ones."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret)
        times = [item[2:] for item in signature.split(",") if item.startswith("t=")]
        skew = abs(now - int(times[0]))
    except (stripe.SignatureVerificationError, ValueError, TypeError, IndexError, OverflowError) as error:
        raise WebhookInvalid from error
    if len(times) != 1 or skew > TOLERANCE_S:
        raise WebhookInvalid


def _event(body: bytes) -> WebhookEvent:
    try:
        values = json.loads(body)
        return _read(values)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise WebhookInvalid from error


def _read(values: dict[str, Any]) -> WebhookEvent:
    if values["object"] != "event" or not 0 <= values["created"] <= _LAST_SECOND:
        raise WebhookInvalid
    found = values["data"]["object"]
    intent = found["id"] if found["object"] == "payment_intent" else found.get("payment_intent")
    metadata = found.get("metadata") or {}
    return WebhookEvent(
        id=_text(values["id"]),
        type=_text(values["type"]),
        object_kind=_text(found["object"]),
        object_id=_text(found.get("id") or found["object"]),  # a balance has no id
        created=at(values["created"]),
        livemode=values["livemode"] is True,
        intent_id=_text(intent) if isinstance(intent, str) else None,
        account=_text(values["account"]) if values.get("account") else None,
        metadata={_text(name): _text(value) for name, value in metadata.items()},
    )


def _text(value: object) -> str:
    """Return a string that a database can store."""
    if not isinstance(value, str) or len(value) > 500 or "\x00" in value:
        raise WebhookInvalid
    value.encode("utf-8")  # lone surrogates raise a ValueError
    return value
