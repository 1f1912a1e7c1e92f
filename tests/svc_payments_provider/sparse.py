"""Objects made of the stripe package's own type hints, and a server that answers with them."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import UnionType
from typing import Any, ForwardRef, Literal, Union, get_args, get_origin

import stripe
import stripe.checkout

KINDS: dict[str, type] = {
    "account": stripe.Account,
    "balance_transaction": stripe.BalanceTransaction,
    "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session,
    "customer": stripe.Customer,
    "dispute": stripe.Dispute,
    "event": stripe.Event,
    "payment_intent": stripe.PaymentIntent,
    "payment_method": stripe.PaymentMethod,
    "refund": stripe.Refund,
    "setup_intent": stripe.SetupIntent,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
}
_PLAIN: dict[Any, Any] = {str: "text", int: 1, float: 1.0, bool: False}


def fields_of(kind: type) -> dict[str, Any]:
    """The fields that objects of a class have."""
    found = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("stripe."):
            found.update(base.__dict__.get("__annotations__", {}))
    return {name: hint for name, hint in found.items() if not name.startswith("_") and "ClassVar" not in str(hint)}


def may_be_missing(hint: Any) -> bool:
    return type(None) in get_args(hint)


def literals_of(hint: Any) -> set[Any]:
    """The values that a hint names, wherever in it."""
    if get_origin(hint) is Literal:
        return set(get_args(hint))
    return set().union(*(literals_of(inner) for inner in get_args(hint))) if get_args(hint) else set()


def sparsest(kind: type) -> dict[str, Any]:
    """An object of a class that has as little as its hints allow: null wherever there may be null."""
    return {name: _least(hint, kind) for name, hint in fields_of(kind).items()}


def _least(hint: Any, kind: type) -> Any:
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        # The classes inside a class are named without it.
        found = getattr(kind, hint, None) or getattr(sys.modules[kind.__module__], hint, None)
        return {} if found is None else _least(found, kind)
    if may_be_missing(hint):
        return None
    origin = get_origin(hint)
    if origin is Literal:
        return get_args(hint)[0]
    if origin in (Union, UnionType):
        return _least(get_args(hint)[0], kind)
    if origin is list:
        return []
    if origin is not None or not isinstance(hint, type):
        return {}
    if hint in _PLAIN:
        return _PLAIN[hint]
    return sparsest(hint) if issubclass(hint, stripe.StripeObject) else {}


class Answering:
    """Answers each path with what it was given for it."""

    def __init__(self, answers: dict[str, Any]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = answers.get(self.path.partition("?")[0], {"error": {"message": "?", "type": "api_error"}})
                body = json.dumps(found).encode()
                self.send_response(500 if "error" in found else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
