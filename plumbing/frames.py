"""Frames for open sockets: collected while a transaction runs, pushed by the door after its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plumbing import codec
from plumbing.live_channels import user_channel

#: A Redis channel and the encoded frame to publish on it.
Frame = tuple[str, bytes]


def collect(session: Session, channel: str, frame: dict[str, Any]) -> None:
    """Collect a frame for everybody who listens on `channel`; it is encoded once, here."""
    collected(session).append((channel, codec.encode(frame)))


def to_user(session: Session, user_id: str, type_: str, data: Any) -> None:
    """Collect a `user_event` frame for every device of one person."""
    collect(session, user_channel(user_id), {"t": "user_event", "type": type_, "data": data})


def collected(session: Session) -> list[Frame]:
    """Return the frames collected in `session` so far."""
    pushes: list[Frame] = session.info.setdefault("pushes", [])
    return pushes
