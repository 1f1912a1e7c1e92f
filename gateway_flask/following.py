"""What a socket or a poll follows from its start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent

from contracts.base import ServiceError, Unavailable
from gateway_flask.channel_source import channel_source
from gateway_flask.connection import Connection
from gateway_flask.frames import RESYNC
from gateway_flask.live import hub
from gateway_flask.readers import Reader
from plumbing.live_channels import conversation_channel, followers_channel, user_channel
from plumbing.logs import get_logger

log = get_logger(__name__)

_AGAIN_S = 1.0


def follow_conversations(reader: Reader, ask: Callable[..., Any]) -> None:
    """Follow one's own channel first and then ask for conversations, so that none slips through.

    Raises:
        ServiceError: svc_messaging does not say which, or Redis does not confirm it.
    """
    hub().join(reader, [user_channel(reader.user_id)])
    hub().join(reader, [conversation_channel(each) for each in ask("messaging", "list_my_conversation_ids")])


def follow_channels(reader: Reader, token: str | None) -> bool:
    """Follow the channels that the reader's owner follows; tell whether svc_subscriptions said which.

    Raises:
        ServiceError: It refuses, or Redis does not confirm it.
    """
    mine = channel_source.ask("list_my_channel_ids", token)
    if mine is None:
        return False
    hub().join(reader, [followers_channel(each) for each in mine])
    return True


class LateFollowers:
    """Sockets whose channels svc_subscriptions has yet to tell.

    They are open, for conversations and for what concerns their owner. When the service answers
    again each follows its channels and hears `resync`.
    """

    def __init__(self) -> None:
        self._waiting: dict[Connection, None] = {}
        self._running = False

    def follow(self, socket: Connection) -> None:
        """Let a socket follow its channels, now or later.

        Raises:
            Unavailable: Redis does not confirm it.
        """
        if follow_channels(socket, socket.token):
            return
        self._waiting[socket] = None
        if not self._running:
            self._running = True
            gevent.spawn(self._serve)

    def forget(self, socket: Connection) -> None:
        """Wait for a socket no longer: it has ended."""
        self._waiting.pop(socket, None)

    def _serve(self) -> None:
        try:
            while self._waiting:
                socket = next(iter(self._waiting))
                if not self._try(socket):
                    gevent.sleep(_AGAIN_S)
        finally:
            self._running = False

    def _try(self, socket: Connection) -> bool:
        """Let one socket follow; where it cannot now, others take their turn before it."""
        try:
            mine = channel_source.ask("list_my_channel_ids", socket.token, even_if_away=True)
        except ServiceError as error:
            # Its token is too old, say: after a resync the client comes with a new ticket.
            log.info("channels_refused", user_id=socket.user_id, error=error.code)
            mine = []
        if socket not in self._waiting:  # it has ended meanwhile
            return True
        del self._waiting[socket]
        if mine is None:
            self._waiting[socket] = None
            return False
        self._join(socket, mine)
        return True

    def _join(self, socket: Connection, channel_ids: list[str]) -> None:
        try:
            hub().join(socket, [followers_channel(each) for each in channel_ids])
        except Unavailable:
            log.warning("channels_joined_without_redis", user_id=socket.user_id)
        socket.push(RESYNC)


late_followers = LateFollowers()
