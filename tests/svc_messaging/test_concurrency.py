"""Many senders at once, in one process and in several, and one that dies at the worst moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import eventlet
import pytest
from sqlalchemy import select

from plumbing.database import Transactions, transactions
from plumbing.settings import Settings
from svc_messaging.actions import changes, editing, sending
from svc_messaging.models import Change, Conversation, Message
from tests.svc_messaging.rooms import Room, make_room

SENDERS = 32
EACH = 8

#: A process of its own that sends the messages 0 to 39 of an author, and says what came of each.
SENDER = """
import os, signal, sys
from plumbing.database import transactions
from svc_messaging.actions import sending
from svc_messaging.actions.composing import compose

room, author, die = sys.argv[1:]
db = transactions(os.environ["DATABASE_URL"])
for start in range(0, 40, 8):
    items = [
        compose({"conversation_id": room, "client_msg_id": f"m{n}", "text": f"text {n}"}, author)
        for n in range(start, start + 8)
    ]
    with db.transaction() as session:
        results = sending.send_all(session, items)
    if die == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    for result in results:
        print(result["message"]["id"], result.get("replayed", False), flush=True)
"""


@pytest.fixture(scope="module")
def wide(configured: Settings) -> Transactions:
    """The database with a connection for each sender."""
    return transactions(configured.database_url, pool_size=SENDERS)


def send_at_once(db: Transactions, rooms: list[Room]) -> list[dict[str, Any]]:
    def one(number: int) -> list[dict[str, Any]]:
        room = rooms[number % len(rooms)]
        sent = []
        for _ in range(EACH):
            # Both directions through the rooms: unsorted locks would deadlock here.
            others = rooms if number % 2 else rooms[::-1]
            items = [each.compose((each.ada, each.bob, each.eve)[number % 3]) for each in [room, *others[:3]]]
            with db.transaction() as session:
                sent += sending.send_all(session, items)
        return [dict(each) for each in sent]

    pool = eventlet.GreenPool(SENDERS)
    return [result for results in pool.imap(one, range(SENDERS)) for result in results]


@pytest.mark.parametrize("count", [1, 7])
def test_numbers_have_no_gap_and_no_twin(db: Transactions, wide: Transactions, count: int) -> None:
    rooms = [make_room(db) for _ in range(count)]
    results = send_at_once(wide, rooms)
    assert all("message" in result for result in results), [each for each in results if "error" in each][:3]
    told = Counter((each["message"]["conversation_id"], each["message"]["seq"]) for each in results)
    assert set(told.values()) == {1}
    for room in rooms:
        with db.reading() as session:
            seqs = session.scalars(select(Message.seq).filter_by(conversation_id=room.id).order_by(Message.seq)).all()
            head = session.get_one(Conversation, room.id)
            assert list(seqs) == list(range(1, head.seq + 1))
            assert sum(place == room.id for place, _ in told) == head.seq


def test_edits_among_sends_leave_no_gap_in_the_versions(db: Transactions, wide: Transactions) -> None:
    room = make_room(db)
    first = room.message(room.ada)

    def one(number: int) -> None:
        for turn in range(EACH):
            with wide.transaction() as session:
                if number % 2:
                    sending.send_all(session, [room.compose(room.bob), room.compose(room.ada)])
                else:
                    editing.edit_message(session, first["id"], room.ada, f"{number} {turn}", [])

    pool = eventlet.GreenPool(SENDERS)
    list(pool.imap(one, range(SENDERS)))
    with db.reading() as session:
        created = session.scalars(select(Message.ver).filter_by(conversation_id=room.id)).all()
        changed = session.scalars(select(Change.ver).filter_by(conversation_id=room.id)).all()
        head = session.get_one(Conversation, room.id)
        assert sorted([*created, *changed]) == list(range(1, head.ver + 1))
        assert head.ver == 1 + SENDERS // 2 * EACH * 3
        items, _, _ = changes.list_changes(session, room.id, room.ada, 0, head.ver)
        assert len(items) == head.ver


def test_one_id_sent_by_all_at_once_is_one_message(db: Transactions, wide: Transactions) -> None:
    room = make_room(db)

    def one(_: int) -> dict[str, Any]:
        with wide.transaction() as session:
            return dict(sending.send_all(session, [room.compose(room.ada, "once", client_msg_id="a1")])[0])

    results = list(eventlet.GreenPool(SENDERS).imap(one, range(SENDERS)))
    assert len({each["message"]["id"] for each in results}) == 1
    assert sum(each.get("replayed", False) for each in results) == SENDERS - 1


def start_sender(room: Room, die: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", SENDER, room.id, room.ada, die],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_processes_that_send_the_same_ids_agree(db: Transactions) -> None:
    room = make_room(db)
    senders = [start_sender(room, "live") for _ in range(3)]
    told = [sender.communicate(timeout=60)[0].split("\n")[:-1] for sender in senders]
    assert [sender.returncode for sender in senders] == [0, 0, 0]
    ids = [[line.split()[0] for line in lines] for lines in told]
    assert ids[0] == ids[1] == ids[2]
    assert len(set(ids[0])) == 40
    assert sum(line.endswith("False") for lines in told for line in lines) == 40


def test_a_death_between_commit_and_answer_is_repaired_by_the_retry(db: Transactions) -> None:
    room = make_room(db)
    victim = start_sender(room, "die")
    out, _ = victim.communicate(timeout=60)
    assert (victim.returncode, out) == (-signal.SIGKILL, "")
    with db.reading() as session:
        stored = session.scalars(select(Message.id).filter_by(conversation_id=room.id).order_by(Message.seq)).all()
    retry = start_sender(room, "live")
    lines = retry.communicate(timeout=60)[0].split("\n")[:-1]
    assert [line.split() for line in lines[:8]] == [[message_id, "True"] for message_id in stored]
    assert len(lines) == 40
    assert len({line.split()[0] for line in lines}) == 40
