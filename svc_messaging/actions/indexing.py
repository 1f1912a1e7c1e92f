"""The index of words: `message_search`, kept by the worker outside the send path.

What is to be indexed waits in `unindexed_messages`, written in the transaction of the message itself.
A message is always indexed as it is now, so doing it twice does no harm. The statements serve a whole
batch; see `storing.py` for why as JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from plumbing import codec
from plumbing.database import DATABASE_AWAY
from plumbing.logs import first_line, get_logger
from plumbing.prepared import Prepared
from plumbing.text_query import fold

log = get_logger(__name__)

#: (conversation, message)
Key = tuple[str, str]

#: One writer at a time, so that no process puts back what another one has read later.
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('message_search'))")

#: Locks the rows where messages wait already, so that the worker reads what this transaction leaves.
ASK = text("""
INSERT INTO unindexed_messages (conversation_id, message_id) SELECT CAST(:c AS uuid), unnest(CAST(:ms AS uuid[]))
ON CONFLICT (conversation_id, message_id) DO UPDATE SET attempts = 0
""")

TAKE = Prepared(
    """
DELETE FROM unindexed_messages WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM unindexed_messages WHERE attempts < :most
  ORDER BY conversation_id, message_id LIMIT :size FOR UPDATE SKIP LOCKED
)) RETURNING conversation_id::text AS c, message_id::text AS m, attempts
""",
    most="integer",
    size="integer",
)

PUT_BACK = text("""
INSERT INTO unindexed_messages (conversation_id, message_id, attempts) VALUES (:c, :m, :attempts)
ON CONFLICT DO NOTHING
""")

READ = Prepared(
    """
SELECT m.conversation_id::text AS c, m.id::text AS m, m.seq, m.text, p.question, p.options
FROM json_to_recordset(:rows) AS x(c uuid, m uuid)
JOIN messages m ON m.conversation_id = x.c AND m.id = x.m
LEFT JOIN polls p ON m.kind = 'poll' AND p.conversation_id = x.c AND p.message_id = x.m
WHERE m.deleted_at IS NULL AND m.kind <> 'system'
""",
    rows="json",
)

WRITE = Prepared(
    """
INSERT INTO message_search (conversation_id, message_id, seq, tsv)
SELECT c, m, seq, to_tsvector('charla_es', words) || to_tsvector('charla_en', words) || to_tsvector('simple', words)
FROM json_to_recordset(:rows) AS x(c uuid, m uuid, seq bigint, words text)
ON CONFLICT (conversation_id, message_id) DO UPDATE SET tsv = excluded.tsv
""",
    rows="json",
)

FORGET = text("""
DELETE FROM message_search s USING json_to_recordset(CAST(:rows AS json)) AS x(c uuid, m uuid)
WHERE s.conversation_id = x.c AND s.message_id = x.m
""")

FORGET_LOST = text("""
DELETE FROM message_search s WHERE NOT EXISTS (
  SELECT FROM messages m WHERE m.conversation_id = s.conversation_id AND m.id = s.message_id AND m.deleted_at IS NULL
)
""")

NEXT_PLACES = text("""
SELECT conversation_id::text AS c, id::text AS m, seq FROM messages
WHERE (conversation_id, seq) > (CAST(:conversation_id AS uuid), :seq) ORDER BY conversation_id, seq LIMIT :size
""")

MAX_ATTEMPTS = 5

START: tuple[str, int] = ("00000000-0000-0000-0000-000000000000", 0)


def ask_to_index(session: Session, conversation_id: str, *message_ids: str) -> None:
    """Have messages that change in this transaction indexed after its commit; each is named once."""
    session.execute(ASK, {"c": conversation_id, "ms": list(message_ids)})


def index_waiting(session: Session, size: int) -> int:
    """Index up to `size` messages that wait for it; return how many were taken.

    One that cannot be indexed harms no other: it is put back, and left alone after `MAX_ATTEMPTS`.
    """
    taken = TAKE.run(session, most=MAX_ATTEMPTS, size=size).all()
    if taken and not _indexed(session, taken):
        for row in taken:
            if not _indexed(session, [row]):
                session.execute(PUT_BACK, {"c": row.c, "m": row.m, "attempts": row.attempts + 1})
    return len(taken)


def _indexed(session: Session, rows: Sequence[Row[Any]]) -> bool:
    try:
        with session.begin_nested():
            index_messages(session, [(row.c, row.m) for row in rows])
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
        log.warning("not_indexed", messages=[row.m for row in rows[:5]], size=len(rows), error=first_line(error))
        return False
    return True


def index_messages(session: Session, keys: Collection[Key]) -> None:
    """Make the index hold the words of messages as they are now.

    Those that are deleted, and what the service itself wrote, are not in it.
    """
    session.execute(LOCK)
    asked = [{"c": conversation_id, "m": message_id} for conversation_id, message_id in dict.fromkeys(keys)]
    rows = READ.run(session, rows=_as_json(asked)).all()
    if rows:
        WRITE.run(session, rows=_as_json([{"c": r.c, "m": r.m, "seq": r.seq, "words": _words(r)} for r in rows]))
    kept = {(row.c, row.m) for row in rows}
    gone = [each for each in asked if (each["c"], each["m"]) not in kept]
    if gone:
        session.execute(FORGET, {"rows": _as_json(gone)})


def rebuild_batch(session: Session, after: tuple[str, int], size: int) -> tuple[str, int] | None:
    """Index `size` messages after the place (conversation, seq) `after`; return the last place, None at the end."""
    rows = session.execute(NEXT_PLACES, {"conversation_id": after[0], "seq": after[1], "size": size}).all()
    if not rows:
        return None
    index_messages(session, [(row.c, row.m) for row in rows])
    return rows[-1].c, rows[-1].seq


def forget_lost(session: Session) -> None:
    """Take out of the index what is deleted or gone."""
    session.execute(LOCK)
    session.execute(FORGET_LOST)


def _words(row: Row[Any]) -> str:
    options = [option["text"] for option in row.options or ()]
    return fold("\n".join([row.text, row.question or "", *options]))


def _as_json(rows: list[dict[str, Any]]) -> str:
    return codec.encode(rows).decode()
