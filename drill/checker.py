"""The checker: compares what clients were told with what is stored. No I/O, no mercy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from drill.finding import Finding
from drill.history import Ack, History, Send, StoredMessage, StoredRoom


def check(history: History, rooms: Sequence[StoredRoom]) -> list[Finding]:
    """Return every broken promise; an empty list proves the drill.

    Args:
        history: What the clients recorded.
        rooms: All rooms that they used, as stored afterwards.
    """
    acks: dict[str, list[Ack]] = defaultdict(list)
    for ack in history.acks:
        acks[ack.send.room].append(ack)
    found: list[Finding] = []
    for stored in rooms:
        found += _counters(stored)
        found += _once(stored)
        found += _acknowledged(stored, acks[stored.room])
        found += _strangers(stored, history)
        found += _edits(stored, history)
        found += _views(stored, history, acks[stored.room])
    missing = set(acks) - {stored.room for stored in rooms}
    found += [Finding("lost", room, "the whole room is gone") for room in missing if acks[room]]
    return found


def _gap(numbers: Sequence[int], upto: int) -> str | None:
    """Return how `numbers` differ from 1..upto, or None where they are just that."""
    wanted = set(range(1, upto + 1))
    missing, extra = sorted(wanted - set(numbers)), sorted(set(numbers) - wanted)
    twice = sorted(number for number, count in Counter(numbers).items() if count > 1)
    if missing or extra or twice:
        return f"1..{upto}: missing {missing[:5]}, beyond {extra[:5]}, twice {twice[:5]}"
    return None if list(numbers) == sorted(numbers) else "not in order"


def _counters(stored: StoredRoom) -> Iterator[Finding]:
    if gap := _gap([message.seq for message in stored.messages], stored.seq):
        yield Finding("seq_gap", stored.room, gap)
    if gap := _gap([change.ver for change in stored.changes], stored.ver):
        yield Finding("ver_gap", stored.room, gap)


def _once(stored: StoredRoom) -> Iterator[Finding]:
    keys = Counter((message.author, message.client_msg_id) for message in stored.messages if message.client_msg_id)
    for key, count in keys.items():
        if count > 1:
            yield Finding("duplicate", stored.room, f"{key[1]} of {key[0]} is stored {count} times")
    created = Counter(change.message_id for change in stored.changes if change.type == "message.created")
    for message_id, count in created.items():
        if count > 1:
            yield Finding("duplicate", stored.room, f"message {message_id} was created {count} times")


def _acknowledged(stored: StoredRoom, acks: Sequence[Ack]) -> Iterator[Finding]:
    by_id = {message.id: message for message in stored.messages}
    announced = {change.message_id: change.ver for change in stored.changes if change.type == "message.created"}
    told: dict[Send, Ack] = {}
    for ack in acks:
        first = told.setdefault(ack.send, ack)
        if first != ack:
            yield Finding("two_answers", stored.room, f"{ack.send.client_msg_id}: {first[1:]} and {ack[1:]}")
            continue
        message = by_id.get(ack.message_id)
        if message is None:
            yield Finding("lost", stored.room, f"acknowledged message {ack.message_id} (seq {ack.seq})")
        elif not _same(message, ack):
            yield Finding("differs", stored.room, f"{ack} is stored as {message}")
        elif announced.get(message.id) != message.ver:
            yield Finding("unannounced", stored.room, f"message {message.id} (ver {message.ver}) is not in changes")


def _same(message: StoredMessage, ack: Ack) -> bool:
    told = (ack.seq, ack.ver, ack.send.author, ack.send.client_msg_id)
    return (message.seq, message.ver, message.author, message.client_msg_id) == told


def _strangers(stored: StoredRoom, history: History) -> Iterator[Finding]:
    for message in stored.messages:
        if message.client_msg_id is None:  # the system's own
            continue
        send = Send(stored.room, message.author, message.client_msg_id)
        if send not in history.texts:
            yield Finding("stranger", stored.room, f"nobody sent {message}")
        elif send in history.refused:
            yield Finding("refused_but_stored", stored.room, f"{message}")


def _edits(stored: StoredRoom, history: History) -> Iterator[Finding]:
    edited = {change.message_id for change in stored.changes if change.type == "message.edited"}
    for message in stored.messages:
        if message.client_msg_id is None:
            continue
        sent = history.texts.get(Send(stored.room, message.author, message.client_msg_id))
        edit = history.edits.get(message.id)
        allowed = {sent} if edit is None else {edit.text} if edit.acknowledged else {sent, edit.text}
        if sent is not None and message.text not in allowed:
            yield Finding("wrong_text", stored.room, f"message {message.id} reads {message.text!r}")
        if edit is not None and edit.acknowledged and message.id not in edited:
            yield Finding("unannounced", stored.room, f"the edit of {message.id} is not in changes")


def _views(stored: StoredRoom, history: History, acks: Sequence[Ack]) -> Iterator[Finding]:
    told = {ack.message_id for ack in acks}
    for reader in history.members.get(stored.room, ()):
        view = history.views[reader]
        unseen = told - view.created[stored.room]
        if unseen:
            yield Finding("unseen", stored.room, f"{reader} never saw {len(unseen)} messages, as {min(unseen)}")
        if view.head[stored.room] != stored.ver:
            yield Finding("unseen", stored.room, f"{reader} is at ver {view.head[stored.room]} of {stored.ver}")
