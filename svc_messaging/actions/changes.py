"""The log of durable changes, which lets any client catch up from any `ver`.

A new message is a change by itself (`messages.ver`), so sending writes no second row; all others
have a row in `changes`. Both together hold every `ver` of a conversation exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import ServiceError
from contracts.messaging import ChangeView, MessageView
from svc_messaging import live, views
from svc_messaging.actions.access import get_member
from svc_messaging.models import Change, Conversation, Message

#: Changes whose data is the whole message as it is when somebody asks.
WHOLE_MESSAGE = frozenset({"message.edited", "message.deleted", "poll.changed"})


def record_change(
    session: Session,
    conversation: Conversation,
    type_: str,
    data: dict[str, Any] | None = None,
    message_id: str | None = None,
) -> int:
    """Count and store a durable change, and collect its frame for the sockets.

    Args:
        session: The transaction.
        conversation: Locked by this transaction.
        type_: One of `ChangeView`'s types.
        data: The changed values; not used for the types in `WHOLE_MESSAGE`.
        message_id: The message it is about.

    Returns:
        The change's `ver`.
    """
    return record_changes(session, conversation, type_, [(message_id, data)])[0]


def record_changes(
    session: Session,
    conversation: Conversation,
    type_: str,
    about: Sequence[tuple[str | None, dict[str, Any] | None]],
) -> list[int]:
    """Record a change of the same type for each (message, data), as `record_change` does; return their `ver`.

    However many there are, it takes as many statements as one: others wait for the conversation.
    """
    if not about:
        return []
    first, now = conversation.ver + 1, datetime.now(UTC)
    conversation.ver += len(about)
    whole = type_ in WHOLE_MESSAGE
    rows = [
        Change(
            conversation_id=conversation.id,
            ver=ver,
            type=type_,
            message_id=message_id,
            data={} if whole else data or {},
            at=now,
        )
        for ver, (message_id, data) in enumerate(about, first)
    ]
    session.add_all(rows)
    session.flush()
    messages = views.load_message_views(session, conversation.id, _named(rows) if whole else [], None)
    for row in rows:
        live.to_conversation(session, conversation.id, row.ver, type_, _data(row, messages))
    return [row.ver for row in rows]


def list_changes(
    session: Session, conversation_id: str, user_id: str, after_ver: int, limit: int
) -> tuple[list[ChangeView], int, bool]:
    """Return the changes after `after_ver` in order, the conversation's `ver`, and whether there are more."""
    get_member(session, conversation_id, user_id)
    # The head is read first: a change committed in between then only shows up as "more".
    head = session.scalars(select(Conversation.ver).where(Conversation.id == conversation_id)).one()
    last = min(head, after_ver + limit)
    found = {**_created(session, conversation_id, user_id, after_ver, last)}
    found.update(_changed(session, conversation_id, user_id, after_ver, last))
    items = [found[ver] for ver in range(after_ver + 1, last + 1) if ver in found]
    if len(items) != max(0, last - after_ver):
        raise ServiceError("The log of changes has a gap.", code="changes_gap")
    return items, head, last < head


def _created(session: Session, conversation_id: str, user_id: str, after: int, last: int) -> dict[int, ChangeView]:
    table = Message.__table__
    rows = session.execute(
        select(table).where(table.c.conversation_id == conversation_id, table.c.ver > after, table.c.ver <= last)
    ).all()
    shown = views.message_views(session, rows, user_id)
    return {view["ver"]: _change(conversation_id, view["ver"], "message.created", view) for view in shown}


def _changed(session: Session, conversation_id: str, user_id: str, after: int, last: int) -> dict[int, ChangeView]:
    rows = session.scalars(
        select(Change).where(Change.conversation_id == conversation_id, Change.ver > after, Change.ver <= last)
    ).all()
    wanted = _named([row for row in rows if row.type in WHOLE_MESSAGE])
    messages = views.load_message_views(session, conversation_id, wanted, user_id)
    return {row.ver: _change(conversation_id, row.ver, row.type, _data(row, messages)) for row in rows}


def _named(rows: Sequence[Change]) -> list[str]:
    return [row.message_id for row in rows if row.message_id]


def _data(row: Change, messages: dict[str, MessageView]) -> Any:
    return messages[row.message_id] if row.type in WHOLE_MESSAGE and row.message_id else row.data


def _change(conversation_id: str, ver: int, type_: str, data: Any) -> ChangeView:
    return {"conv": conversation_id, "ver": ver, "type": type_, "data": data}
