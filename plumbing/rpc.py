"""Service side of RPC: `@rpc` entrypoints that no message can crash, and `ServiceRpc` to call others."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import amqp
from nameko.exceptions import ContainerBeingKilled, IncorrectSignature
from nameko.extensions import DependencyProvider, SharedExtension
from nameko.rpc import Rpc, RpcConsumer

from contracts.base import Invalid, ServiceError
from plumbing import codec
from plumbing.caller import RpcCaller
from plumbing.consumer import DrainingConsumer
from plumbing.context import context_data, current_call
from plumbing.identity import CallerIdentity, service_token
from plumbing.logs import get_logger
from plumbing.settings import settings
from plumbing.topology import DIRECT_REPLY, RPC_EXCHANGE, dead_queue, rpc_queue

log = get_logger(__name__)

__all__ = ["Caller", "ServiceRpc", "rpc"]


class Caller(DependencyProvider):
    """Gives a service `self.caller`, a `CallerIdentity`."""

    def get_dependency(self, worker_ctx: Any) -> CallerIdentity:
        return CallerIdentity()


class BadArguments(Invalid):
    """The method takes other arguments."""

    code = "bad_arguments"
    detail = "The method takes other arguments."


class UnreadableCall(Invalid):
    """The call is not JSON, or not of the shape of a call."""

    code = "unreadable_call"
    detail = "The call cannot be read."


class UnknownMethod(Invalid):
    """The service has no such method."""

    code = "unknown_method"
    detail = "The service has no such method."


def error_payload(error: BaseException) -> dict[str, Any]:
    """Return `error` as nameko's callers and ours read it; only a ServiceError shows its details."""
    shown = error if isinstance(error, ServiceError) else ServiceError()
    return {
        "exc_type": type(shown).__name__,
        "exc_path": f"{type(shown).__module__}.{type(shown).__name__}",
        "exc_args": [shown.code, shown.detail],
        "value": shown.detail,
        "charla": shown.to_wire(),
    }


class SafeRpcConsumer(RpcConsumer):
    """Consumes the service's calls; what cannot be read or answered is parked, and who can be told is told."""

    queue_consumer = DrainingConsumer()
    queue: Any

    def setup(self) -> None:
        if self.queue is None:
            self.queue = rpc_queue(self.container.service_name)
            self.around = [dead_queue(self.queue.name)]
            self.queue_consumer.register_provider(self)
            self._methods: dict[str, Any] = {}

    def handle_message(self, message: Any) -> None:
        """Find the method for `message` and let it work."""
        if not message.properties.get("reply_to"):
            self.queue_consumer.park(self.queue.name, message, "no_reply_to")
            return
        try:
            kwargs = _arguments(message)
        except ValueError:
            self._tell(message, None, UnreadableCall())
            self.queue_consumer.park(self.queue.name, message, "undecodable")
            return
        try:
            self._provider_for(message).begin(kwargs, message)
        except ServiceError as error:
            self.reply(message, None, error)

    def _provider_for(self, message: Any) -> Any:
        routing_key = message.delivery_info["routing_key"]
        if not self._methods:
            name = self.container.service_name
            self._methods = {f"{name}.{each.method_name}": each for each in self._providers}
        provider = self._methods.get(routing_key)
        if provider is None:
            raise UnknownMethod
        return provider

    def reply(self, message: Any, result: Any, error: BaseException | None) -> None:
        """Answer `message` and settle it. A lost reply is the caller's to repeat."""
        self._tell(message, result, error)
        self.queue_consumer.ack_message(message)

    def _tell(self, message: Any, result: Any, error: BaseException | None) -> None:
        try:
            body = codec.encode({"result": result, "error": error_payload(error) if error else None})
        except (TypeError, ValueError, RecursionError):
            log.exception("result_not_serializable")
            body = codec.encode({"result": None, "error": error_payload(ServiceError())})
        reply_to = message.properties["reply_to"]
        direct = reply_to.startswith(DIRECT_REPLY)
        outgoing = amqp.Message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            correlation_id=str(message.properties.get("correlation_id") or ""),
            delivery_mode=1,
        )
        self.queue_consumer.publish(message, outgoing, "" if direct else RPC_EXCHANGE.name, reply_to)


def _arguments(message: Any) -> dict[str, Any]:
    if message.content_type != "application/json":
        raise ValueError("not JSON")
    body = codec.decode(message.body)
    if not isinstance(body, dict) or not isinstance(body.get("kwargs"), dict):
        raise ValueError("no kwargs")  # noqa: TRY004 - one error for whatever is wrong with the body
    if body.get("args"):
        raise ValueError("arguments have names here")
    return body["kwargs"]


class SafeRpc(Rpc):
    """The entrypoint behind `@rpc`."""

    rpc_consumer = SafeRpcConsumer()

    def begin(self, kwargs: dict[str, Any], message: Any) -> None:
        """Start a worker on this method.

        Raises:
            BadArguments: `kwargs` do not fit.
        """
        try:
            self.check_signature((), kwargs)
        except IncorrectSignature as error:
            raise BadArguments(str(error).replace("()", "", 1)) from error
        try:
            self.container.spawn_worker(
                self,
                (),
                kwargs,
                context_data=context_data(message),
                handle_result=partial(self.handle_result, message),
            )
        except ContainerBeingKilled:
            self.rpc_consumer.requeue_message(message)

    def handle_result(self, message: Any, worker_ctx: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        self.rpc_consumer.reply(message, result, exc_info[1] if exc_info else None)
        return result, exc_info


rpc = SafeRpc.decorator


class _SharedCaller(SharedExtension):
    """The container's one connection for calls to other services."""

    def setup(self) -> None:
        conf = settings()
        self.caller = RpcCaller(
            self.container.config.get("AMQP_URI", conf.amqp_uri),
            f"{self.container.service_name}-calls",
        )

    def start(self) -> None:
        self.caller.start()

    def stop(self) -> None:
        self.caller.stop()

    def kill(self) -> None:
        self.caller.stop()


class ServiceClient:
    """Calls methods of one service as attributes: `client.get_user(user_id=...)`."""

    def __init__(self, caller: RpcCaller, service: str, *, by_itself: bool = False) -> None:
        self._caller = caller
        self._service = service
        self._by_itself = by_itself

    def as_service(self) -> ServiceClient:
        """Return a client that acts for this service itself instead of for the present caller."""
        return ServiceClient(self._caller, self._service, by_itself=True)

    def __getattr__(self, method: str) -> Any:
        if method.startswith("_"):
            raise AttributeError(method)
        return partial(self._call, method)

    def _call(self, method: str, **kwargs: Any) -> Any:
        call = replace(current_call(), idempotency_key=None)
        if self._by_itself:
            call = replace(call, token=service_token(self._service))
        return self._caller.call(self._service, method, kwargs, call)


class ServiceRpc(DependencyProvider):
    """Gives a service a `ServiceClient`; the caller's token and deadline go along with each call."""

    shared = _SharedCaller()

    def __init__(self, service: str) -> None:
        self.service = service

    def get_dependency(self, worker_ctx: Any) -> ServiceClient:
        return ServiceClient(self.shared.caller, self.service)
