"""Payments and requests for money in a conversation: shown once, changed in place, and nobody's to write."""

from __future__ import annotations

from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.auth import NOBODY, AccountErased
from contracts.base import ServiceError, new_id
from contracts.messaging import NotEditable, NotYourMessage
from contracts.payments import PaymentChanged, PaymentRequestChanged
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_messaging import batches, exporting, views
from svc_messaging.actions import blocks, changes, editing, forwarding, history, members, payments, searching
from svc_messaging.actions.erasing import erasures
from svc_messaging.actions.forwarding import NotForwardable
from svc_messaging.models import Message
from svc_messaging.service import MessagingService
from svc_messaging.worker import MessagingWorker
from tests.services import FakePush, calling, calling_as_service
from tests.svc_messaging.rooms import Room


def payment(room: Room, version: int = 1, status: str = "succeeded", **facts: Any) -> PaymentChanged:
    known: dict[str, Any] = {
        "payment_id": new_id(), "kind": "transfer", "payer_id": room.ada, "payee_id": room.bob, "amount": 1_250,
        "currency": "EUR", "refunded": 0, "disputed": False, "note": "pizza", "conversation_id": room.id,
    }  # fmt: skip
    return PaymentChanged(version=version, status=status, **{**known, **facts})


def request(room: Room, version: int = 1, status: str = "open", **facts: Any) -> PaymentRequestChanged:
    known: dict[str, Any] = {
        "request_id": new_id(), "requester_id": room.bob, "payer_id": room.ada, "amount": 900, "currency": "EUR",
        "note": "rent", "conversation_id": room.id,
    }  # fmt: skip
    return PaymentRequestChanged(version=version, status=status, **{**known, **facts})


class Shown:
    """The worker, and what a reader sees."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.push = FakePush()
        self.worker = worker_factory(MessagingWorker, db=room.db, push=self.push)

    def hear(self, *events: PaymentChanged | PaymentRequestChanged) -> None:
        for event in events:
            if isinstance(event, PaymentChanged):
                self.worker.on_payment_changed([event])
            else:
                self.worker.on_payment_request_changed(event)

    def hear_together(self, *events: PaymentChanged) -> None:
        self.worker.on_payment_changed(list(events))

    def messages(self, reader: str | None = None) -> list[Any]:
        with self.room.db.reading() as session:
            return history.list_messages(session, self.room.id, reader or self.room.eve, 50)


@pytest.fixture
def shown(room: Room) -> Shown:
    return Shown(room)


def test_a_payment_is_shown_once_and_then_changed_in_place(room: Room, shown: Shown) -> None:
    paid = payment(room)
    shown.hear(paid, paid)
    (first,) = shown.messages()
    assert (first["kind"], first["author_id"], first["text"], first["seq"]) == ("payment", room.ada, "pizza", 1)
    assert first["payment"] == {
        "id": paid.payment_id, "kind": "payment", "status": "succeeded", "payer_id": room.ada, "payee_id": room.bob,
        "amount": 1_250, "currency": "EUR", "refunded": 0, "disputed": False, "note": "pizza",
        "payment_id": paid.payment_id,
    }  # fmt: skip
    shown.hear(payment(room, 3, payment_id=paid.payment_id, refunded=500))
    shown.hear(payment(room, 2, payment_id=paid.payment_id, disputed=True))  # older than what is shown
    (now,) = shown.messages()
    assert (now["id"], now["payment"]["refunded"], now["payment"]["disputed"]) == (first["id"], 500, False)
    with room.db.reading() as session:
        log, ver, _ = changes.list_changes(session, room.id, room.eve, 0, 50)
    assert ([entry["type"] for entry in log], ver) == (["message.created", "message.edited"], 2)
    assert log[1]["data"]["payment"]["refunded"] == 500
    frames = [frame for _, frame in shown.push.frames if frame["t"] == "event"]
    assert [(frame["type"], frame["ver"]) for frame in frames] == [("message.created", 1), ("message.edited", 2)]
    assert frames[1]["data"] == log[1]["data"]


def test_what_is_heard_together_is_shown_as_if_one_by_one(room: Room, direct: Room, shown: Shown) -> None:
    one, two, three = payment(room), payment(room, note=""), payment(room, 2, "processing")
    elsewhere = payment(room, conversation_id=direct.id, payer_id=direct.bob, payee_id=direct.ada)
    refunded = payment(room, 3, payment_id=one.payment_id, refunded=500)
    tried = payment(room, 1, "failed")
    shown.hear_together(one, elsewhere, two, one, refunded, tried, three, two)
    shown.hear_together(two, payment(room, 4, payment_id=three.payment_id), elsewhere, payment(room))
    with room.db.reading() as session:
        log, ver, _ = changes.list_changes(session, room.id, room.eve, 0, 50)
        (there,) = history.list_messages(session, direct.id, direct.ada, 50)
    messages = shown.messages()
    assert [message["payment"]["id"] for message in messages][:3] == [one.payment_id, two.payment_id, three.payment_id]
    assert [message["seq"] for message in messages] == [1, 2, 3, 4]
    assert [(message["payment"]["refunded"], message["payment"]["status"]) for message in messages] == [
        (500, "succeeded"), (0, "succeeded"), (0, "succeeded"), (0, "succeeded"),
    ]  # fmt: skip
    assert ([entry["ver"] for entry in log], ver) == (list(range(1, 7)), 6)
    assert (there["payment"]["id"], there["author_id"], there["seq"]) == (elsewhere.payment_id, direct.bob, 1)
    frames = [frame for _, frame in shown.push.frames if frame["t"] == "event" and frame["conv"] == room.id]
    assert sorted(frame["ver"] for frame in frames) == list(range(1, 7))
    created = [frame["data"] for frame in frames if frame["type"] == "message.created"]
    assert [{**view, "payment": None} for view in created] == [
        {**message, "payment": None} for message in messages
    ]  # the payments have changed since


def test_a_payment_of_a_conversation_that_is_not_there_is_an_error(room: Room, shown: Shown) -> None:
    with pytest.raises(ServiceError, match="unknown_conversation"):
        shown.hear_together(payment(room), payment(room, conversation_id=new_id()))
    assert shown.messages() == []


@pytest.mark.parametrize("status", ["created", "requires_action", "canceled", "expired", "failed"])
def test_nobody_is_shown_a_try_that_moved_nothing(room: Room, shown: Shown, status: str) -> None:
    tried = payment(room, 1, "requires_action")
    shown.hear(tried, payment(room, 2, status, payment_id=tried.payment_id))
    assert shown.messages() == []
    shown.hear(payment(room, 3, "processing"))
    assert [message["payment"]["status"] for message in shown.messages()] == ["processing"]


def test_a_request_is_shown_at_once_and_its_payment_changes_it(room: Room, shown: Shown) -> None:
    asked = request(room)
    shown.hear(asked)
    (first,) = shown.messages()
    assert (first["author_id"], first["payment"]["kind"], first["payment"]["status"]) == (room.bob, "request", "open")
    link = {"request_id": asked.request_id, "amount": 900}
    failed = payment(room, 4, "failed", **link)
    paid = payment(room, 2, **link)
    shown.hear(failed, paid, request(room, 2, "paid", request_id=asked.request_id, payment_id=paid.payment_id))
    shown.hear(payment(room, 3, payment_id=paid.payment_id, refunded=900, **link))
    (now,) = shown.messages()
    assert now["id"] == first["id"]
    assert {key: now["payment"][key] for key in ("id", "status", "refunded", "payment_id")} == {
        "id": asked.request_id, "status": "paid", "refunded": 900, "payment_id": paid.payment_id,
    }  # fmt: skip


def test_a_request_whose_payment_is_heard_of_first_stays_paid(room: Room, shown: Shown) -> None:
    asked = request(room)
    paid = payment(room, 2, request_id=asked.request_id, note="rent")
    shown.hear(paid, asked)
    (message,) = shown.messages()
    assert (message["payment"]["status"], message["payment"]["payment_id"]) == ("paid", paid.payment_id)
    assert (message["author_id"], message["payment"]["payer_id"]) == (room.bob, room.ada)


def test_people_can_neither_edit_forward_nor_delete_it(room: Room, shown: Shown) -> None:
    shown.hear(payment(room))
    (message,) = shown.messages()
    with room.db.transaction() as session, pytest.raises(NotEditable):
        editing.edit_message(session, message["id"], room.ada, "a million", [])
    with room.db.transaction() as session, pytest.raises(NotForwardable):
        forwarding.forward_message(session, message["id"], room.bob, room.id, "copy")
    with room.db.transaction() as session:
        members.set_member_role(session, room.id, room.ada, room.bob, "owner")
        members.set_member_role(session, room.id, room.bob, room.ada, "member")
    with room.db.transaction() as session, pytest.raises(NotYourMessage):
        editing.delete_message(session, message["id"], room.ada)


def test_a_moderator_deletes_it_and_it_stays_deleted(room: Room, shown: Shown) -> None:
    paid = payment(room)
    shown.hear(paid)
    with room.db.transaction() as session:
        editing.delete_message(session, shown.messages()[0]["id"], room.ada)
    shown.hear(payment(room, 2, payment_id=paid.payment_id, refunded=1))
    (message,) = shown.messages()
    assert (message["deleted"], message["payment"], message["text"]) == (True, None, "")
    with room.db.reading() as session:
        assert session.scalar(select(Message.payment)) is None


def test_whoever_left_sees_nothing_of_it(room: Room, shown: Shown) -> None:
    with room.db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.bob)
    shown.hear(payment(room))
    assert len([message for message in shown.messages() if message["kind"] == "payment"]) == 1
    with pytest.raises(ServiceError, match="unknown_conversation"):
        shown.messages(room.bob)


def test_it_counts_as_unread_and_is_found_by_its_note_and_exported(room: Room, shown: Shown, unread: Any) -> None:
    shown.hear(payment(room))
    assert (unread(room.id, room.bob), unread(room.id, room.ada)) == (1, 0)
    batches.index_waiting(room.db)
    with room.db.reading() as session:
        (found,) = views.message_views(
            session, searching.search_messages(session, room.bob, "pizza", None, 5, None), None
        )
    with room.db.reading() as session:
        lines = [line for line in exporting.export_lines(session, room.id) if line["type"] == "message"]
    assert found["payment"] is not None
    assert found["payment"] == lines[0]["payment"] == shown.messages()[0]["payment"]


def test_what_is_left_of_a_payer_who_is_gone(room: Room, shown: Shown) -> None:
    shown.hear(payment(room))
    with room.db.transaction() as session:
        erasures.begin(session, AccountErased(user_id=room.ada, messages="delete"))
    batches.erase_accounts(room.db, shown.push)
    message = next(message for message in shown.messages() if message["kind"] == "payment")
    assert (message["author_id"], message["payment"]["payer_id"], message["text"]) == (NOBODY, NOBODY, "")
    assert (message["payment"]["note"], message["payment"]["amount"], message["deleted"]) == ("", 1_250, False)
    assert room.ada not in str(message)


def test_payments_alone_asks_who_is_a_member(room: Room, direct: Room, db: Transactions) -> None:
    service: Any = worker_factory(MessagingService, db=db, push=FakePush(), caller=CallerIdentity())
    with calling_as_service("payments"):
        found = service.find_members(conversation_id=room.id, user_ids=[room.ada, room.bob, room.zoe])
        assert set(found) == {room.ada, room.bob}
        assert service.find_members(conversation_id=new_id(), user_ids=[room.ada]) == []
        assert len(service.find_members(conversation_id=direct.id, user_ids=[direct.ada, direct.bob])) == 2
        questions: list[Any] = [
            {"conversation_id": room.id, "user_ids": [room.zoe, room.bob]},
            {"conversation_id": direct.id, "user_ids": [direct.ada]},
            {"conversation_id": new_id(), "user_ids": [room.ada]},
            {"conversation_id": room.id, "user_ids": [room.bob]},
        ]
        many = service.find_members_of_many(items=questions)
        assert many == [[room.bob], [direct.ada], [], [room.bob]]
        with db.transaction() as session:
            blocks.block(session, direct.bob, direct.ada)
        assert service.find_members_of_many(items=questions) == [[room.bob], [], [], [room.bob]]
        assert service.find_members(conversation_id=direct.id, user_ids=[direct.ada, direct.bob]) == []
    with calling(room.ada), pytest.raises(ServiceError, match="forbidden"):
        service.find_members(conversation_id=room.id, user_ids=[room.ada])
    with calling(room.ada), pytest.raises(ServiceError, match="forbidden"):
        service.find_members_of_many(items=[])


def test_the_unheard_version_is_below_all(room: Room, shown: Shown) -> None:
    asked = request(room, 0)
    shown.hear(payment(room, 0, request_id=asked.request_id), asked)
    assert shown.messages()[0]["payment"]["status"] == "paid"
    assert payments._UNHEARD < 0
