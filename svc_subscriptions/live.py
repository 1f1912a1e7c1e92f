"""Frames for open sockets of a channel's followers (`plumbing.frames` collects and pushes them)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from plumbing.frames import collect, collected, to_user
from plumbing.live_channels import followers_channel

__all__ = ["collected", "count_changed", "counted", "to_followers", "to_user"]


def to_followers(session: Session, channel_id: str, seq: int, type_: str, data: Any) -> None:
    """Collect a `channel_event` frame for everybody who watches the channel; encoded once."""
    frame = {"t": "channel_event", "channel": channel_id, "seq": seq, "type": type_, "data": data}
    collect(session, followers_channel(channel_id), frame)


def count_changed(session: Session, channel_id: str, post_ids: Iterable[str]) -> None:
    """Note that posts were seen or reacted to, to be told of with what else is counted in this second."""
    counted(session).extend((channel_id, post_id) for post_id in post_ids)


def counted(session: Session) -> list[tuple[str, str]]:
    """Return the posts (channel, post) whose counts have changed in `session` so far."""
    changed: list[tuple[str, str]] = session.info.setdefault("counted", [])
    return changed
