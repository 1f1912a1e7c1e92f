"""Errors as Stripe answers them."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer other than 2xx.

    Args:
        message: A sentence for developers.
        status: Of HTTP.
        type: Stripe's kind of error.
        code: Stripe's machine code.
        param: The parameter that is to blame.
        kept: What was done until here stays done, and the same Idempotency-Key gets the same answer.
        more: Further fields of the error object.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002 - Stripe's name
        code: str | None = None,
        param: str | None = None,
        kept: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kept = kept
        fields = {"code": code, "message": message, "param": param, "type": type, **more}
        self.body = {"error": {name: value for name, value in fields.items() if value is not None}}


def missing(kind: str, wanted: str) -> Refusal:
    """Return the refusal of an id that does not exist."""
    kind = kind.replace("_", " ").replace("checkout.session", "checkout session")
    return Refusal(f"No such {kind}: '{wanted}'", status=404, code="resource_missing", param="id")


def wrong(param: str, message: str, code: str | None = None) -> Refusal:
    """Return the refusal of a parameter."""
    return Refusal(message, code=code, param=param)


def declined(code: str, reason: str | None, message: str, **more: Any) -> Refusal:
    """Return a bank's no. What it did to the payment stays."""
    fields = {"decline_code": reason, **more}
    return Refusal(message, status=402, type="card_error", code=code, kept=True, **fields)
