"""OpenTelemetry hooks: spans that follow a request through the gateway, the bus and the handlers.

Without `OTEL_ENDPOINT` no span is made; the trace id still travels, so that logs can be joined.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from plumbing.context import CallContext
from plumbing.settings import settings


def new_traceparent() -> str:
    """Return a fresh W3C traceparent."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@cache
def _tracer() -> Any:
    if not settings().otel_endpoint:
        return None
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": settings().service_name}))
    exporter = OTLPSpanExporter(endpoint=f"{settings().otel_endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return trace.get_tracer("charla")


@contextmanager
def span(name: str, call: CallContext) -> Iterator[CallContext]:
    """Trace a block as a child of `call`'s span, and yield the context for what it calls in turn."""
    tracer = _tracer()
    if tracer is None:
        yield call
        return
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )

    propagator = TraceContextTextMapPropagator()
    parent = propagator.extract({"traceparent": call.traceparent} if call.traceparent else {})
    with tracer.start_as_current_span(name, context=parent):
        carrier: dict[str, str] = {}
        propagator.inject(carrier)
        yield replace(call, traceparent=carrier.get("traceparent", call.traceparent))
