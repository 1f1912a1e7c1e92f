"""Frames for open sockets of a channel's followers (`plumbing.frames` collects and pushes them)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plumbing.frames import collect, collected, to_user
from plumbing.live_channels import followers_channel

__all__ = ["collected", "to_followers", "to_user"]


def to_followers(session: Session, channel_id: str, seq: int, type_: str, data: Any) -> None:
    """Collect a `channel_event` frame for everybody who watches the channel; encoded once."""
    frame = {"t": "channel_event", "channel": channel_id, "seq": seq, "type": type_, "data": data}
    collect(session, followers_channel(channel_id), frame)
