"""Messages as their readers see them; what belongs to a page is loaded in one query each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import (
    EditView,
    MessageView,
    PollView,
    ReactionCount,
    UnknownMessage,
)
from svc_messaging.message_models import Edit, HiddenMessage, Poll, PollVote, Reaction
from svc_messaging.models import Json, Message

#: A message as an ORM object or as a row of `select(Message.__table__)`.
MessageRow = Message | Row[Any]
Key = tuple[str, str]


def optional_time(moment: datetime | None) -> str | None:
    """Return `moment` for the wire, or None."""
    return None if moment is None else rfc3339(moment)


def load_message_view(session: Session, conversation_id: str, message_id: str, user_id: str | None) -> MessageView:
    """Return one message of a conversation as `user_id` sees it, or neutrally for None.

    Raises:
        UnknownMessage: It is not in that conversation.
    """
    found = load_message_views(session, conversation_id, [message_id], user_id)
    if message_id not in found:
        raise UnknownMessage
    return found[message_id]


def load_message_views(
    session: Session, conversation_id: str, message_ids: Sequence[str], user_id: str | None
) -> dict[str, MessageView]:
    """Return the messages by their ids."""
    if not message_ids:
        return {}
    table = Message.__table__
    query = select(table).where(table.c.conversation_id == conversation_id, table.c.id.in_(set(message_ids)))
    return {view["id"]: view for view in message_views(session, session.execute(query).all(), user_id)}


def message_views(
    session: Session, rows: Sequence[MessageRow], user_id: str | None, *, visible: bool = False
) -> list[MessageView]:
    """Return messages as `user_id` sees them; for None neutrally, with every `mine` false.

    Deleted and expired messages, and those that `user_id` hid, are shown as deleted. `visible`
    says that the query has left out hidden ones already.
    """
    now = datetime.now(UTC)
    gone = hidden_ids(session, rows, user_id) if user_id and not visible else set()
    gone.update(row.id for row in rows if row.deleted_at or (row.expires_at and row.expires_at <= now))
    shown = [(row.conversation_id, row.id) for row in rows if row.id not in gone]
    reactions = load_reactions(session, shown, user_id)
    with_poll = [(row.conversation_id, row.id) for row in rows if row.kind == "poll" and row.id not in gone]
    polls = load_polls(session, with_poll, user_id)
    return [
        tombstone(row) if row.id in gone else message_view(row, reactions.get(row.id, []), polls.get(row.id))
        for row in rows
    ]


def page_views(session: Session, rows: Sequence[Row[Any]], user_id: str) -> list[MessageView]:
    """Return the messages of a page that came with `more` and `reactions` (see `actions/pages.py`)."""
    with_poll = [(row.conversation_id, row.id) for row in rows if row.more and row.more["kind"] == "poll"]
    polls = load_polls(session, with_poll, user_id) if with_poll else {}
    return [_page_view(row, polls) for row in rows]


def _page_view(row: Row[Any], polls: dict[str, PollView]) -> MessageView:
    # Taken apart in the order of the query: reading fields by name takes twice as long.
    fields: tuple[Any, ...] = tuple(row)
    conversation_id, seq, message_id, ver, author_id, client_msg_id, text, created_at, more, reactions = fields
    view: MessageView = {
        "id": message_id,
        "conversation_id": conversation_id,
        "seq": seq,
        "ver": ver,
        "kind": "text",
        "author_id": author_id,
        "client_msg_id": client_msg_id,
        "text": text,
        "entities": [],
        "media_ids": [],
        "reply_to": None,
        "thread_root": None,
        "reply_count": 0,
        "forwarded_from": None,
        "poll": polls.get(message_id),
        "payment": None,
        "webhook": None,
        "reactions": reactions or [],
        "pinned": False,
        "created_at": created_at,
        "edited_at": None,
        "expires_at": None,
        "deleted": False,
    }
    if more:
        view.update(more)
    return _emptied(view) if view["deleted"] else view


def message_view(row: MessageRow, reactions: list[ReactionCount], poll: PollView | None) -> MessageView:
    """Return a message that everybody in its conversation can read."""
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "seq": row.seq,
        "ver": row.ver,
        "kind": cast(Any, row.kind),
        "author_id": row.author_id,
        "client_msg_id": row.client_msg_id,
        "text": row.text,
        "entities": cast(Any, row.entities),
        "media_ids": row.media_ids,
        "reply_to": row.reply_to,
        "thread_root": row.thread_root,
        "reply_count": row.reply_count,
        "forwarded_from": cast(Any, row.forwarded_from),
        "poll": poll,
        "payment": cast(Any, row.payment),
        "webhook": cast(Any, row.webhook),
        "reactions": reactions,
        "pinned": row.pinned_at is not None,
        "created_at": rfc3339(row.created_at),
        "edited_at": optional_time(row.edited_at),
        "expires_at": optional_time(row.expires_at),
        "deleted": False,
    }


def tombstone(row: MessageRow) -> MessageView:
    """Return what is left of a deleted message: its place, its author and its replies."""
    return _emptied(message_view(row, [], None))


def _emptied(view: MessageView) -> MessageView:
    emptied: dict[str, Any] = {
        "text": "",
        "entities": [],
        "media_ids": [],
        "forwarded_from": None,
        "poll": None,
        "payment": None,
        "reactions": [],
        "pinned": False,
        "deleted": True,
    }
    return cast(MessageView, {**view, **emptied})


def hidden_ids(session: Session, rows: Sequence[MessageRow], user_id: str) -> set[str]:
    """Return the ids of those `rows` that `user_id` deleted for themselves."""
    if not rows:
        return set()
    query = select(HiddenMessage.message_id).where(
        HiddenMessage.conversation_id.in_({row.conversation_id for row in rows}),
        HiddenMessage.user_id == user_id,
        HiddenMessage.message_id.in_([row.id for row in rows]),
    )
    return set(session.scalars(query))


def load_reactions(session: Session, keys: Sequence[Key], user_id: str | None) -> dict[str, list[ReactionCount]]:
    """Return the reactions of messages, given as (conversation, message), in the order of their first use."""
    if not keys:
        return {}
    mine = func.bool_or(Reaction.user_id == user_id) if user_id else func.bool_or(False)
    query = (
        select(Reaction.message_id, Reaction.emoji, func.count(), mine)
        .where(_about(Reaction, keys))
        .group_by(Reaction.message_id, Reaction.emoji)
        .order_by(func.min(Reaction.created_at), Reaction.emoji)
    )
    found: dict[str, list[ReactionCount]] = {}
    for message_id, emoji, count, own in session.execute(query):
        found.setdefault(message_id, []).append({"emoji": emoji, "count": count, "mine": own})
    return found


def load_polls(session: Session, keys: Sequence[Key], user_id: str | None) -> dict[str, PollView]:
    """Return the polls of messages, given as (conversation, message), with their votes."""
    if not keys:
        return {}
    polls = session.scalars(select(Poll).where(_about(Poll, keys))).all()
    mine = func.bool_or(PollVote.user_id == user_id) if user_id else func.bool_or(False)
    votes = session.execute(
        select(PollVote.message_id, PollVote.option_id, func.count(), mine)
        .where(_about(PollVote, keys))
        .group_by(PollVote.message_id, PollVote.option_id)
    )
    counted = {(message_id, option): (count, own) for message_id, option, count, own in votes}
    voters = session.execute(
        select(PollVote.message_id, func.count(PollVote.user_id.distinct()))
        .where(_about(PollVote, keys))
        .group_by(PollVote.message_id)
    )
    people = {row[0]: row[1] for row in voters}
    return {poll.message_id: poll_view(poll, counted, people.get(poll.message_id, 0)) for poll in polls}


def poll_view(poll: Poll, votes: dict[tuple[str, int], tuple[int, bool]], voters: int) -> PollView:
    """Return a poll with its votes, counted by (message, option) as (number, whether the reader's is in it)."""
    now = datetime.now(UTC)
    tallies = [(option, votes.get((poll.message_id, option["id"]), (0, False))) for option in poll.options]
    return {
        "question": poll.question,
        "options": [
            {"id": option["id"], "text": option["text"], "votes": count, "mine": mine}
            for option, (count, mine) in tallies
        ],
        "multiple": poll.multiple,
        "anonymous": poll.anonymous,
        "closed": poll.closed_at is not None or (poll.closes_at is not None and poll.closes_at <= now),
        "closes_at": optional_time(poll.closes_at),
        "voters": voters,
    }


def fresh_poll_view(poll: Json) -> PollView:
    """Return the poll of a message that was just made, from the plain values of its draft."""
    return {
        "question": poll["question"],
        "options": [{"id": each["id"], "text": each["text"], "votes": 0, "mine": False} for each in poll["options"]],
        "multiple": poll["multiple"],
        "anonymous": poll["anonymous"],
        "closed": False,
        "closes_at": optional_time(datetime.fromisoformat(poll["closes_at"])) if poll["closes_at"] else None,
        "voters": 0,
    }


def edit_view(edit: Edit) -> EditView:
    """Return an earlier text of a message."""
    return {"text": edit.text, "entities": cast(Any, edit.entities), "replaced_at": rfc3339(edit.replaced_at)}


def _about(table: Any, keys: Iterable[Key]) -> Any:
    conversations = {conversation for conversation, _ in keys}
    if len(conversations) == 1:
        return (table.conversation_id == next(iter(conversations))) & table.message_id.in_([key[1] for key in keys])
    return tuple_(table.conversation_id, table.message_id).in_(list(keys))
