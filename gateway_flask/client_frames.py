"""What a client says on its WebSocket: sign in, type, watch, ping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import gevent
from msgspec import Meta
from redis import RedisError

from contracts.base import Invalid, ServiceError, Unauthenticated, Unavailable
from gateway_flask.body import fit, parse
from gateway_flask.connection import Connection
from gateway_flask.fields import Id, Label, Request
from gateway_flask.following import follow_conversations, late_followers
from gateway_flask.frames import PONG, Close, Frame, frame_of
from gateway_flask.live import HEARTBEAT_S, hub
from gateway_flask.once_a_minute import OnceAMinute
from gateway_flask.presence import presence_of
from gateway_flask.redis_store import store
from gateway_flask.rpc import rpc_call
from gateway_flask.tickets import redeem_ticket
from plumbing import codec
from plumbing.live_channels import conversation_channel, presence_channel, user_channel
from plumbing.logs import get_logger

log = get_logger(__name__)

_TYPING_EVERY_S = 3.0
_MAX_BAD_FRAMES = 5
_MAX_WATCHED = 10
_turned_out = OnceAMinute()
#: Frames that a client may send in one second, and at once.
_RATE, _BURST = 10.0, 60.0


class AuthFrame(Request):
    """The first frame; sent again with a new ticket it renews what the socket follows."""

    t: str
    ticket: Annotated[str, Meta(max_length=100)]
    device: Label = ""


class RoomFrame(Request):
    """`typing`, `watch` and `unwatch` name a conversation."""

    t: str
    conv: Id


class BareFrame(Request):
    """`ping` and `pong`."""

    t: str


class Session:
    """The owner's side of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._bad_frames = 0
        self._tokens = _BURST
        self._counted_at = time.monotonic()
        self.signed_in = False

    def on_first_message(self, text: str) -> None:
        """Take the frame that has to say who comes."""
        try:
            value = parse(text.encode())
            if not isinstance(value, dict) or value.get("t") != "auth":
                raise Unauthenticated(code="auth_expected")
            self._sign_in(fit(value, AuthFrame))
        except Unavailable as error:
            self._connection.close(Close.DRAINING, error.code)
        except ServiceError as error:
            self._tell(error)
            self._connection.close(Close.NOT_AUTHENTICATED, error.code)

    def on_message(self, text: str) -> None:
        """Take any later frame; too many bad ones end the connection."""
        if not self._within_rate():
            self._turn_out(Close.TOO_MANY, "too_many_frames")
            return
        try:
            self._dispatch(parse(text.encode()))
        except ServiceError as error:
            self._tell(error)
            self._bad_frames += 1
            if self._bad_frames >= _MAX_BAD_FRAMES:
                self._turn_out(Close.GARBAGE, "too_many_bad_frames")
        except Exception:  # noqa: BLE001 - one frame must not end a socket
            log.exception("frame_failed", user_id=self._connection.user_id)
            self._tell(ServiceError())

    def end(self) -> None:
        """Take leave of the hub."""
        late_followers.forget(self._connection)
        if self.signed_in:
            self.signed_in = False
            hub().presence.went(self._connection.user_id, self._conversations())
        hub().remove(self._connection)

    def _turn_out(self, code: int, why: str) -> None:
        me = self._connection
        held_back = _turned_out.ask(f"{why} {me.user_id}")
        if held_back is not None:
            log.info("refused", operation="websocket", why=why, user_id=me.user_id, held_back=held_back)
        me.close(code, why)

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self._tokens = min(_BURST, self._tokens + (now - self._counted_at) * _RATE)
        self._counted_at = now
        self._tokens -= 1.0
        return self._tokens >= 0.0

    def _dispatch(self, value: Any) -> None:
        kind = value.get("t") if isinstance(value, dict) else None
        if kind == "auth":
            self._renew(fit(value, AuthFrame))
            return
        if kind in ("ping", "pong"):
            fit(value, BareFrame)
            if kind == "ping":
                self._connection.push(PONG)
            return
        action = _ROOM_FRAMES.get(kind) if isinstance(kind, str) else None
        if action is None:
            raise Invalid("There is no such frame.", code="unknown_frame")
        action(self, fit(value, RoomFrame).conv)

    def _tell(self, error: ServiceError) -> None:
        self._connection.push(frame_of({"t": "error", "code": error.code, "detail": error.detail}))

    # signing in
    def _sign_in(self, frame: AuthFrame) -> None:
        admission = redeem_ticket(frame.ticket)
        me = self._connection
        me.user_id, me.session_id = admission.who.user_id, admission.who.session_id
        me.token, me.device = admission.token, frame.device
        me.connected_at = time.time()
        me.hold()
        ready = None
        try:
            self._follow_all()
            ready = self._ready_frame()
        finally:
            me.unhold(ready)
        hub().add_socket(me)
        hub().presence.came(me.user_id, self._conversations())
        self.signed_in = True
        if frame.device:
            self._replace_older()

    def _follow_all(self) -> None:
        me = self._connection
        follow_conversations(me, lambda service, method: rpc_call(service, method, {}, token=me.token))
        late_followers.follow(me)

    def _replace_older(self) -> None:
        me = self._connection
        data = {"session_id": me.session_id, "device": me.device, "connected_at": me.connected_at}
        self._publish(user_channel(me.user_id), {"t": "replaced", "data": data})

    def _renew(self, frame: AuthFrame) -> None:
        admission = redeem_ticket(frame.ticket)
        me = self._connection
        if admission.who.user_id != me.user_id:
            raise Unauthenticated(code="ticket_invalid")
        me.token, me.session_id = admission.token, admission.who.session_id
        self._follow_all()
        me.push(self._ready_frame())

    def _ready_frame(self) -> Frame:
        return frame_of({"t": "ready", "user": self._connection.user_id, "heartbeat_s": int(HEARTBEAT_S)})

    # in a conversation
    def _typing(self, conversation_id: str) -> None:
        me = self._connection
        self._demand_seen(conversation_id)
        now = time.monotonic()
        if now - me.typed_at.get(conversation_id, -_TYPING_EVERY_S) < _TYPING_EVERY_S:
            return
        if len(me.typed_at) >= 50:
            me.typed_at.clear()
        me.typed_at[conversation_id] = now
        frame = {"t": "typing", "conv": conversation_id, "user": me.user_id}
        self._publish(conversation_channel(conversation_id), frame)

    def _watch(self, conversation_id: str) -> None:
        me = self._connection
        self._demand_seen(conversation_id)
        if len(me.watched) >= _MAX_WATCHED:
            raise Invalid("Watch fewer conversations at once.", code="too_many_watched")
        me.watched.add(conversation_id)
        hub().join(me, [presence_channel(conversation_id)], wait=False)
        gevent.spawn(self._tell_presence, conversation_id)

    def _tell_presence(self, conversation_id: str) -> None:
        me = self._connection
        arguments = {"conversation_id": conversation_id, "limit": 100}
        try:
            members = rpc_call("messaging", "list_members", arguments, token=me.token)["items"]
        except ServiceError as error:
            self._tell(error)
            return
        users = presence_of([member["user_id"] for member in members])
        me.push(frame_of({"t": "presence", "conv": conversation_id, "users": users}))

    def _unwatch(self, conversation_id: str) -> None:
        self._connection.watched.discard(conversation_id)
        hub().leave(self._connection, [presence_channel(conversation_id)])

    def _demand_seen(self, conversation_id: str) -> None:
        if conversation_channel(conversation_id) not in self._connection.channels:
            raise Invalid("There is no such conversation.", code="unknown_conversation")

    def _conversations(self) -> list[str]:
        channels = self._connection.channels
        return [channel[5:] for channel in channels if channel.startswith("conv:")]

    def _publish(self, channel: str, frame: dict[str, Any]) -> None:
        try:
            store().publish(channel, codec.encode(frame))
        except (RedisError, OSError) as error:
            log.warning("publish_lost", error=str(error))


_ROOM_FRAMES: dict[str, Callable[[Session, str], None]] = {
    "typing": Session._typing,
    "watch": Session._watch,
    "unwatch": Session._unwatch,
}
