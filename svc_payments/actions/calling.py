"""Making the calls to the provider that `actions.calls` keeps: never inside a transaction, never lost.

A door makes the call that it wanted, within the time that somebody waits; what it leaves, the worker makes. Other
topics add their kinds of calls with `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import eventlet
from sqlalchemy.orm import Session

from plumbing.context import current_call
from plumbing.logs import get_logger
from svc_payments import flow_metrics as metrics
from svc_payments.actions import calls
from svc_payments.actions.calls import Call
from svc_payments.provider.base import CardDeclined, Provider, ProviderAway, ProviderRefused

log = get_logger(__name__)

#: What is left of a call's time for keeping the answer and sending ours.
_RESERVE_S = 0.3
_LEAST_S = 0.2


class Desk(Protocol):
    """What a door or a worker has to make calls with."""

    provider: Provider
    db: Any

    def write(self, work: Callable[[Session], Any]) -> Any:
        """Run `work` in a transaction of its own, and push the frames afterwards."""


class NotNow(Exception):  # noqa: N818 - it is no error
    """Nothing can be asked yet; the call is to be made later."""


@dataclass(frozen=True)
class Handler:
    """How a kind of call is made.

    Attributes:
        ask: Asks the provider, outside any transaction; may be asked again after any crash.
        learn: Keeps the answer, in the transaction that forgets the call.
        refused: Keeps a refusal, likewise.
        give_up: What follows when the call has become too old to be made again; None: it never does.
    """

    ask: Callable[[Desk, Call], Any]
    learn: Callable[[Session, Call, Any], None]
    refused: Callable[[Session, Call, CardDeclined | ProviderRefused], None]
    give_up: Callable[[Session, Call], None] | None = None


_HANDLERS: dict[str, Handler] = {}


def register(kind: str, handler: Handler) -> None:
    """Say how calls of a kind are made; a module does so when it is imported."""
    _HANDLERS[kind] = handler


def make_wanted(desk: Desk, subject_id: str) -> None:
    """Make the calls about a subject that were just wanted, as far as time allows; never raises for the provider."""
    with desk.db.reading() as session:
        waiting = calls.waiting_for(session, subject_id)
    for call_id in waiting:
        claimed = desk.write(partial(calls.claim_first, call_id=call_id))
        if claimed is not None:
            make(desk, claimed, time_left_s())


def make_due(desk: Desk, size: int = 20) -> int:
    """Make the calls that are due; return how many there were."""
    due = desk.write(lambda session: calls.claim_due(session, size))
    for call in due:
        make(desk, call, None)
    return len(due)


def time_left_s() -> float:
    """Return for how long a door may ask the provider, so that it can still answer."""
    return max(current_call().remaining_s() - _RESERVE_S, _LEAST_S)


def make(desk: Desk, call: Call, time_s: float | None) -> None:
    """Make a call that this process has claimed, and keep what came of it."""
    handler = _HANDLERS[call.kind]
    if handler.give_up is not None and datetime.now(UTC) - call.created_at > calls.TOO_OLD:
        desk.write(lambda session: _give_up(session, call, handler))
        return
    try:
        answer = within(time_s, lambda: handler.ask(desk, call))
    except (CardDeclined, ProviderRefused) as error:
        _count(call, "refused", error)
        refusal = error  # which Python forgets at the end of this branch
        _keep(desk, call, lambda session: handler.refused(session, call, refusal))
    except (ProviderAway, NotNow) as error:
        _count(call, "away", error)
        desk.write(lambda session: calls.postpone(session, call))
    except Exception as error:
        log.exception("provider_call_failed", kind=call.kind, call_id=call.id)
        _count(call, "error", error)
        desk.write(lambda session: calls.postpone(session, call))
    else:
        _count(call, "ok", None)
        _keep(desk, call, lambda session: handler.learn(session, call, answer))


def within(time_s: float | None, ask: Callable[[], Any]) -> Any:
    """Return what `ask` returns, if that takes at most `time_s` seconds.

    Raises:
        ProviderAway: It took longer.
    """
    if time_s is None:
        return ask()
    timeout = eventlet.Timeout(time_s)
    try:
        return ask()
    except eventlet.Timeout as error:
        if error is not timeout:
            raise
        raise ProviderAway from error
    finally:
        timeout.cancel()


def _keep(desk: Desk, call: Call, learn: Callable[[Session], None]) -> None:
    def work(session: Session) -> None:
        learn(session)
        calls.done(session, call)

    desk.write(work)


def _give_up(session: Session, call: Call, handler: Handler) -> None:
    calls.give_up(session, call, "too old")
    if handler.give_up is not None:
        handler.give_up(session, call)


def _count(call: Call, outcome: str, error: Exception | None) -> None:
    metrics.CALLS.labels(call.kind, outcome).inc()
    if error is not None:
        code = getattr(error, "code", type(error).__name__)
        log.info("provider_call", kind=call.kind, call_id=call.id, outcome=outcome, code=code, attempt=call.attempts)
