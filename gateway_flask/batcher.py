"""Natural micro-batching: what waits while calls are in flight becomes the next call. No timer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from threading import Event as Flag
from threading import Lock
from typing import Any

import msgspec

from contracts.base import ServiceError, Unavailable, error_from_wire
from gateway_flask.instances import breaker
from plumbing import tracing
from plumbing.bus import PendingReply
from plumbing.caller import RpcCaller, error_in, result_of
from plumbing.context import CallContext, DeadlineExceeded

_MOST_WAITING = 4_096


class Overloaded(Unavailable):
    """More waits than can be worked off in time."""

    code = "overloaded"
    detail = "Too much is waiting here; try again in a moment."


class _Waiting:
    """One item on its way, and its outcome."""

    __slots__ = ("deadline", "done", "error", "item", "result", "traceparent")

    def __init__(self, item: Mapping[str, Any], deadline: float, traceparent: str | None) -> None:
        self.item = item
        self.deadline = deadline
        self.traceparent = traceparent
        self.done = Flag()
        self.result: Any = None
        self.error: Exception | None = None

    def finish(self, result: Any, error: Exception | None) -> None:
        """Store the outcome and wake whoever waits."""
        self.result, self.error = result, error
        self.done.set()


class Outcome(msgspec.Struct):
    """One item's result as bytes, for an answer that is passed on as it came."""

    page: msgspec.Raw = msgspec.Raw(b"null")
    error: dict[str, Any] | None = None


class Outcomes(msgspec.Struct):
    """A reply whose results stay bytes."""

    result: list[Outcome] | None = None
    error: dict[str, Any] | None = None


class Batcher:
    """Puts items into calls of `service.method(items=[...])`, which answers one result an item.

    Nobody is asked while the service's breaker is open.

    Args:
        most: Items in one call at the most.
        in_flight: Calls under way at the most.
        shape: `Outcomes` where results shall stay bytes; else they are plain values.
    """

    def __init__(
        self,
        caller: RpcCaller,
        service: str,
        method: str,
        most: int = 64,
        in_flight: int = 2,
        shape: type[Outcomes] | None = None,
    ) -> None:
        self._shape = shape
        self._caller = caller
        self._service = service
        self._method = method
        self._most = most
        self._free = in_flight
        self._waiting: deque[_Waiting] = deque()
        self._lock = Lock()

    def submit(self, item: Mapping[str, Any], timeout_s: float, traceparent: str | None = None) -> Any:
        """Return the result of `item`.

        Raises:
            ServiceError: Its own refusal, or an `Unavailable` kind for the whole call.
        """
        if len(self._waiting) >= _MOST_WAITING:
            raise Overloaded(retry_after_s=1)
        with breaker(self._service).calling():
            return self._result_of(item, timeout_s, traceparent)

    def _result_of(self, item: Mapping[str, Any], timeout_s: float, traceparent: str | None) -> Any:
        self._caller.wait_connected(min(timeout_s, 1.0))
        waiting = _Waiting(item, time.time() + timeout_s, traceparent)
        self._waiting.append(waiting)
        self._send_next()
        if not waiting.done.wait(timeout_s):
            raise DeadlineExceeded
        if waiting.error is not None:
            raise waiting.error
        result = waiting.result
        error = result.get("error") if isinstance(result, dict) else result.error
        if error is not None:
            raise error_from_wire(error)
        return result

    def _send_next(self) -> None:
        batch = self._take_batch()
        if not batch:
            return
        call, span = self._traced(batch)
        pending = PendingReply(on_done=lambda done: self._on_done(batch, done, span), shape=self._shape)
        try:
            self._caller.begin(
                self._service, self._method, {"items": [waiting.item for waiting in batch]}, call, pending
            )
        except ServiceError as error:
            tracing.end(span, error.code)
            self._finish(batch, None, error)

    def _traced(self, batch: list[_Waiting]) -> tuple[CallContext, Any]:
        """Return the context of a batch: its span is a child of the first traced item's, and links to the others'."""
        traces = [waiting.traceparent for waiting in batch]
        first = next((each for each in traces if each and each.endswith(tracing.SAMPLED)), traces[0])
        call = CallContext(deadline=max(waiting.deadline for waiting in batch), traceparent=first)
        if not tracing.is_traced(call):
            return call, None
        links = [each for each in traces if each and each != first]
        attributes = tracing.of_rpc(self._service, self._method)
        return tracing.begin(f"{self._service}/{self._method}", call, "client", attributes, links)

    def _take_batch(self) -> list[_Waiting]:
        with self._lock:
            if self._free <= 0 or not self._waiting:
                return []
            batch: list[_Waiting] = []
            now = time.time()
            while self._waiting and len(batch) < self._most:
                waiting = self._waiting.popleft()
                if waiting.deadline > now:
                    batch.append(waiting)
            if batch:
                self._free -= 1
            return batch

    def _on_done(self, batch: list[_Waiting], pending: PendingReply, span: Any) -> None:
        tracing.end(span, type(pending.error).__name__ if pending.error is not None else None)
        if pending.error is not None:
            self._finish(batch, None, pending.error)
            return
        try:
            self._finish(batch, _results_of(pending.reply or {}), None)
        except ServiceError as error:
            self._finish(batch, None, error)

    def _finish(self, batch: list[_Waiting], results: list[Any] | None, error: Exception | None) -> None:
        with self._lock:
            self._free += 1
        if error is None and (results is None or len(results) != len(batch)):
            error = Unavailable()
        for index, waiting in enumerate(batch):
            waiting.finish(results[index] if results and error is None else None, error)
        self._send_next()


def _results_of(reply: dict[str, Any] | Outcomes) -> list[Any] | None:
    if isinstance(reply, dict):
        results: list[Any] | None = result_of(reply)
        return results
    if reply.error:
        raise error_in(reply.error)
    return reply.result
