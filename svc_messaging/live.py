"""Frames for open sockets: what is told to a conversation, and to a person (`plumbing.frames`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plumbing.frames import collect, collected, to_user
from plumbing.live_channels import conversation_channel

__all__ = ["collected", "ephemeral_to_conversation", "to_conversation", "to_user"]


def to_conversation(session: Session, conversation_id: str, ver: int, type_: str, data: Any) -> None:
    """Collect an `event` frame for everybody who watches the conversation."""
    frame = {"t": "event", "conv": conversation_id, "ver": ver, "type": type_, "data": data}
    collect(session, conversation_channel(conversation_id), frame)


def ephemeral_to_conversation(session: Session, conversation_id: str, type_: str, data: Any) -> None:
    """Collect a frame that no counter numbers and nobody can ask for again (receipts)."""
    collect(session, conversation_channel(conversation_id), {"t": type_, "conv": conversation_id, "data": data})
