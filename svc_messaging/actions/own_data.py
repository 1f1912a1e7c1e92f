"""What svc_messaging keeps of a person, page by page, for their copy of it: what they wrote and did themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from plumbing.rows import Plain, page_of
from svc_messaging.message_models import Edit, PollVote, Reaction
from svc_messaging.models import (
    AccessRemoved,
    Base,
    Block,
    Conversation,
    Draft,
    Member,
    Message,
    Report,
    ScheduledMessage,
)
from svc_messaging.program_models import Command, Webhook

PAGE = 500
#: Conversations that are looked through for one page, at most.
_PLACES = 50
_INTERNAL = frozenset({"body_hash", "secret_hash"})
Cursor = list[str | int] | None
Found = tuple[list[Plain], Cursor]


def list_own(session: Session, user_id: str, section: str, after: Cursor) -> Found:
    """Return a page of one of the `SECTIONS`, and where the next one begins."""
    return SECTIONS[section](session, user_id, after)


def _conversations(session: Session, user_id: str, after: Cursor) -> Found:
    items, following = page_of(session, Member.__table__, [Member.user_id == user_id], ["conversation_id"], after, PAGE)  # type: ignore[arg-type]
    known = select(Conversation.id, Conversation.kind, Conversation.title)
    here = {row.id: row for row in session.execute(known.where(Conversation.id.in_(_ids(items))))}
    for item in items:
        found = here[item["conversation_id"]]
        item |= {"kind": found.kind, "title": found.title}
    return items, following


def _messages(session: Session, user_id: str, after: Cursor) -> Found:
    items, following = _in_places(session, Message, "author_id", ("seq",), user_id, after)
    for edit in _edits(session, items):
        owner = next(item for item in items if item["id"] == edit["message_id"])
        owner.setdefault("earlier", []).append({"text": edit["text"], "replaced_at": edit["replaced_at"]})
    return items, following


def _edits(session: Session, messages: list[Plain]) -> list[Plain]:
    edited = [each for each in messages if each["edited_at"] is not None]
    if not edited:
        return []
    of_these = [
        Edit.conversation_id.in_(_ids(edited)),
        Edit.message_id.in_([each["id"] for each in edited]),
    ]
    keys = ["conversation_id", "message_id", "edit_id"]
    return page_of(session, Edit.__table__, of_these, keys, None, 100 * PAGE)[0]  # type: ignore[arg-type]


def _in_places(
    session: Session, table: type[Base], author: str, keys: tuple[str, ...], user_id: str, after: Cursor
) -> Found:
    """Return somebody's rows in the conversations that they are or were in, one conversation after the other.

    Such rows are found by their conversation alone: an index by their author would cost every send. A cursor
    is the conversation to go on in, and the keys of the last row of it that was shown.
    """
    begin, last = (after[0], after[1:]) if after else (None, [])
    columns = table.__table__
    places = _places(session, user_id, begin)  # one more than are looked through
    for place, onward in zip(places[:_PLACES], [*places[1:], None], strict=False):
        mine = [columns.c.conversation_id == place, columns.c[author] == user_id]
        shown = last if last and place == begin else None
        items, following = page_of(session, columns, mine, keys, shown, PAGE, _INTERNAL)  # type: ignore[arg-type]
        if following is not None:
            return items, [place, *following]
        if items:
            return items, [onward] if onward else None
    return [], [places[_PLACES]] if len(places) > _PLACES else None


def _places(session: Session, user_id: str, first: str | int | None) -> list[str]:
    ever = union(
        select(Member.conversation_id).where(Member.user_id == user_id),
        select(AccessRemoved.conversation_id).where(AccessRemoved.user_id == user_id),
    ).subquery()
    query = select(ever.c.conversation_id).order_by(ever.c.conversation_id).limit(_PLACES + 1)
    return list(session.scalars(query if first is None else query.where(ever.c.conversation_id >= first)))


def _reactions(session: Session, user_id: str, after: Cursor) -> Found:
    return _in_places(session, Reaction, "user_id", ("message_id", "emoji"), user_id, after)


def _votes(session: Session, user_id: str, after: Cursor) -> Found:
    return _in_places(session, PollVote, "user_id", ("message_id", "option_id"), user_id, after)


def _webhooks(session: Session, user_id: str, after: Cursor) -> Found:
    return _in_places(session, Webhook, "created_by", ("id",), user_id, after)


def _commands(session: Session, user_id: str, after: Cursor) -> Found:
    return _in_places(session, Command, "user_id", ("name",), user_id, after)


def _rows(table: type[Base], owner: str, *keys: str) -> Callable[[Session, str, Cursor], Found]:
    def found(session: Session, user_id: str, after: Cursor) -> Found:
        columns: Any = table.__table__
        return page_of(session, columns, [columns.c[owner] == user_id], keys, after, PAGE)

    return found


def _ids(items: list[Plain]) -> list[str]:
    return [item["conversation_id"] for item in items]


SECTIONS: dict[str, Callable[[Session, str, Cursor], Found]] = {
    "conversations": _conversations,
    "messages": _messages,
    "reactions": _reactions,
    "votes": _votes,
    "webhooks": _webhooks,
    "commands": _commands,
    "drafts": _rows(Draft, "user_id", "conversation_id"),
    "scheduled": _rows(ScheduledMessage, "author_id", "conversation_id", "id"),
    "blocks": _rows(Block, "user_id", "blocked_id"),
    "reports": _rows(Report, "reporter_id", "conversation_id", "id"),
}
