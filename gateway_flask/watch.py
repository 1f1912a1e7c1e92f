"""Asks the services every 3 s whose rights have ended, so that a push that is lost, or comes too late, does not matter.

They name those who have no access at that moment, and do so for several rounds: a push that says `joined` may have been
overtaken by the one that says `left`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent

from contracts.base import ServiceError
from gateway_flask.live import Hub
from gateway_flask.places import CHANNEL, CONVERSATION
from gateway_flask.rpc import call_as_gateway
from plumbing.logs import get_logger
from plumbing.revocations import KEEP_S, since

log = get_logger(__name__)

_EVERY_S = 3.0
_OVERLAP_S = 15.0

Look = Callable[[str], None]


class Watch:
    """Feeds ended sessions, ended memberships and ended followings to the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def start(self) -> None:
        """Begin, in the background; at first with the last 15 minutes.

        Each service is asked by itself: waiting for one that is away delays no other.
        """
        for look in (self._look_at_sessions, self._look_at_members, self._look_at_followers):
            gevent.spawn(self._run, look)

    def _run(self, look: Look) -> None:
        seconds = KEEP_S
        while True:
            seconds = self._try(look, seconds)
            gevent.sleep(_EVERY_S)

    def _try(self, look: Look, seconds: float) -> float:
        """Look back `seconds`; return how far to look back next time."""
        try:
            look(since(seconds))
        except ServiceError as error:
            log.warning("watch_failed", what=look.__name__, error=error.code)
            return min(seconds + _EVERY_S + 2.0, KEEP_S)
        except Exception:  # noqa: BLE001 - the watch goes on
            log.exception("watch_crashed", what=look.__name__)
            return min(seconds + _EVERY_S + 2.0, KEEP_S)
        return _OVERLAP_S

    def _look_at_sessions(self, moment: str) -> None:
        for view in call_as_gateway("auth", "list_revocations", {"since": moment}):
            self._hub.end_session(view["user_id"], view["session_id"], view["revoked_at"])

    def _look_at_members(self, moment: str) -> None:
        asked_at = time.monotonic()
        for each in call_as_gateway("messaging", "list_access_removed", {"since": moment}):
            self._hub.end_access(CONVERSATION, each["user_id"], each["conversation_id"], asked_at)

    def _look_at_followers(self, moment: str) -> None:
        asked_at = time.monotonic()
        for each in call_as_gateway("subscriptions", "list_channel_access_removed", {"since": moment}):
            self._hub.end_access(CHANNEL, each["user_id"], each["channel_id"], asked_at)
