"""Which messages somebody may read, as svc_media asks: and nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select, update

from contracts.base import ServiceError, new_id
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_messaging.actions import editing, members
from svc_messaging.models import Message, Outbox
from svc_messaging.service import MessagingService
from tests.services import FakePush, calling, calling_as_service, service_token
from tests.svc_messaging.rooms import make_room


@pytest.fixture
def service(db: Transactions) -> MessagingService:
    made: MessagingService = worker_factory(MessagingService, db=db, push=FakePush(), caller=CallerIdentity())
    return made


def readable(service: MessagingService, user_id: str, *message_ids: str) -> list[str]:
    with calling_as_service("media"):
        return service.find_readable_messages(user_id=user_id, message_ids=list(message_ids))


def test_members_read_and_strangers_do_not(service: MessagingService, db: Transactions) -> None:
    room, other = make_room(db), make_room(db)
    first, second, elsewhere = room.message(room.ada), room.message(room.bob), other.message(other.ada)
    asked = (first["id"], second["id"], elsewhere["id"], new_id())
    assert set(readable(service, room.eve, *asked)) == {first["id"], second["id"]}
    assert readable(service, room.zoe, *asked) == []


def test_removed_deleted_hidden_and_expired_are_not_read(service: MessagingService, db: Transactions) -> None:
    room = make_room(db)
    deleted, hidden, expired, kept = (room.message(room.ada)["id"] for _ in range(4))
    with db.transaction() as session:
        editing.delete_message(session, deleted, room.ada)
        editing.hide_message(session, hidden, room.bob)
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Message).where(Message.id == expired).values(expires_at=over))
    asked = (deleted, hidden, expired, kept)
    assert readable(service, room.bob, *asked) == [kept]
    assert set(readable(service, room.eve, *asked)) == {hidden, kept}
    with db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.bob)
    assert readable(service, room.bob, *asked) == []


def test_people_and_other_services_do_not_ask(service: MessagingService) -> None:
    for token in (None, service_token("gateway"), service_token("subscriptions")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as caught:
            service.find_readable_messages(user_id=new_id(), message_ids=[])
        assert caught.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as caught:
        service.find_readable_messages(user_id=new_id(), message_ids=[])
    assert caught.value.kind == "forbidden"


@pytest.mark.parametrize("ids", ["x", [1], ["x"], [new_id()] * 501])
def test_bad_ids_are_refused(service: MessagingService, ids: object) -> None:
    with calling_as_service("media"), pytest.raises(ServiceError) as caught:
        service.find_readable_messages(user_id=new_id(), message_ids=ids)  # type: ignore[arg-type]
    assert caught.value.kind == "invalid"


def test_only_what_carries_media_says_so(db: Transactions) -> None:
    room, media_id = make_room(db), new_id()
    plain, carrying = room.message(room.ada), room.message(room.ada, media_ids=[media_id])
    with db.transaction() as session:
        for each in (plain, carrying):
            editing.delete_message(session, each["id"], room.ada)
    with db.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.aggregate_id == room.id)).all()
    topics = {(row.name, codec.decode(bytes(row.body)).get("message_id")) for row in rows}
    assert {
        ("message_created", plain["id"]),
        ("message_created.media", carrying["id"]),
        ("message_deleted", plain["id"]),
        ("message_deleted.media", carrying["id"]),
    } <= topics
