"""Redis channels, and who reads them."""

from __future__ import annotations

from typing import Protocol

from gateway_flask.frames import Frame

#: Where svc_auth tells of sessions that ended.
REVOCATIONS = "sys:revocations"


class Reader(Protocol):
    """Whoever reads frames: a WebSocket or a long poll."""

    user_id: str
    session_id: str
    device: str
    connected_at: float
    heard_at: float
    channels: set[str]

    def push(self, frame: Frame) -> None:
        """Send a frame."""

    def close(self, code: int, reason: str = "") -> None:
        """End it with a close code."""


def conversation_channel(conversation_id: str) -> str:
    """Return the channel of everything live in a conversation."""
    return f"conv:{conversation_id}"


def user_channel(user_id: str) -> str:
    """Return the channel of everything live for one person."""
    return f"user:{user_id}"


def presence_channel(conversation_id: str) -> str:
    """Return the channel of presence in a conversation."""
    return f"sys:presence:{conversation_id}"
