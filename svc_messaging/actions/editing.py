"""Changing and deleting what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import (
    EntityView,
    MessageDeleted,
    MessageEdited,
    MessageEmpty,
    MessageView,
    NotEditable,
    NotYourMessage,
)
from plumbing.outbox import record_event, record_events
from svc_messaging import live, views
from svc_messaging.actions import commands
from svc_messaging.actions.access import RANKS, get_member, lock_unchecked, message_for
from svc_messaging.actions.blocks import refuse_blocked_in
from svc_messaging.actions.changes import record_change, record_changes
from svc_messaging.actions.indexing import ask_to_index
from svc_messaging.actions.system_messages import OWN_KINDS
from svc_messaging.message_models import Edit, HiddenMessage, MessageSearch, Poll, PollVote, Reaction
from svc_messaging.models import Conversation, Message


def edit_message(session: Session, message_id: str, user_id: str, text: str, entities: list[EntityView]) -> MessageView:
    """Replace the text of a message of `user_id` and keep the earlier one; the same text changes nothing.

    Raises:
        UnknownMessage: The person cannot read it.
        NotYourMessage: Somebody else wrote it, or it was forwarded.
        NotEditable: It is no text message.
        MessageEmpty: Neither text nor media would be left.
    """
    message = message_for(session, message_id, user_id, lock=True)
    conversation = lock_unchecked(session, message.conversation_id)
    if message.author_id != user_id or message.forwarded_from is not None:
        raise NotYourMessage
    if message.kind != "text":
        raise NotEditable
    if not text.strip() and not message.media_ids:
        raise MessageEmpty
    refuse_blocked_in(session, conversation, user_id)
    entities = _with_command(session, conversation, text, entities)
    if (text, entities) != (message.text, message.entities):
        _replace_text(session, conversation, message, text, entities)
    return views.load_message_view(session, conversation.id, message.id, user_id)


def _with_command(
    session: Session, conversation: Conversation, text: str, entities: list[EntityView]
) -> list[EntityView]:
    name = commands.named(text)
    place = (conversation.id, name or "")
    return commands.marked(text, entities, commands.answering(session, [place] if name else []).get(place))


def _replace_text(
    session: Session, conversation: Conversation, message: Message, text: str, entities: list[Any]
) -> None:
    now = datetime.now(UTC)
    session.add(
        Edit(
            conversation_id=conversation.id,
            message_id=message.id,
            edit_id=new_id(),
            text=message.text,
            entities=message.entities,
            replaced_at=now,
        )
    )
    message.text, message.entities, message.edited_at = text, entities, now
    ask_to_index(session, conversation.id, message.id)
    ver = record_change(session, conversation, "message.edited", message_id=message.id)
    record_event(
        session, MessageEdited(conversation_id=conversation.id, ver=ver, message_id=message.id, seq=message.seq)
    )


def hide_message(session: Session, message_id: str, user_id: str) -> None:
    """Delete a message for `user_id` alone.

    Raises:
        UnknownMessage: The person cannot read it.
    """
    message = message_for(session, message_id, user_id, deleted=True)
    values = {"conversation_id": message.conversation_id, "user_id": user_id, "message_id": message.id}
    session.execute(insert(HiddenMessage).values(values).on_conflict_do_nothing())
    data = {"conversation_id": message.conversation_id, "message_id": message.id}
    live.to_user(session, user_id, "message.hidden", data)


def delete_message(session: Session, message_id: str, user_id: str) -> None:
    """Delete a message for everybody; a second time changes nothing.

    Raises:
        UnknownMessage: The person cannot read it.
        NotYourMessage: It is not theirs, and they do not moderate the conversation.
    """
    message = message_for(session, message_id, user_id, lock=True, deleted=True)
    is_moderator = RANKS[get_member(session, message.conversation_id, user_id).role] >= RANKS["moderator"]
    if not is_moderator and (message.author_id != user_id or message.kind in OWN_KINDS):
        raise NotYourMessage
    if message.deleted_at is None:
        delete_for_all(session, lock_unchecked(session, message.conversation_id), [message])


def delete_for_all(session: Session, conversation: Conversation, messages: Sequence[Message]) -> None:
    """Wipe everything in messages of a locked conversation but their places and their authors."""
    if not messages:
        return
    carrying = {message.id for message in messages if message.media_ids}
    ids = [message.id for message in messages]
    ask_to_index(session, conversation.id, *ids)  # first: waits for a batch that has read them
    wiped = {"text": "", "entities": [], "media_ids": [], "deleted_at": datetime.now(UTC)}
    wiped |= dict.fromkeys(("forwarded_from", "payment", "pinned_at", "pinned_by"))
    these = (Message.conversation_id == conversation.id, Message.id.in_(ids))
    session.execute(update(Message).where(*these).values(wiped))
    for table in (Edit, Reaction, Poll, PollVote, MessageSearch):
        session.execute(
            delete(table)
            .where(table.conversation_id == conversation.id, table.message_id.in_(ids))
            .execution_options(synchronize_session=False)
        )
    counted = record_changes(session, conversation, "message.deleted", [(each, None) for each in ids])
    events = [
        MessageDeleted(
            conversation_id=conversation.id,
            ver=ver,
            message_id=message.id,
            seq=message.seq,
            carried_media=message.id in carrying,
        )
        for ver, message in zip(counted, messages, strict=True)
    ]
    record_events(session, events)
