"""Webhooks: who makes them, who may post, and that each post appears once, as the webhook's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.auth import NOBODY
from contracts.base import Forbidden, KeyMismatch, ServiceError, new_id
from contracts.messaging import MAX_TEXT, MAX_WEBHOOKS, RoleTooLow, TooManyWebhooks, UnknownConversation, UnknownWebhook
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_messaging.actions import history, indexing, own_data
from svc_messaging.models import Outbox
from svc_messaging.program_models import Webhook
from svc_messaging.service import MessagingService
from tests.services import FakePush, calling, calling_as_service, service_token, user_token
from tests.svc_messaging.rooms import Room

_SPAN = {"offset": 0, "length": 1}


@pytest.fixture
def service(db: Transactions) -> MessagingService:
    made: MessagingService = worker_factory(MessagingService, db=db, push=FakePush(), caller=CallerIdentity())
    return made


@contextmanager
def keyed(token: str, key: str | None) -> Iterator[None]:
    with working_on(CallContext(token=token, idempotency_key=key)):
        yield


def make(service: MessagingService, room: Room, maker: str | None = None, name: str = "Builds") -> dict[str, Any]:
    with calling(maker or room.ada):
        return dict(service.create_webhook(conversation_id=room.id, name=name))


def post(
    service: MessagingService, hook: dict[str, Any], text: str = "done", key: str | None = None, **more: Any
) -> Any:
    with keyed(service_token("gateway"), key):
        return service.post_to_webhook(webhook_id=hook["id"], secret=hook["secret"], text=text, **more)


def last(room: Room, reader: str | None = None) -> dict[str, Any]:
    with room.db.reading() as session:
        return dict(history.list_messages(session, room.id, reader or room.bob, 1, None, None, None)[-1])


def test_a_post_appears_as_the_webhooks_own_message(service: MessagingService, room: Room, unread: Any) -> None:
    hook = make(service, room)
    bold = [{"type": "bold", "offset": 0, "length": 4}]
    posted = post(service, hook, "done: all", entities=bold)
    shown = last(room)
    assert (shown["id"], shown["seq"]) == (posted["message_id"], posted["seq"])
    assert (shown["kind"], shown["text"], shown["entities"]) == ("text", "done: all", bold)
    assert (shown["author_id"], shown["webhook"]) == (hook["id"], {"id": hook["id"], "name": "Builds"})
    assert [unread(room.id, each) for each in (room.ada, room.bob)] == [1, 1]


def test_its_words_are_found(service: MessagingService, room: Room) -> None:
    posted = post(service, make(service, room), "the build is done")
    with room.db.transaction() as session:
        assert indexing.index_waiting(session, 10) == 1
    with calling(room.bob):
        (found,) = service.search_messages(query="build")["items"]
    assert found["id"] == posted["message_id"]
    assert found["webhook"]["name"] == "Builds"


def test_other_services_hear_of_it(service: MessagingService, room: Room) -> None:
    hook = make(service, room)
    post(service, hook)
    with room.db.reading() as session:
        (row,) = session.scalars(select(Outbox).where(Outbox.name.startswith("message_created")))
    body = codec.decode(bytes(row.body))
    assert (body["author_id"], body["mentions"]) == (hook["id"], [])


def test_its_pushed_frame_is_what_readers_see_later(service: MessagingService, room: Room) -> None:
    post(service, make(service, room))
    (frame,) = [frame for _, frame in service.push.frames if frame.get("type") == "message.created"]  # type: ignore[attr-defined]
    assert frame["data"] == last(room)


def test_other_messages_have_no_webhook(room: Room) -> None:
    assert room.message(room.ada)["webhook"] is None
    assert last(room)["webhook"] is None


def test_moderators_and_owners_look_after_webhooks(service: MessagingService, room: Room) -> None:
    for person, refusal in ((room.bob, RoleTooLow), (room.zoe, UnknownConversation)):
        with pytest.raises(refusal):
            make(service, room, person)
        with calling(person), pytest.raises(refusal):
            service.list_webhooks(conversation_id=room.id)
    hook = make(service, room)
    with calling(room.ada):
        (listed,) = service.list_webhooks(conversation_id=room.id)["items"]
        assert listed == {key: value for key, value in hook.items() if key != "secret"}
        renamed = service.rename_webhook(conversation_id=room.id, webhook_id=hook["id"], name=" Tests ")
        assert renamed == {**listed, "name": "Tests"}
        service.delete_webhook(conversation_id=room.id, webhook_id=hook["id"])
        with pytest.raises(UnknownWebhook):
            service.rename_webhook(conversation_id=room.id, webhook_id=hook["id"], name="x")


def test_a_direct_conversation_has_none(service: MessagingService, direct: Room) -> None:
    with pytest.raises(RoleTooLow):
        make(service, direct)


def test_only_the_hash_of_the_secret_is_kept(service: MessagingService, room: Room) -> None:
    hook = make(service, room)
    with room.db.reading() as session:
        row = session.scalars(select(Webhook)).one()
    assert hook["secret"].encode() not in bytes(row.secret_hash)
    assert len(row.secret_hash) == 32


def test_a_wrong_secret_is_answered_as_an_unknown_webhook(service: MessagingService, room: Room) -> None:
    hook = make(service, room)
    refusals = []
    for wrong in ({**hook, "secret": "x"}, {**hook, "id": new_id()}, {**hook, "secret": "é" * 101}):
        with pytest.raises(ServiceError) as refused:
            post(service, wrong)
        refusals.append(refused.value.to_wire())
    assert refusals == [UnknownWebhook().to_wire()] * 3


def test_a_new_secret_ends_the_old_one(service: MessagingService, room: Room) -> None:
    old = make(service, room)
    with calling(room.ada):
        new = dict(service.renew_webhook_secret(conversation_id=room.id, webhook_id=old["id"]))
    with pytest.raises(UnknownWebhook):
        post(service, old)
    assert post(service, new)["seq"] == 1


def test_the_gateway_alone_hands_posts_on(service: MessagingService, room: Room) -> None:
    hook = make(service, room)
    with calling_as_service("payments"), pytest.raises(Forbidden):
        service.post_to_webhook(webhook_id=hook["id"], secret=hook["secret"], text="x")
    with calling(room.ada), pytest.raises(Forbidden):
        service.post_to_webhook(webhook_id=hook["id"], secret=hook["secret"], text="x")


def test_a_key_posts_once(service: MessagingService, room: Room) -> None:
    hook, other = make(service, room), make(service, room)
    results = list(eventlet.GreenPool(8).imap(lambda _: post(service, hook, key="k"), range(8)))
    assert results == [results[0]] * 8
    assert post(service, other, key="k")["seq"] == 2, "a key belongs to one webhook"
    with pytest.raises(KeyMismatch):
        post(service, hook, "something else", key="k")
    assert post(service, hook)["seq"] == 3


def test_the_same_call_makes_one_webhook_whose_last_secret_counts(service: MessagingService, room: Room) -> None:
    made = []
    for _ in range(2):
        with keyed(user_token(room.ada), "k"):
            made.append(dict(service.create_webhook(conversation_id=room.id, name="Builds")))
    first, again = made
    assert first["id"] == again["id"]
    with pytest.raises(UnknownWebhook):
        post(service, first)
    assert post(service, again)["seq"] == 1


def test_a_group_has_a_limited_number(service: MessagingService, room: Room) -> None:
    for _ in range(MAX_WEBHOOKS):
        make(service, room)
    with pytest.raises(TooManyWebhooks):
        make(service, room)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"text": "x" * (MAX_TEXT + 1)}, "text_too_long"),
        ({"text": " \n"}, "message_empty"),
        ({"text": 5}, "invalid_text"),
        ({"text": "a\0"}, "invalid_text"),
        ({"text": "a", "entities": [{"type": "bold", "offset": 0, "length": 9}]}, "entity_invalid"),
        ({"text": "a", "entities": [{**_SPAN, "type": "mention", "user_id": NOBODY}]}, "entity_invalid"),
        ({"text": "a", "entities": [{**_SPAN, "type": "command", "user_id": NOBODY}]}, "entity_invalid"),
    ],
)  # fmt: skip
def test_bad_posts_have_a_code(service: MessagingService, room: Room, facts: dict[str, Any], code: str) -> None:
    hook = make(service, room)
    with pytest.raises(ServiceError) as refused:
        post(service, hook, **facts)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, None])
def test_a_webhook_has_a_name(service: MessagingService, room: Room, name: Any) -> None:
    with pytest.raises(ServiceError) as refused:
        make(service, room, name=name)
    assert refused.value.facts["field"] == "name"


def test_it_ends_when_its_maker_is_no_moderator_any_more(service: MessagingService, room: Room) -> None:
    with calling(room.ada):
        service.set_member_role(conversation_id=room.id, user_id=room.bob, role="moderator")
    mine, theirs = make(service, room), make(service, room, room.bob)
    with calling(room.ada):
        service.set_member_role(conversation_id=room.id, user_id=room.bob, role="member")
    with pytest.raises(UnknownWebhook):
        post(service, theirs)
    assert post(service, mine)["seq"] == 1


def test_it_ends_when_its_maker_leaves_or_is_removed(service: MessagingService, room: Room) -> None:
    with calling(room.ada):
        for person in (room.bob, room.eve):
            service.set_member_role(conversation_id=room.id, user_id=person, role="moderator")
    hooks = [make(service, room, person) for person in (room.bob, room.eve)]
    with calling(room.ada):
        service.remove_member(conversation_id=room.id, user_id=room.bob)
    with calling(room.eve):
        service.remove_member(conversation_id=room.id, user_id=room.eve)
    for hook in hooks:
        with pytest.raises(UnknownWebhook):
            post(service, hook)


def test_its_messages_belong_to_nobody(service: MessagingService, room: Room) -> None:
    message_id = post(service, make(service, room))["message_id"]
    with calling(room.bob):
        for refused in (
            lambda: service.edit_message(message_id=message_id, text="mine"),
            lambda: service.delete_message(message_id=message_id),
        ):
            with pytest.raises(Forbidden):
                refused()
        assert service.add_reaction(message_id=message_id, emoji="👍")["reactions"]
        copy = service.forward_message(message_id=message_id, conversation_id=room.id, client_msg_id="copy")
        assert copy["message"]["webhook"] is None
        assert copy["message"]["forwarded_from"]["author_id"] is None
    with calling(room.ada):
        service.delete_message(message_id=message_id)
        assert service.get_message(message_id=message_id)["deleted"]


def test_whoever_made_one_has_it_in_the_copy_of_their_data(service: MessagingService, room: Room) -> None:
    hook = make(service, room)
    with room.db.reading() as session:
        items, _ = own_data.list_own(session, room.ada, "webhooks", None)
        assert own_data.list_own(session, room.bob, "webhooks", None)[0] == []
    assert [(item["id"], item["name"]) for item in items] == [(hook["id"], "Builds")]
    assert not {"secret", "secret_hash"} & items[0].keys()
