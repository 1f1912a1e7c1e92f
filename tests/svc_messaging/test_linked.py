"""Conversations that svc_subscriptions links to posts: begun once, and filled by the service alone."""

from __future__ import annotations

import eventlet
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.base import ServiceError, new_id
from contracts.messaging import SendItem, UnknownConversation
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_messaging.models import Outbox
from svc_messaging.service import MessagingService
from tests.services import FakePush, calling, calling_as_service, service_token, user_token


@pytest.fixture
def service(db: Transactions) -> MessagingService:
    made: MessagingService = worker_factory(MessagingService, db=db, push=FakePush(), caller=CallerIdentity())
    return made


def people(service: MessagingService, conversation_id: str, reader: str) -> set[tuple[str, str]]:
    with calling(reader):
        return {(row["user_id"], row["role"]) for row in service.list_members(conversation_id=conversation_id)["items"]}


def test_a_linked_conversation_is_begun_once_under_its_given_id(service: MessagingService) -> None:
    post_id, ada, bob = new_id(), new_id(), new_id()

    def begin(_: int) -> None:
        with calling_as_service("subscriptions"):
            service.create_linked_conversation(conversation_id=post_id, owner_id=ada, title="News")

    list(eventlet.GreenPool(8).imap(begin, range(8)))
    with calling_as_service("subscriptions"):
        for _ in range(2):
            service.add_linked_member(conversation_id=post_id, user_id=bob)
    assert people(service, post_id, bob) == {(ada, "owner"), (bob, "member")}
    with calling(bob):
        view = service.get_conversation(conversation_id=post_id)
    assert (view["title"], view["member_count"], view["seq"], view["unread"]) == ("News", 2, 0, 0)


def test_whoever_is_taken_out_reads_nothing_more(service: MessagingService) -> None:
    post_id, ada, bob = new_id(), new_id(), new_id()
    with calling_as_service("subscriptions"):
        service.create_linked_conversation(conversation_id=post_id, owner_id=ada, title="News")
        service.add_linked_member(conversation_id=post_id, user_id=bob)
        for person in (ada, ada):
            service.remove_linked_member(conversation_id=post_id, user_id=person)
    with calling(ada), pytest.raises(UnknownConversation):
        service.get_conversation(conversation_id=post_id)
    assert people(service, post_id, bob) == {(bob, "member")}
    with calling_as_service("subscriptions"), pytest.raises(UnknownConversation):
        service.add_linked_member(conversation_id=new_id(), user_id=bob)


def test_nobody_else_links(service: MessagingService) -> None:
    calls = (
        lambda: service.create_linked_conversation(conversation_id=new_id(), owner_id=new_id(), title="x"),
        lambda: service.add_linked_member(conversation_id=new_id(), user_id=new_id()),
        lambda: service.remove_linked_member(conversation_id=new_id(), user_id=new_id()),
    )
    for call in calls:
        with calling(new_id(), "admin"), pytest.raises(ServiceError) as caught:
            call()
        assert caught.value.kind == "forbidden"
        with working_on(CallContext(token=service_token("gateway"))), pytest.raises(ServiceError):
            call()
        with pytest.raises(ServiceError):
            call()


def test_whoever_linked_it_is_told_of_every_message(service: MessagingService, db: Transactions) -> None:
    post_id, ada = new_id(), new_id()
    with calling_as_service("subscriptions"):
        service.create_linked_conversation(conversation_id=post_id, owner_id=ada, title="News")
    item: SendItem = {
        "token": user_token(ada),
        "conversation_id": post_id,
        "client_msg_id": "first",
        "text": "hello",
    }
    service.send_many(items=[item])
    with db.reading() as session:
        topics = session.scalars(select(Outbox.name).where(Outbox.aggregate_id == post_id, Outbox.version == 1)).all()
    assert "message_created.addressed" in topics
