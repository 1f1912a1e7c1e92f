"""Frames for open sockets: collected while a transaction runs, pushed by the door after its commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plumbing import codec

#: A Redis channel and the encoded frame to publish on it.
Push = tuple[str, bytes]


def to_conversation(session: Session, conversation_id: str, ver: int, type_: str, data: Any) -> None:
    """Collect an `event` frame for everybody who watches the conversation."""
    frame = {"t": "event", "conv": conversation_id, "ver": ver, "type": type_, "data": data}
    collected(session).append((f"conv:{conversation_id}", codec.encode(frame)))


def to_user(session: Session, user_id: str, type_: str, data: Any) -> None:
    """Collect a `user_event` frame for every device of one person."""
    frame = {"t": "user_event", "type": type_, "data": data}
    collected(session).append((f"user:{user_id}", codec.encode(frame)))


def ephemeral_to_conversation(session: Session, conversation_id: str, type_: str, data: Any) -> None:
    """Collect a frame that no counter numbers and nobody can ask for again (receipts)."""
    frame = {"t": type_, "conv": conversation_id, "data": data}
    collected(session).append((f"conv:{conversation_id}", codec.encode(frame)))


def collected(session: Session) -> list[Push]:
    """Return the frames collected in `session` so far."""
    pushes: list[Push] = session.info.setdefault("pushes", [])
    return pushes
