"""A history that is too long to be written message by message: rows, as svc_messaging would have stored them.

    CHARLA_URL=http://127.0.0.1:8080 PYTHONPATH=. .run/venv/bin/python -m tests.web.long_history 100000

makes Ana, three friends and their group with so many messages, and prints how to sign in as Ana. The index
of words is left out: searching finds nothing of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import closing

import psycopg2

from stack.environment import read
from stack.rundir import RunDir
from tests.e2e.people import Person
from tests.web.accounts import Account

_WORDS = (
    "the walk on Sunday begins at nine and whoever comes late finds us at the mill with bread cheese and "
    "something warm to drink unless it rains in which case we meet in the old library and look at the maps "
    "that Clara brought from the valley"
)
# Somebody writes every two minutes, several times in a row; every seventh message is long, every
# eleventh answers an earlier one, and some are bold in part.
_COME = (
    """CREATE TEMP TABLE came ON COMMIT DROP AS
       SELECT head.seq + n AS seq, head.ver + n AS ver, n, at,
         %(authors)s::uuid[] AS authors, (n / 3) %% cardinality(%(authors)s) + 1 AS author,
         (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
           || substr(md5('a' || n || %(room)s), 1, 3) || '8' || substr(md5('b' || n || %(room)s), 1, 15))::uuid AS id,
         'Message ' || n || ': ' || substr(%(words)s, 1 + n * 7 %% 60,
           CASE WHEN n %% 7 = 0 THEN 150 ELSE 5 + n * 13 %% 60 END) AS text
       FROM (SELECT seq, ver FROM conversations WHERE id = %(room)s FOR UPDATE) AS head,
         generate_series(1, %(count)s) AS n,
         LATERAL (SELECT now() - (%(count)s - n) * interval '2 minutes' AS at) AS moment""",
    """INSERT INTO messages (conversation_id, seq, id, ver, author_id, client_msg_id, body_hash, text, entities,
         reply_to, thread_root, reply_count, created_at)
       SELECT %(room)s, seq, id, ver, authors[author], 'long-' || id, sha256(text::bytea), text,
         CASE WHEN n %% 9 = 0 THEN '[{"type": "bold", "offset": 0, "length": 7}]'::jsonb ELSE '[]' END,
         CASE WHEN n %% 11 = 0 THEN lag(id, 4) OVER past END, CASE WHEN n %% 11 = 0 THEN lag(id, 4) OVER past END,
         ((n + 4) %% 11 = 0 AND n + 4 <= %(count)s)::int, at
       FROM came WINDOW past AS (ORDER BY n)""",
    """INSERT INTO reactions (conversation_id, message_id, user_id, emoji, created_at)
       SELECT %(room)s, id, authors[author %% cardinality(authors) + 1], '👍', at FROM came WHERE n %% 13 = 0""",
    """UPDATE conversations SET seq = seq + %(count)s, ver = ver + %(count)s, last_message_at = now()
       WHERE id = %(room)s""",
    """UPDATE members SET last_sent_at = now(),
         sent = sent + (SELECT count(*) FROM came WHERE authors[author] = user_id)
       WHERE conversation_id = %(room)s""",
    """UPDATE members SET sent_read = sent, (read_seq, delivered_seq, private_read_seq) =
         (SELECT seq, seq, seq FROM conversations WHERE id = %(room)s)
       WHERE conversation_id = %(room)s""",
)


def write(room: str, authors: Sequence[Person], count: int) -> None:
    """Let people have written so many messages into a conversation, two minutes apart; everybody has read them.

    Args:
        room: A group of theirs.
        authors: Members of it.
        count: How many messages.
    """
    facts = {"room": room, "count": count, "authors": [each.id for each in authors], "words": _WORDS}
    url = read(RunDir.current().env_file("messaging"))["DATABASE_URL"].replace("+psycopg2", "")
    with closing(psycopg2.connect(url)) as connection:
        with connection, connection.cursor() as cursor:
            for statement in _COME:
                cursor.execute(statement, facts)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "VACUUM (ANALYZE) messages, reactions"
            )  # what autovacuum would do in the middle of a measurement


def group(url: str, count: int) -> tuple[Account, str]:
    """Make a group whose four members have written so many messages; return one of them, and the group."""
    ana, *others = people = [Account.register(url, name) for name in ("Ana", "Ben", "Clara", "Diego")]
    room = ana.room_with(*others, title="The whole history")
    write(room, people, count)
    return ana, room


if __name__ == "__main__":
    place = os.environ["CHARLA_URL"]
    member, conversation = group(place, int(sys.argv[1]))
    print(f"{place}/en/c/{conversation} for {member.username} with password {member.password}")
