"""Asks the services every 3 s whose rights have ended, so that a lost push does not matter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import gevent

from contracts.base import ServiceError
from gateway_flask.live import Hub
from gateway_flask.revocations import KEEP_S, since
from gateway_flask.rpc import call_as_gateway
from plumbing.logs import get_logger

log = get_logger(__name__)

_EVERY_S = 3.0
_OVERLAP_S = 15.0


class Watch:
    """Feeds ended sessions and ended memberships to the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._seen: dict[tuple[str, str, str], float] = {}

    def start(self) -> None:
        """Begin, in the background; at first with the last 15 minutes."""
        gevent.spawn(self._run)

    def _run(self) -> None:
        sessions_from = access_from = KEEP_S
        while True:
            sessions_from = self._try(self._look_at_sessions, sessions_from)
            access_from = self._try(self._look_at_access, access_from)
            gevent.sleep(_EVERY_S)

    def _try(self, look: Any, seconds: float) -> float:
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

    def _look_at_access(self, moment: str) -> None:
        for view in call_as_gateway("messaging", "list_access_removed", {"since": moment}):
            key = (view["user_id"], view["conversation_id"], view["removed_at"])
            if key not in self._seen:
                removed_at = datetime.fromisoformat(view["removed_at"]).timestamp()
                self._seen[key] = removed_at
                self._hub.end_access(view["user_id"], view["conversation_id"], removed_at)
        if len(self._seen) > 20_000:
            self._seen.clear()
