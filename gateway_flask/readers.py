"""Who reads what comes on Redis channels."""

from __future__ import annotations

from typing import Protocol

from gateway_flask.frames import Frame


class Reader(Protocol):
    """Whoever reads frames: a WebSocket or a long poll.

    Attributes:
        channels: What it follows, and since when (monotonic, s).
    """

    user_id: str
    session_id: str
    device: str
    connected_at: float
    heard_at: float
    channels: dict[str, float]

    def push(self, frame: Frame) -> None:
        """Send a frame."""

    def close(self, code: int, reason: str = "") -> None:
        """End it with a close code."""
