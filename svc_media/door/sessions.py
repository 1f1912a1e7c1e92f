"""Sessions that ended before their tokens did: asked of svc_auth every few seconds."""

from __future__ import annotations

from typing import Any

import gevent

from contracts.base import ServiceError
from plumbing.logs import get_logger
from plumbing.revocations import KEEP_S, revocations, since

log = get_logger(__name__)

EVERY_S = 3.0
#: Looks overlap by so much, for rows that were committed late.
_OVERLAP_S = 15.0


def watch(auth: Any) -> None:
    """Keep `revocations` up to date, for ever; what was missed while auth was away is asked for later.

    Args:
        auth: A client of svc_auth that acts for this service itself.
    """
    seconds = KEEP_S
    while True:
        try:
            look(auth, seconds)
            seconds = _OVERLAP_S
        except ServiceError as error:
            log.warning("sessions_not_asked", error=error.code)
            seconds = min(seconds + EVERY_S + 2.0, KEEP_S)
        gevent.sleep(EVERY_S)


def look(auth: Any, seconds: float) -> None:
    """Note the sessions that ended in the last `seconds`, and forget what no living token can belong to."""
    for view in auth.list_revocations(since=since(seconds)):
        revocations.add(view["user_id"], view["session_id"], view["revoked_at"])
    revocations.forget_old()
