"""Tells svc_subscriptions how far people have read conversations, after they have their answer.

Reading never waits for it and never fails by it. What is not told clears nothing: the notifications of that
conversation stay unread until somebody reads further there.
"""

from __future__ import annotations

from typing import NamedTuple

import gevent

from contracts.base import ServiceError
from gateway_flask.metrics import READ_MARKS
from gateway_flask.operation import Call
from gateway_flask.rpc import rpc_call
from plumbing.logs import get_logger

log = get_logger(__name__)

#: How many marks may wait while the service is slow, and how many are told at once.
MOST_WAITING, AT_ONCE = 2_000, 8
Place = tuple[str, str]


class _Mark(NamedTuple):
    up_to_seq: int
    token: str | None
    traceparent: str | None


class ReadMarks:
    """The marks of one worker that wait to be told; of several of one person and conversation, the furthest."""

    def __init__(self) -> None:
        self._waiting: dict[Place, _Mark] = {}
        self._busy = 0

    def add(self, call: Call, conversation_id: str, up_to_seq: int) -> None:
        """Note what the caller has read; it is told in the background, in their name."""
        place = (call.me.user_id, conversation_id)
        before = self._waiting.get(place)
        if before is None and len(self._waiting) >= MOST_WAITING:
            READ_MARKS.labels("dropped").inc()
            return
        furthest = max(up_to_seq, before.up_to_seq if before else 0)
        self._waiting[place] = _Mark(furthest, call.token, call.traceparent)
        if self._busy < AT_ONCE:
            self._busy += 1
            gevent.spawn(self._work)

    def _work(self) -> None:
        try:
            while self._waiting:
                place = next(iter(self._waiting))
                self._tell(place, self._waiting.pop(place))
        finally:
            self._busy -= 1

    def _tell(self, place: Place, mark: _Mark) -> None:
        told = {"conversation_id": place[1], "up_to_seq": mark.up_to_seq}
        try:
            rpc_call("subscriptions", "mark_conversation_read", told, token=mark.token, traceparent=mark.traceparent)
        except ServiceError as error:
            READ_MARKS.labels("failed").inc()
            log.warning("read_mark_failed", conversation_id=place[1], error=error.code)
        except Exception:  # noqa: BLE001 - the next mark is told
            READ_MARKS.labels("failed").inc()
            log.exception("read_mark_crashed", conversation_id=place[1])
        else:
            READ_MARKS.labels("told").inc()


read_marks = ReadMarks()
