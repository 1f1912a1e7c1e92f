"""The gateway's way to the services: one lean AMQP caller for each worker process."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from contracts.messaging import MAX_BATCH, MAX_PAGES, SendItem, SendResult
from gateway_flask.batcher import Batcher, Outcome, Outcomes
from plumbing.caller import RpcCaller
from plumbing.context import CallContext
from plumbing.identity import service_token
from plumbing.settings import settings

_caller: RpcCaller | None = None
_sends: Batcher | None = None
_pages: Batcher | None = None


def start_rpc() -> None:
    """Connect to the broker; call it in each worker after it was forked."""
    global _caller, _sends, _pages  # noqa: PLW0603 - one per process, made after the fork
    _caller = RpcCaller(settings().amqp_uri, "gateway")
    _caller.start()
    _sends = Batcher(_caller, "messaging", "send_many", most=MAX_BATCH, in_flight=1)
    _pages = Batcher(_caller, "messaging", "list_message_pages", most=MAX_PAGES, in_flight=2, shape=Outcomes)


def stop_rpc() -> None:
    """Close the connection to the broker."""
    if _caller is not None:
        _caller.stop()


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
    if _caller is None:
        raise RuntimeError("start_rpc() has not run in this process")
    call = CallContext(token, time.time() + timeout_s, traceparent, idempotency_key)
    return _caller.call(service, method, kwargs, call)


def call_as_gateway(service: str, method: str, kwargs: dict[str, Any], timeout_s: float = 2.0) -> Any:
    """Call a service for the gateway itself."""
    return rpc_call(service, method, kwargs, token=service_token(service), timeout_s=timeout_s)


def send_batched(item: SendItem, timeout_s: float = 2.0, traceparent: str | None = None) -> SendResult:
    """Send one message, together with those that wait at the same moment.

    Raises:
        ServiceError: The refusal of this message, or an `Unavailable` kind.
    """
    if _sends is None:
        raise RuntimeError("start_rpc() has not run in this process")
    result: SendResult = _sends.submit(item, timeout_s, traceparent)
    return result


def read_batched(item: Mapping[str, Any], timeout_s: float = 2.0, traceparent: str | None = None) -> bytes:
    """Read a small page of messages (a `PageItem`), together with those that wait at the same moment.

    Returns:
        The page as JSON, as the service wrote it.

    Raises:
        ServiceError: The refusal of this page, or an `Unavailable` kind.
    """
    if _pages is None:
        raise RuntimeError("start_rpc() has not run in this process")
    outcome: Outcome = _pages.submit(item, timeout_s, traceparent)
    return bytes(outcome.page)
