"""The lean RPC caller: one connection, direct reply-to, deadlines, no thread a call."""

from __future__ import annotations

import itertools
import os
import time
from threading import Lock
from typing import Any

import amqp

from contracts.base import ErrorBody, ServiceError, Unavailable, error_from_wire
from plumbing import codec, tracing
from plumbing.bus import BROKEN, BusLost, Link, PendingReply, Reply, publish_on
from plumbing.context import DEADLINE, IDEMPOTENCY_KEY, TOKEN, TRACEPARENT, CallContext, DeadlineExceeded
from plumbing.logs import get_logger
from plumbing.topology import DIRECT_REPLY, RPC_EXCHANGE

log = get_logger(__name__)


class ServiceAway(Unavailable):
    """No process of that service takes calls."""

    code = "service_away"


def result_of(reply: Reply) -> Any:
    """Return the result in `reply`.

    Raises:
        ServiceError: What the service answered instead.
    """
    if error := reply.get("error"):
        raise error_in(error)
    return reply.get("result")


def error_in(error: dict[str, Any]) -> ServiceError:
    """Return what a service answered in the place of a result."""
    body: ErrorBody | None = error.get("charla")
    if body is None:
        body = {
            "kind": "internal",
            "code": "internal",
            "detail": "Something went wrong on our side.",
        }
    return error_from_wire(body)


class RpcCaller(Link):
    """Calls services over the bus. Make one per process, after it forked."""

    def __init__(self, uri: str, name: str) -> None:
        super().__init__(uri, name)
        self._channel: amqp.Channel | None = None
        self._publish_lock = Lock()
        self._pending: dict[str, PendingReply] = {}
        self._numbers = itertools.count(1)
        self._prefix = f"{name}-{os.getpid()}"

    def on_open(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        channel.events["basic_return"].add(self._on_return)
        channel.basic_consume(queue=DIRECT_REPLY, no_ack=True, callback=self._on_reply)
        self._channel = channel

    def on_lost(self) -> None:
        self._channel = None
        pending, self._pending = self._pending, {}
        for waiting in pending.values():
            waiting.finish(None, BusLost())

    def on_tick(self) -> None:
        """Give up the calls whose time is over: a service that was killed never answers."""
        now = time.time()
        overdue = [name for name, pending in list(self._pending.items()) if pending.deadline < now]
        for name in overdue:
            pending = self._pending.pop(name, None)
            if pending is not None:
                pending.finish(None, DeadlineExceeded())

    def call(self, service: str, method: str, kwargs: dict[str, Any], call: CallContext) -> Any:
        """Call `service.method(**kwargs)` and return its result.

        Raises:
            ServiceError: The service's refusal; `Unavailable` kinds when it could not be asked or
                did not answer before the deadline of `call`.
        """
        with tracing.span(f"{service}/{method}", call, "client", tracing.of_rpc(service, method)) as traced:
            return self._call(service, method, kwargs, traced)

    def _call(self, service: str, method: str, kwargs: dict[str, Any], call: CallContext) -> Any:
        self.wait_connected(min(call.remaining_s(), 1.0))
        pending = PendingReply()
        correlation_id = self.begin(service, method, kwargs, call, pending)
        if not pending.wait(call.remaining_s()):
            self.forget(correlation_id)
            raise DeadlineExceeded
        if pending.error is not None:
            raise pending.error
        return result_of(pending.reply or {})

    def begin(
        self,
        service: str,
        method: str,
        kwargs: dict[str, Any],
        call: CallContext,
        pending: PendingReply,
    ) -> str:
        """Send a call; return its correlation id.

        `pending` gets the outcome, once, also when nobody ever answers; where this raises it does not.

        Raises:
            BusLost: There is no connection.
            DeadlineExceeded: There is no time left.
        """
        left_s = call.remaining_s()
        if left_s <= 0:
            raise DeadlineExceeded
        if not self._ready.is_set():
            raise BusLost
        correlation_id = f"{self._prefix}-{next(self._numbers)}"
        message = _request(correlation_id, method, service, kwargs, call, left_s)
        pending.deadline = time.time() + left_s
        self._pending[correlation_id] = pending
        try:
            self._publish(message, f"{service}.{method}")
        except BROKEN as error:
            if self._pending.pop(correlation_id, None) is not None:
                raise BusLost from error
        return correlation_id

    def forget(self, correlation_id: str) -> None:
        """Stop waiting for a reply; when it comes it is dropped."""
        self._pending.pop(correlation_id, None)

    def _publish(self, message: amqp.Message, routing_key: str) -> None:
        with self._publish_lock:
            channel = self._channel
            if channel is None:
                raise OSError("the channel was lost")
            publish_on(channel, message, RPC_EXCHANGE.name, routing_key, mandatory=True)

    def _on_reply(self, message: amqp.Message) -> None:
        pending = self._pending.pop(message.properties.get("correlation_id", ""), None)
        if pending is None:
            return
        try:
            body, shape = message.body, pending.shape
            pending.finish(codec.decode_as(body, shape) if shape else codec.decode(body), None)
        except ValueError:
            log.exception("rpc_reply_undecodable")
            pending.finish(None, Unavailable())

    def _on_return(self, *args: Any) -> None:
        message = args[-1]
        pending = self._pending.pop(message.properties.get("correlation_id", ""), None)
        if pending is not None:
            pending.finish(None, ServiceAway())


def _request(
    correlation_id: str,
    method: str,
    service: str,
    kwargs: dict[str, Any],
    call: CallContext,
    left_s: float,
) -> amqp.Message:
    headers: dict[str, Any] = {
        "nameko.call_id_stack": [f"{service}.{method}.{correlation_id}"],
        f"nameko.{DEADLINE}": repr(time.time() + left_s),
    }
    if call.token:
        headers[f"nameko.{TOKEN}"] = call.token
    if call.traceparent:
        headers[f"nameko.{TRACEPARENT}"] = call.traceparent
    if call.idempotency_key:
        headers[f"nameko.{IDEMPOTENCY_KEY}"] = call.idempotency_key
    return amqp.Message(
        codec.encode({"args": (), "kwargs": kwargs}),
        content_type="application/json",
        content_encoding="utf-8",
        application_headers=headers,
        correlation_id=correlation_id,
        reply_to=DIRECT_REPLY,
        expiration=str(max(1, int(left_s * 1000))),
        delivery_mode=1,
    )
