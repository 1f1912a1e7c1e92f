"""What travels with a call: the caller's token, its deadline and the trace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from contracts.base import Unavailable
from plumbing.settings import settings

TOKEN = "token"  # noqa: S105 - the header's name
DEADLINE = "deadline"
TRACEPARENT = "traceparent"
IDEMPOTENCY_KEY = "idempotency_key"
#: What callers may send along; each is a header with the prefix that nameko gives it.
_SENT_ALONG = (TOKEN, DEADLINE, TRACEPARENT, IDEMPOTENCY_KEY)


class DeadlineExceeded(Unavailable):
    """The time for the call ran out before it was answered."""

    code = "deadline_exceeded"
    detail = "That took too long; try again."


def context_data(message: Any) -> dict[str, Any]:
    """Return what came along with a message, and nothing else that its headers say."""
    headers = message.headers or {}
    return {name: headers[f"nameko.{name}"] for name in _SENT_ALONG if f"nameko.{name}" in headers}


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call being worked on.

    Attributes:
        token: The signed identity of whoever asked, or None.
        deadline: Unix time in seconds after which nobody waits for the answer.
        traceparent: W3C trace context, or None.
        idempotency_key: The client's own name for this request, or None.
    """

    token: str | None = None
    deadline: float | None = None
    traceparent: str | None = None
    idempotency_key: str | None = None

    def remaining_s(self) -> float:
        """Return the seconds left; the default deadline when the call brought none."""
        if self.deadline is None:
            return settings().call_deadline_ms / 1000
        return self.deadline - time.time()

    def check_deadline(self) -> None:
        """Raise DeadlineExceeded when nobody waits any more."""
        if self.remaining_s() <= 0:
            raise DeadlineExceeded


_NO_CALL = CallContext()
_current: ContextVar[CallContext] = ContextVar("charla_call", default=_NO_CALL)


def current_call() -> CallContext:
    """Return the call this greenlet works on (an empty one outside of calls)."""
    return _current.get()


@contextmanager
def working_on(call: CallContext) -> Iterator[CallContext]:
    """Make `call` the current one inside the block."""
    reset = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(reset)
