"""Who reads what comes on Redis channels."""

from __future__ import annotations

from typing import Protocol

from gateway_flask.frames import Frame


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
