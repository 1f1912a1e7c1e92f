"""Events, for who missed their message."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.store import Thing


def retrieve(call: Call) -> Thing:
    """Return an event."""
    return call.store.get("event", call.ids[0])


def list_(call: Call) -> Thing:
    """Return events, newest first."""
    return page(call, "event", "/v1/events", {"type": call.params.text("type")})
