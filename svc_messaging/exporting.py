"""Writing a whole conversation out, for operators who answer a lawful request or move house."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import UnknownConversation
from plumbing import codec
from plumbing.database import Transactions
from svc_messaging import views
from svc_messaging.models import Conversation, Member, Message

BATCH = 500


def export_to(db: Transactions, conversation_id: str, path: str | None) -> int:
    """Write a conversation as JSON lines to the file `path`, or to standard output; return how many.

    Raises:
        UnknownConversation: There is none.
    """
    if path is None:
        return _write_lines(db, conversation_id, sys.stdout)
    with Path(path).open("w", encoding="utf-8") as out:
        return _write_lines(db, conversation_id, out)


def export_lines(session: Session, conversation_id: str) -> Iterator[dict[str, Any]]:
    """Yield a conversation, its members and its messages as they were at one moment."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise UnknownConversation
    yield _conversation(conversation)
    members = select(Member).where(Member.conversation_id == conversation_id).order_by(Member.user_id)
    yield from (_member(member) for member in session.scalars(members))
    yield from _messages(session, conversation_id)


def _write_lines(db: Transactions, conversation_id: str, out: TextIO) -> int:
    lines = 0
    with db.reading() as session:
        for record in export_lines(session, conversation_id):
            out.write(codec.encode(record).decode() + "\n")
            lines += 1
    return lines


def _conversation(row: Conversation) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "created_by": row.created_by,
        "created_at": rfc3339(row.created_at),
        "seq": row.seq,
        "ver": row.ver,
    }


def _member(row: Member) -> dict[str, Any]:
    return {"type": "member", "user_id": row.user_id, "role": row.role, "joined_at": rfc3339(row.joined_at)}


def _messages(session: Session, conversation_id: str) -> Iterator[dict[str, Any]]:
    table, last = Message.__table__, 0
    while True:
        here = (table.c.conversation_id == conversation_id, table.c.seq > last)
        rows = session.execute(select(table).where(*here).order_by(table.c.seq).limit(BATCH)).all()
        if not rows:
            return
        yield from ({"type": "message", **view} for view in views.message_views(session, rows, None))
        last = rows[-1].seq
