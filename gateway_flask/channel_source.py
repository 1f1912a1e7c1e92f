"""What svc_subscriptions says of people's channels, for whoever can go on without an answer."""

from __future__ import annotations

import time
from typing import Any

from contracts.base import ServiceError
from gateway_flask.rpc import rpc_call
from plumbing.logs import get_logger

log = get_logger(__name__)

_PATIENCE_S = 1.0
#: After a call without an answer nobody waits for another one so long: a socket opens at once.
_REST_S = 5.0
#: Kinds of errors that say nothing of the question: the service is away, or fails.
_NO_ANSWER = ("unavailable", "internal")


class ChannelSource:
    """Asks svc_subscriptions; conversations do not stand still while it is away."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def ask(self, method: str, token: str | None, *, even_if_away: bool = False, **arguments: Any) -> Any | None:
        """Return the service's answer to the owner of `token`, or None where there is none now.

        Raises:
            ServiceError: The service's refusal.
        """
        if time.monotonic() < self._away_until and not even_if_away:
            return None
        try:
            found = rpc_call("subscriptions", method, arguments, token=token, timeout_s=_PATIENCE_S)
        except ServiceError as error:
            if error.kind not in _NO_ANSWER:
                raise
            log.warning("channels_away", method=method, error=error.code)
            self._away_until = time.monotonic() + _REST_S
            return None
        self._away_until = 0.0
        return found


channel_source = ChannelSource()
