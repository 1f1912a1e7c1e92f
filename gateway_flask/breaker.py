"""A circuit breaker for each service: while one cannot answer, callers hear so at once, and it is left in peace.

It opens after several calls in a row that nobody answered, or where the registry, asked just now, knows instances of
the service and none that is up. While it is open one call a second goes through, and the first answer closes it. Who
answered a moment ago is there, whatever the registry says: it learns some seconds later that somebody is there again,
and a busy machine may be too slow for the sidecar's look.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from contracts.base import ServiceError
from gateway_flask import metrics
from plumbing.caller import ServiceAway
from plumbing.context import DeadlineExceeded

FAILURES = 5
REST_S = 1.0
#: How long an answer counts for more than the registry's word.
BELIEVED_S = 5.0
#: What says that nobody answered; a refusal, also an `Unavailable` one of the service itself, is an answer.
UNANSWERED = (ServiceAway, DeadlineExceeded)


class Breaker:
    """That of one service.

    Args:
        is_down: Whether something that knows says that nobody is there.
        clock: Seconds that only grow.
    """

    def __init__(self, service: str, is_down: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._is_down = is_down
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0
        self._answered_at = -math.inf

    @property
    def is_open(self) -> bool:
        """Whether calls are turned away."""
        return self._failures >= FAILURES or self._is_told_down()

    def _is_told_down(self) -> bool:
        """Whether the registry says so, and no call was answered just now."""
        return self._clock() - self._answered_at > BELIEVED_S and self._is_down()

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Stand around a call.

        Raises:
            ServiceAway: Nobody is asked, because nobody answered before.
        """
        self._let_through()
        try:
            yield
        except UNANSWERED:
            self._failures += 1
            self._answered_at = -math.inf
            raise
        except ServiceError:
            self._answered()
            raise
        else:
            self._answered()

    def _answered(self) -> None:
        self._failures = 0
        self._answered_at = self._clock()

    def _let_through(self) -> None:
        if not self.is_open:
            return
        now = self._clock()
        if now < self._next_try:
            metrics.TURNED_AWAY.labels(self._service).inc()
            raise ServiceAway(retry_after_s=REST_S)
        self._next_try = now + REST_S
