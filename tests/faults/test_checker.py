"""The checker finds each kind of loss; a checker that finds nothing proves nothing."""

from __future__ import annotations

from dataclasses import replace

from drill.checker import check
from drill.history import Ack, Edit, History, Send, StoredChange, StoredMessage, StoredRoom, View

ROOM, AUTHOR, READER = "room", "author", "reader"


def told(count: int = 5) -> tuple[History, StoredRoom]:
    """Return a history of `count` acknowledged sends and a room that holds them as promised."""
    history = History(views={READER: View()}, members={ROOM: {READER}})
    messages, changes = [], []
    for number in range(1, count + 1):
        send = Send(ROOM, AUTHOR, f"own-{number}")
        history.texts[send] = f"text {number}"
        history.acks.append(Ack(send, f"m{number}", number, number))
        messages.append(StoredMessage(f"m{number}", number, number, AUTHOR, send.client_msg_id, f"text {number}"))
        changes.append(StoredChange(number, "message.created", f"m{number}"))
        history.views[READER].created[ROOM].add(f"m{number}")
    history.views[READER].head[ROOM] = count
    return history, StoredRoom(ROOM, count, count, messages, changes)


def rules(history: History, stored: StoredRoom) -> set[str]:
    """Return the rules that the checker finds broken."""
    return {finding.rule for finding in check(history, [stored])}


def test_what_is_as_promised_is_not_blamed() -> None:
    assert rules(*told()) == set()


def test_a_lost_message_is_found() -> None:
    history, stored = told()
    del stored.messages[-1]
    stored.seq -= 1
    assert "lost" in rules(history, stored)


def test_a_lost_room_is_found() -> None:
    history, _ = told()
    assert {finding.rule for finding in check(history, [])} == {"lost"}


def test_a_message_stored_twice_is_found() -> None:
    history, stored = told()
    stored.messages.append(replace(stored.messages[0], id="m6", seq=6, ver=6))
    stored.changes.append(StoredChange(6, "message.created", "m6"))
    stored.seq = stored.ver = history.views[READER].head[ROOM] = 6
    assert rules(history, stored) == {"duplicate"}


def test_a_message_created_twice_in_the_changes_is_found() -> None:
    history, stored = told()
    stored.changes.append(StoredChange(6, "message.created", "m1"))
    stored.ver = history.views[READER].head[ROOM] = 6
    assert "duplicate" in rules(history, stored)


def test_a_gap_in_seq_is_found() -> None:
    history, stored = told()
    stored.messages[-1] = replace(stored.messages[-1], seq=6)
    history.acks[-1] = history.acks[-1]._replace(seq=6)
    stored.seq = 6
    assert rules(history, stored) == {"seq_gap"}


def test_a_seq_given_twice_is_found() -> None:
    history, stored = told()
    stored.messages[-1] = replace(stored.messages[-1], seq=4)
    history.acks[-1] = history.acks[-1]._replace(seq=4)
    assert "seq_gap" in rules(history, stored)


def test_messages_missing_at_the_end_are_a_gap_to_the_rooms_own_counter() -> None:
    history, stored = told()
    stored.seq = 6
    assert rules(history, stored) == {"seq_gap"}


def test_a_gap_in_ver_is_found() -> None:
    history, stored = told()
    stored.ver = history.views[READER].head[ROOM] = 7
    stored.changes.append(StoredChange(7, "member.added", None))
    assert rules(history, stored) == {"ver_gap"}


def test_a_message_stored_under_another_seq_than_told_is_found() -> None:
    history, stored = told()
    history.acks[2] = history.acks[2]._replace(seq=9)
    assert rules(history, stored) == {"differs"}


def test_two_different_answers_to_one_send_are_found() -> None:
    history, stored = told()
    history.acks.append(history.acks[0]._replace(message_id="m9"))
    assert "two_answers" in rules(history, stored)


def test_a_repeated_answer_is_right() -> None:
    history, stored = told()
    history.acks.append(history.acks[0])
    assert rules(history, stored) == set()


def test_a_send_without_an_answer_may_be_stored_or_not() -> None:
    history, stored = told()
    history.texts[Send(ROOM, AUTHOR, "own-6")] = "text 6"
    assert rules(history, stored) == set()
    history.acks.pop()
    assert rules(history, stored) == set()


def test_a_refused_send_must_not_be_stored() -> None:
    history, stored = told()
    history.refused.add(history.acks.pop().send)
    assert rules(history, stored) == {"refused_but_stored"}


def test_a_message_that_nobody_sent_is_found() -> None:
    history, stored = told()
    del history.texts[history.acks.pop().send]
    assert rules(history, stored) == {"stranger"}


def test_a_lost_edit_is_found() -> None:
    history, stored = told()
    history.edits["m1"] = Edit(ROOM, "m1", "better", acknowledged=True)
    assert rules(history, stored) == {"wrong_text", "unannounced"}


def test_an_edit_without_an_answer_may_be_stored_or_not() -> None:
    history, stored = told()
    history.edits["m1"] = Edit(ROOM, "m1", "better")
    assert rules(history, stored) == set()
    stored.messages[0] = replace(stored.messages[0], text="better")
    assert rules(history, stored) == set()


def test_another_text_than_sent_is_found() -> None:
    history, stored = told()
    stored.messages[0] = replace(stored.messages[0], text="worse")
    assert rules(history, stored) == {"wrong_text"}


def test_a_message_that_is_not_in_the_changes_is_found() -> None:
    history, stored = told()
    stored.changes[0] = StoredChange(1, "pin.changed", None)
    assert rules(history, stored) == {"unannounced"}


def test_a_message_that_a_reader_never_saw_is_found() -> None:
    history, stored = told()
    history.views[READER].created[ROOM].discard("m3")
    assert rules(history, stored) == {"unseen"}


def test_a_reader_left_behind_is_found() -> None:
    history, stored = told()
    history.views[READER].head[ROOM] = 4
    assert rules(history, stored) == {"unseen"}
