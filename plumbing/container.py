"""The container that services run in: call context, deadlines, traces, metrics and one log line a call."""

from __future__ import annotations

import math
import sys
import time
from typing import Any

from nameko.containers import ServiceContainer

from contracts.base import ServiceError
from plumbing import metrics, tracing
from plumbing.context import DEADLINE, IDEMPOTENCY_KEY, TOKEN, TRACEPARENT, CallContext, working_on
from plumbing.database import DATABASE_AWAY, DatabaseAway
from plumbing.garbage import search_rarely
from plumbing.logs import first_line, get_logger

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
        search_rarely()

    def _run_worker(self, worker_ctx: Any, handle_result: Any) -> None:
        method_name = worker_ctx.entrypoint.method_name
        started = time.perf_counter()
        call = call_from(worker_ctx.data)
        with (
            tracing.span(f"{self.service_name}.{method_name}", call) as traced,
            working_on(traced),
        ):
            result, exc_info = self._call_method(worker_ctx, traced)
            if handle_result is not None:
                result, exc_info = handle_result(worker_ctx, result, exc_info)
            self._worker_result(worker_ctx, result, exc_info)
            outcome = _outcome(exc_info)
            del exc_info
            self._worker_teardown(worker_ctx)
        metrics.RPC_SECONDS.labels(self.service_name, method_name, outcome).observe(time.perf_counter() - started)

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


def _outcome(exc_info: Any) -> str:
    if exc_info is None:
        return "ok"
    error = exc_info[1]
    return error.kind if isinstance(error, ServiceError) else "internal"
