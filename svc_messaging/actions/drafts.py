"""Drafts: what somebody began to write, on every device of theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import DraftView, EntityView, ReplyInvalid, UnknownMessage
from svc_messaging import live
from svc_messaging.actions.access import get_member, message_for
from svc_messaging.models import Draft, Member

MAX_DRAFTS = 1_000


def put_draft(
    session: Session,
    user_id: str,
    conversation_id: str,
    text: str,
    entities: list[EntityView],
    reply_to: str | None,
) -> Draft:
    """Keep a draft in the place of an earlier one.

    Raises:
        UnknownConversation: The person is not a member.
        ReplyInvalid: `reply_to` is not a message of the conversation that they can read.
    """
    get_member(session, conversation_id, user_id)
    if reply_to is not None:
        _check_reply(session, user_id, conversation_id, reply_to)
    values: dict[str, Any] = {
        "text": text,
        "entities": entities,
        "reply_to": reply_to,
        "updated_at": datetime.now(UTC),
    }
    statement = insert(Draft).values(user_id=user_id, conversation_id=conversation_id, **values)
    upsert = statement.on_conflict_do_update(index_elements=[Draft.user_id, Draft.conversation_id], set_=values)
    session.execute(upsert)
    draft = session.get_one(Draft, (user_id, conversation_id), populate_existing=True)
    _tell(session, user_id, conversation_id, draft)
    return draft


def delete_draft(session: Session, user_id: str, conversation_id: str) -> None:
    """Forget the person's draft; where there is none nothing happens.

    Raises:
        UnknownConversation: They are not a member.
    """
    get_member(session, conversation_id, user_id)
    gone = delete(Draft).where(Draft.user_id == user_id, Draft.conversation_id == conversation_id)
    if session.execute(gone.returning(Draft.user_id)).first() is not None:
        _tell(session, user_id, conversation_id, None)


def list_drafts(session: Session, user_id: str) -> list[Draft]:
    """Return the person's drafts in conversations that they are in, the latest first."""
    query = (
        select(Draft)
        .join(Member, (Member.conversation_id == Draft.conversation_id) & (Member.user_id == Draft.user_id))
        .where(Draft.user_id == user_id)
    )
    return list(session.scalars(query.order_by(Draft.updated_at.desc()).limit(MAX_DRAFTS)))


def draft_view(draft: Draft) -> DraftView:
    """Return a draft for its author."""
    entities: Any = draft.entities
    return {
        "conversation_id": draft.conversation_id,
        "text": draft.text,
        "entities": entities,
        "reply_to": draft.reply_to,
        "updated_at": rfc3339(draft.updated_at),
    }


def _check_reply(session: Session, user_id: str, conversation_id: str, reply_to: str) -> None:
    try:
        found = message_for(session, reply_to, user_id)
    except UnknownMessage as error:
        raise ReplyInvalid from error
    if found.conversation_id != conversation_id:
        raise ReplyInvalid


def _tell(session: Session, user_id: str, conversation_id: str, draft: Draft | None) -> None:
    shown = draft_view(draft) if draft else None
    live.to_user(session, user_id, "draft.changed", {"conversation_id": conversation_id, "draft": shown})
