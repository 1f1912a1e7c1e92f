"""OpenTelemetry: spans that follow a request through the gateway, the bus, the outbox, handlers and tasks.

The trace id always travels, so that logs can be joined. Spans are made only where `OTEL_ENDPOINT` is set, and only
of the share `OTEL_SAMPLE_RATIO` of all requests: whoever begins a trace decides by its id, and everybody else
goes by the flag in the traceparent. Attributes follow OpenTelemetry's semantic conventions and hold names and
numbers; never texts, ids of people, or addresses.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from plumbing.context import CallContext
from plumbing.settings import settings

Attributes = Mapping[str, str | int]
#: Where a message's context tells of the other requests that it serves.
LINKS = "charla.links"
#: How the traceparent of a request ends that spans are made of.
SAMPLED = "-01"
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_LOW = 1 << 64
#: Trace and span id that the next root span is to have.
_next_ids: ContextVar[tuple[int, int] | None] = ContextVar("charla_next_ids", default=None)


def new_traceparent() -> str:
    """Return a fresh W3C traceparent, whose flag says whether spans are made of it."""
    return _decided(secrets.token_hex(16), secrets.token_hex(8))


def taken_over(traceparent: str | None) -> str | None:
    """Return a client's traceparent with our own decision, or None where it is none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return _decided(*match.groups()) if match else None


def untraced(traceparent: str) -> str:
    """Return the same trace, of which no spans are made."""
    return f"{traceparent[:-2]}00"


def _decided(trace_id: str, span_id: str) -> str:
    bound = _bound()
    sampled = bound and int(trace_id[16:], 16) < bound
    return f"00-{trace_id}-{span_id}-{'01' if sampled else '00'}"


@cache
def _bound() -> int:
    return round(settings().otel_sample_ratio * _LOW) if settings().otel_endpoint else 0


@cache
def _tracer() -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    class Ids(RandomIdGenerator):
        """Gives a root span the ids that its request is already known by."""

        def generate_trace_id(self) -> int:
            ids = _next_ids.get()
            return ids[0] if ids else super().generate_trace_id()

        def generate_span_id(self) -> int:
            ids = _next_ids.get()
            return ids[1] if ids else super().generate_span_id()

    conf = settings()
    resource = Resource.create(
        {"service.name": conf.service_name, "service.version": conf.charla_version, "service.namespace": "charla"}
    )
    # Who asks for a span has been decided to be traced.
    provider = TracerProvider(resource=resource, sampler=ALWAYS_ON, id_generator=Ids())
    exporter = OTLPSpanExporter(endpoint=f"{conf.otel_endpoint}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=conf.otel_delay_ms))
    _providers.append(provider)
    return provider.get_tracer("charla")


_providers: list[Any] = []


def flush() -> None:
    """Send what was not sent yet, before a process ends."""
    for provider in _providers:
        provider.force_flush(2_000)


def is_traced(call: CallContext) -> bool:
    """Return whether spans are made of this call."""
    trace = call.traceparent
    return trace is not None and trace.endswith(SAMPLED) and _bound() > 0 and _TRACEPARENT.fullmatch(trace) is not None


def begin(
    name: str,
    call: CallContext,
    kind: str = "internal",
    attributes: Attributes | None = None,
    links: Sequence[str] = (),
    *,
    root: bool = False,
    since: datetime | None = None,
) -> tuple[CallContext, Any]:
    """Begin a span; return the context for what is called in it, and the span, which has to be ended.

    Args:
        name: What is done, in few different words.
        call: What it is done for; where that is not traced there is no span, and `call` is returned as it is.
        kind: `server`, `client`, `producer`, `consumer` or `internal`.
        attributes: By semantic conventions.
        links: Traceparents of further requests that this is done for.
        root: The span is the one that `call`'s traceparent names, and not its child.
        since: When it began, if that was before now.
    """
    if not is_traced(call):
        return call, None
    from opentelemetry import trace

    started = int(since.timestamp() * 1e9) if since is not None else None
    others = [trace.Link(found) for each in links if (found := _span_context(each)) is not None]
    mine = _span_context(call.traceparent)
    if mine is None:
        return call, None
    above = None if root else trace.set_span_in_context(trace.NonRecordingSpan(mine))
    reset = _next_ids.set((mine.trace_id, mine.span_id) if root else None)
    try:
        span = _tracer().start_span(
            name,
            above if above is not None else trace.set_span_in_context(trace.INVALID_SPAN),
            trace.SpanKind[kind.upper()],
            attributes,
            others,
            started,
        )
    finally:
        _next_ids.reset(reset)
    made = span.get_span_context()
    return replace(call, traceparent=f"00-{made.trace_id:032x}-{made.span_id:016x}{SAMPLED}"), span


def _span_context(traceparent: str | None) -> Any:
    from opentelemetry.trace import SpanContext, TraceFlags

    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return None
    trace_id, span_id = (int(each, 16) for each in match.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(1)) if trace_id and span_id else None


def end(span: Any, failed: str | None = None, attributes: Attributes | None = None) -> None:
    """End a span that `begin` returned; `failed` says by which kind of error, if one of our own."""
    if span is None:
        return
    if attributes:
        span.set_attributes(attributes)
    if failed is not None:
        from opentelemetry.trace import StatusCode

        span.set_attribute("error.type", failed)
        span.set_status(StatusCode.ERROR)
    span.end()


@contextmanager
def span(
    name: str,
    call: CallContext,
    kind: str = "internal",
    attributes: Attributes | None = None,
    *,
    root: bool = False,
) -> Iterator[CallContext]:
    """Trace a block as a child of `call`'s span (as that span where it is the `root`), and yield the context
    for what it calls in turn.
    """
    if not is_traced(call):
        yield call
        return
    traced, made = begin(name, call, kind, attributes, root=root)
    failed: str | None = None
    try:
        yield traced
    except Exception as error:
        failed = getattr(error, "code", type(error).__name__)
        raise
    finally:
        end(made, failed)


def of_rpc(service: str, method: str) -> Attributes:
    """Return the attributes of a call by RPC."""
    return {"rpc.system": "nameko", "rpc.service": service, "rpc.method": method}


def of_messages(operation: str, destination: str, event: str, count: int = 1) -> Attributes:
    """Return the attributes of messages that are sent or processed."""
    found: dict[str, str | int] = {
        "messaging.system": "rabbitmq",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": event,
    }
    return found | {"messaging.batch.message_count": count} if count > 1 else found
