"""Whom the event of a new message names: people who may read it and want to hear from its author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.messaging import MessageCreated
from plumbing import codec

#: Of the people named (`who`), the members who have not blocked the author; and who wrote what is answered.
_ALLOWED = text("""
WITH s AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS x(i int, c uuid, author uuid, who uuid, reply uuid)
), named AS (
  SELECT s.i, s.c, s.author, coalesce(s.who, r.author_id) AS who, s.reply IS NOT NULL AS replied
  FROM s LEFT JOIN LATERAL (
    SELECT author_id FROM messages WHERE conversation_id = s.c AND id = s.reply LIMIT 1
  ) r ON true
)
SELECT n.i, n.who::text AS who, n.replied FROM named n
JOIN members m ON m.conversation_id = n.c AND m.user_id = n.who
WHERE n.who <> n.author
  AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = n.who AND b.blocked_id = n.author)
""")


def address(session: Session, events: Sequence[MessageCreated]) -> list[MessageCreated]:
    """Return `events` with `mentions` and `reply_to_author` of people who may and want to hear of them.

    A batch in which nobody is named asks the database nothing.
    """
    questions = [question for number, event in enumerate(events) for question in _questions(number, event)]
    if not questions:
        return list(events)
    named: dict[int, list[str]] = {}
    replied: dict[int, str] = {}
    for row in session.execute(_ALLOWED, {"rows": codec.encode(questions).decode()}):
        if row.replied:
            replied[row.i] = row.who
        else:
            named.setdefault(row.i, []).append(row.who)
    return [
        replace(
            event,
            mentions=[each for each in event.mentions if each in named.get(number, ())],
            reply_to_author=replied.get(number),
        )
        for number, event in enumerate(events)
    ]


def _questions(number: int, event: MessageCreated) -> list[dict[str, object]]:
    here = {"i": number, "c": event.conversation_id, "author": event.author_id}
    asked = [{**here, "who": who} for who in event.mentions]
    return [*asked, {**here, "reply": event.reply_to}] if event.reply_to else asked
