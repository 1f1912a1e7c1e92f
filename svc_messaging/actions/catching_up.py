"""What a client that was away asks first: what differs, and what it may no longer see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import AccessRemovedView, SyncItem
from svc_messaging.actions.unread import unread_count
from svc_messaging.models import AccessRemoved, Conversation, Member

#: A removal's time is taken before its commit, so each answer reaches back over the last one.
OVERLAP = timedelta(seconds=10)
MAX_REMOVALS = 5_000


def sync(session: Session, user_id: str, heads: dict[str, int]) -> list[SyncItem]:
    """Return the person's conversations whose `ver` is not the one in `heads`.

    Those that `heads` lacks are among them, and those that the person is not (or no longer) in are
    told as `gone`, whether they exist or not. One that `heads` is ahead of is told as `reset`: what the person knows
    of it was undone when older data was restored.
    """
    rows = session.execute(
        select(Conversation.id, Conversation.ver, Conversation.seq, unread_count())
        .join(Member, Member.conversation_id == Conversation.id)
        .where(Member.user_id == user_id)
    ).all()
    items = [_item(row, heads.get(row[0])) for row in rows if heads.get(row[0]) != row[1]]
    mine = {row[0] for row in rows}
    gone: list[SyncItem] = [
        {"conv": conversation_id, "ver": 0, "seq": 0, "unread": 0, "gone": True}
        for conversation_id in heads
        if conversation_id not in mine
    ]
    return items + gone


def _item(row: Any, known: int | None) -> SyncItem:
    conversation_id, ver, seq, unread = row
    item: SyncItem = {"conv": conversation_id, "ver": ver, "seq": seq, "unread": unread}
    if known is not None and known > ver:
        item["reset"] = True
    return item


def list_my_conversation_ids(session: Session, user_id: str) -> list[str]:
    """Return the ids of all the person's conversations."""
    query = select(Member.conversation_id).where(Member.user_id == user_id)
    return list(session.scalars(query.order_by(Member.conversation_id)))


def list_access_removed(session: Session, since: datetime) -> list[AccessRemovedView]:
    """Return whose access to what ended since about `since` and has not begun again, the oldest first."""
    back = exists().where(
        Member.conversation_id == AccessRemoved.conversation_id, Member.user_id == AccessRemoved.user_id
    )
    query = select(AccessRemoved).where(AccessRemoved.removed_at > since - OVERLAP, ~back)
    rows = session.scalars(query.order_by(AccessRemoved.removed_at).limit(MAX_REMOVALS))
    return [
        {"user_id": row.user_id, "conversation_id": row.conversation_id, "removed_at": rfc3339(row.removed_at)}
        for row in rows
    ]
