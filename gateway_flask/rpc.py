"""The gateway's way to the services: one lean AMQP caller for each worker process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar

from contracts import payments
from contracts.messaging import MAX_BATCH, MAX_PAGES, SendItem, SendResult
from gateway_flask.batcher import Batcher, Outcome, Outcomes
from gateway_flask.instances import breaker
from plumbing.caller import RpcCaller
from plumbing.context import CallContext
from plumbing.identity import service_token
from plumbing.settings import settings

T = TypeVar("T")

_caller: RpcCaller | None = None
_sends: Batcher | None = None
_pages: Batcher | None = None
_payments: Batcher | None = None


def start_rpc() -> None:
    """Connect to the broker; call it in each worker after it was forked."""
    global _caller, _sends, _pages, _payments  # noqa: PLW0603 - one per process, made after the fork
    _caller = RpcCaller(settings().amqp_uri, "gateway")
    _caller.start()
    _sends = Batcher(_caller, "messaging", "send_many", most=MAX_BATCH, in_flight=1)
    _pages = Batcher(_caller, "messaging", "list_message_pages", most=MAX_PAGES, in_flight=2, shape=Outcomes)
    _payments = Batcher(_caller, "payments", "create_payments", most=payments.MAX_BATCH, in_flight=1)


def stop_rpc() -> None:
    """Close the connection to the broker."""
    if _caller is not None:
        _caller.stop()


def _started(what: T | None) -> T:
    if what is None:
        raise RuntimeError("start_rpc() has not run in this process")
    return what


def wait_for_rpc(timeout_s: float) -> bool:
    """Wait until the broker answers this worker, at most `timeout_s`; return whether it does."""
    return _started(_caller).wait_connected(timeout_s)


def rpc_ready() -> bool:
    """Return whether the broker answers this worker."""
    return _caller is not None and _caller.connected


def rpc_call(
    service: str,
    method: str,
    kwargs: dict[str, Any],
    token: str | None = None,
    timeout_s: float = 2.0,
    traceparent: str | None = None,
    idempotency_key: str | None = None,
) -> Any:
    """Call a service for the owner of `token` and return its result.

    Raises:
        ServiceError: The service's refusal, or an `Unavailable` kind within `timeout_s`.
    """
    caller = _started(_caller)
    call = CallContext(token, time.time() + timeout_s, traceparent, idempotency_key)
    with breaker(service).calling():
        return caller.call(service, method, kwargs, call)


def call_as_gateway(
    service: str, method: str, kwargs: dict[str, Any], timeout_s: float = 2.0, idempotency_key: str | None = None
) -> Any:
    """Call a service for the gateway itself."""
    token = service_token(service)
    return rpc_call(service, method, kwargs, token=token, timeout_s=timeout_s, idempotency_key=idempotency_key)


def send_batched(item: SendItem, timeout_s: float = 2.0, traceparent: str | None = None) -> SendResult:
    """Send one message, together with those that wait at the same moment.

    Raises:
        ServiceError: The refusal of this message, or an `Unavailable` kind.
    """
    result: SendResult = _started(_sends).submit(item, timeout_s, traceparent)
    return result


def read_batched(item: Mapping[str, Any], timeout_s: float = 2.0, traceparent: str | None = None) -> bytes:
    """Read a small page of messages (a `PageItem`), together with those that wait at the same moment.

    Returns:
        The page as JSON, as the service wrote it.

    Raises:
        ServiceError: The refusal of this page, or an `Unavailable` kind.
    """
    outcome: Outcome = _started(_pages).submit(item, timeout_s, traceparent)
    return bytes(outcome.page)


def pay_batched(
    item: payments.PaymentItem, timeout_s: float = 2.0, traceparent: str | None = None
) -> payments.PaymentView:
    """Make one payment from a balance, together with those that wait at the same moment.

    Raises:
        ServiceError: The refusal of this payment, or an `Unavailable` kind.
    """
    result: payments.PaymentResult = _started(_payments).submit(item, timeout_s, traceparent)
    return result["payment"]
