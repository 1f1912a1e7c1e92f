"""The container that services run in: call context, deadlines, traces, metrics and one log line a call."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import replace
from typing import Any

from nameko.containers import ServiceContainer

from contracts.base import ServiceError
from plumbing import metrics, readiness, tracing
from plumbing.context import DEADLINE, IDEMPOTENCY_KEY, TOKEN, TRACEPARENT, CallContext, working_on
from plumbing.database import DATABASE_AWAY, DatabaseAway
from plumbing.garbage import search_rarely
from plumbing.logs import first_line, get_logger, verbose
from plumbing.process_metrics import watch_loop

log = get_logger(__name__)


def call_from(data: dict[str, Any]) -> CallContext:
    """Return the context that came in a message's headers; a deadline that is no number is none."""
    try:
        deadline = float(data.get(DEADLINE, "nan"))
    except (TypeError, ValueError):
        deadline = math.nan
    token, traceparent, key = data.get(TOKEN), data.get(TRACEPARENT), data.get(IDEMPOTENCY_KEY)
    return CallContext(
        token=token if isinstance(token, str) else None,
        deadline=deadline if math.isfinite(deadline) else None,
        traceparent=traceparent if isinstance(traceparent, str) else None,
        idempotency_key=key if isinstance(key, str) else None,
    )


class CharlaContainer(ServiceContainer):
    """nameko's container, with the call's context around each worker."""

    def start(self) -> None:
        """Start all extensions."""
        super().start()
        watch_loop()
        metrics.WORKERS_SIZE.labels(self.service_name).set(self.max_workers)
        metrics.WORKERS_BUSY.labels(self.service_name).set_function(lambda: self._worker_pool.running())
        search_rarely()

    def stop(self) -> None:
        """End what is at work; meanwhile readiness says so, and nobody gives it more."""
        readiness.register("draining", lambda: "this process ends")
        try:
            super().stop()
        finally:
            readiness.unregister("draining")

    def _run_worker(self, worker_ctx: Any, handle_result: Any) -> None:
        method_name = worker_ctx.entrypoint.method_name
        started = time.perf_counter()
        traced, span = self._begin_span(worker_ctx)
        with working_on(traced):
            result, exc_info = self._call_method(worker_ctx, traced)
            if handle_result is not None:
                result, exc_info = handle_result(worker_ctx, result, exc_info)
            self._worker_result(worker_ctx, result, exc_info)
            outcome = _outcome(exc_info)
            del exc_info
            self._worker_teardown(worker_ctx)
        tracing.end(span, outcome if outcome in _OWN_FAILURES else None)
        if verbose():
            with working_on(traced):
                log.debug("worked", method=method_name, outcome=outcome, ms=_ms_since(started))
        metrics.RPC_SECONDS.labels(self.service_name, method_name, outcome).observe(time.perf_counter() - started)

    def _begin_span(self, worker_ctx: Any) -> tuple[CallContext, Any]:
        links = worker_ctx.data.pop(tracing.LINKS, ())
        call = call_from(worker_ctx.data)
        if call.traceparent is None:  # a timer, each second: its lines are joined, but it is worth no span
            call = replace(call, traceparent=tracing.untraced(tracing.new_traceparent()))
        if not tracing.is_traced(call):
            return call, None
        entrypoint = worker_ctx.entrypoint
        name, kind, attributes = _described(self.service_name, entrypoint, worker_ctx.args)
        return tracing.begin(name, call, kind, attributes, links)

    def _call_method(self, worker_ctx: Any, call: CallContext) -> tuple[Any, Any]:
        self._inject_dependencies(worker_ctx)
        self._worker_setup(worker_ctx)
        method = getattr(worker_ctx.service, worker_ctx.entrypoint.method_name)
        try:
            call.check_deadline()
            return method(*worker_ctx.args, **worker_ctx.kwargs), None
        except ServiceError as error:
            log.debug("refused", method=method.__name__, why=error.code)
            return None, sys.exc_info()
        except DATABASE_AWAY as error:
            log.warning("database_away", method=method.__name__, error=first_line(error))
            return None, (DatabaseAway, DatabaseAway(), error.__traceback__)
        except Exception:
            log.exception("worker_failed", method=method.__name__)
            return None, sys.exc_info()


#: Outcomes that are no answer to what was asked, but our own failure.
_OWN_FAILURES = frozenset({"internal", "unavailable"})


def _described(service: str, entrypoint: Any, args: tuple[Any, ...]) -> tuple[str, str, tracing.Attributes]:
    """Return name, kind and attributes of the span of a call, an event or a timer, as its entrypoint tells."""
    method = entrypoint.method_name
    if hasattr(entrypoint, "event_class"):
        event, queue = entrypoint.event_class.name, entrypoint.queue.name
        count = len(args[0]) if args and isinstance(args[0], list) else 1
        return f"process {event}", "consumer", tracing.of_messages("process", queue, event, count)
    if hasattr(entrypoint, "rpc_consumer"):
        return f"{service}/{method}", "server", tracing.of_rpc(service, method)
    return f"{service}.{method}", "internal", {"code.function.name": method}


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _outcome(exc_info: Any) -> str:
    if exc_info is None:
        return "ok"
    error = exc_info[1]
    return error.kind if isinstance(error, ServiceError) else "internal"
