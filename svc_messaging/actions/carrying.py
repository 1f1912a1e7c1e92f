"""Which messages a person may read: asked by the services that own what messages carry, e.g. media."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from svc_messaging.actions.access import is_visible
from svc_messaging.models import Member, Message


def readable_messages(session: Session, user_id: str, message_ids: Collection[str]) -> list[str]:
    """Return those of the messages that the person may read now: not deleted, expired or hidden by them."""
    membership = and_(Member.conversation_id == Message.conversation_id, Member.user_id == user_id)
    readable = select(Message.id).join(Member, membership).where(Message.id.in_(message_ids), is_visible(user_id))
    return list(session.scalars(readable.where(Message.deleted_at.is_(None))))
