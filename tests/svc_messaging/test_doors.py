"""The doors: who calls, what arguments fit, and what is pushed after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from nameko.testing.services import worker_factory
from sqlalchemy.exc import OperationalError

from contracts.base import Forbidden, Invalid, ServiceError, Unauthenticated, new_id
from contracts.messaging import MAX_PAGES, UnknownConversation, UnknownPerson
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_messaging.service import MessagingService
from tests.services import service_token, user_token
from tests.svc_messaging.rooms import Room


@dataclass
class Directory:
    """Stands in for svc_auth: everybody exists but the missing."""

    missing: set[str] = field(default_factory=set)

    def find_users(self, *, user_ids: list[str]) -> list[dict[str, Any]]:
        return [{"id": each, "deactivated": False} for each in user_ids if each not in self.missing]


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def service(db: Transactions, configured: Settings, directory: Directory) -> MessagingService:
    """The service on the real database and Redis."""
    pusher = Pusher(new_redis(configured.redis_url))
    made: MessagingService = worker_factory(
        MessagingService, db=db, push=pusher, caller=CallerIdentity(), auth=directory
    )
    return made


@contextmanager
def calling(user_id: str) -> Iterator[None]:
    with working_on(CallContext(token=user_token(user_id))):
        yield


def item(room: Room, author: str, text: str = "hello", **facts: Any) -> dict[str, Any]:
    return {
        "token": user_token(author),
        "conversation_id": room.id,
        "client_msg_id": new_id(),
        "text": text,
        **facts,
    }


def test_every_item_is_authorised_by_its_own_token(room: Room, service: MessagingService) -> None:
    items: list[Any] = [
        item(room, room.ada),
        {**item(room, room.bob), "token": "no token"},
        item(room, room.zoe),
        {**item(room, room.bob), "token": user_token(room.bob, ttl_s=-5)},
        {**item(room, room.bob), "token": service_token("gateway")},
        "nonsense",
        item(room, room.eve),
    ]
    results = service.send_many(items=items)
    codes = [result.get("error", {}).get("code") for result in results]
    assert codes == [
        None,
        "token_invalid",
        "unknown_conversation",
        "token_expired",
        "token_invalid",
        "token_invalid",
        None,
    ]
    assert [result["message"]["seq"] for result in results if "message" in result] == [1, 2]


def test_a_batch_has_a_limit(room: Room, service: MessagingService) -> None:
    with pytest.raises(Invalid):
        service.send_many(items=[item(room, room.ada)] * 65)  # type: ignore[list-item]
    assert service.send_many(items=[]) == []


def test_a_sent_message_is_pushed_after_its_commit(room: Room, service: MessagingService, configured: Settings) -> None:
    listener = new_redis(configured.redis_url).pubsub()
    listener.subscribe(f"conv:{room.id}")
    assert listener.get_message(timeout=60)["type"] == "subscribe"
    (result,) = service.send_many(items=[item(room, room.ada)])  # type: ignore[list-item]
    frame = msgspec.json.decode(listener.get_message(timeout=60)["data"])
    assert frame == {
        "t": "event",
        "conv": room.id,
        "ver": 1,
        "type": "message.created",
        "data": msgspec.to_builtins(result["message"]),
    }
    listener.close()


def test_redis_being_away_loses_no_message(room: Room, service: MessagingService) -> None:
    service.push = Pusher(new_redis("redis://127.0.0.1:1/0"))  # type: ignore[assignment]
    (result,) = service.send_many(items=[item(room, room.ada)])  # type: ignore[list-item]
    assert result["message"]["seq"] == 1


CALLS: list[Callable[[MessagingService, Room], Any]] = [
    lambda service, room: service.get_conversation(conversation_id=room.id),
    lambda service, room: service.list_members(conversation_id=room.id),
    lambda service, room: service.list_messages(conversation_id=room.id),
    lambda service, room: service.list_shared(conversation_id=room.id, kind="media"),
    lambda service, room: service.list_changes(conversation_id=room.id, after_ver=0),
    lambda service, room: service.update_conversation(conversation_id=room.id, changes={"title": "x"}),
    lambda service, room: service.update_my_settings(conversation_id=room.id, changes={"pinned": True}),
    lambda service, room: service.add_members(conversation_id=room.id, user_ids=[room.zoe]),
    lambda service, room: service.remove_member(conversation_id=room.id, user_id=room.bob),
    lambda service, room: service.set_member_role(conversation_id=room.id, user_id=room.bob, role="owner"),
]


def test_pages_of_different_people_are_read_together(room: Room, service: MessagingService) -> None:
    for number in range(3):
        room.message(room.ada, f"number {number}")
    asked = {"conversation_id": room.id, "limit": 2}
    pages: list[Any] = [
        {**asked, "token": user_token(room.ada)},
        {**asked, "token": user_token(room.zoe)},
        {**asked, "token": user_token(room.bob), "before_seq": 3},
        {**asked, "token": "forged"},
        {**asked, "token": user_token(room.bob), "limit": 51},
        {**asked, "token": user_token(room.bob), "before_seq": 1, "after_seq": 1},
        {**asked, "token": user_token(room.bob), "unknown": 1},
        "garbage",
    ]
    results = service.list_message_pages(items=pages)
    read = [result["page"] for result in results if "page" in result]
    seqs = [[message["seq"] for message in page["items"]] for page in read]
    codes = [result["error"]["code"] for result in results if "error" in result]
    assert ["page" in result for result in results] == [True, False, True, False, False, False, False, False]
    assert seqs == [[2, 3], [1, 2]]
    assert [page["next"] for page in read] == ["2", None]
    assert codes == [
        "unknown_conversation",
        "token_invalid",
        "invalid_number",
        "too_many_marks",
        "invalid_item",
        "invalid_item",
    ]


def test_too_many_pages_are_refused(room: Room, service: MessagingService) -> None:
    with pytest.raises(Invalid):
        service.list_message_pages(items=[{}] * (MAX_PAGES + 1))  # type: ignore[typeddict-item]


@pytest.mark.parametrize("call", CALLS)
def test_strangers_learn_nothing(
    room: Room, service: MessagingService, call: Callable[[MessagingService, Room], Any]
) -> None:
    with calling(room.zoe), pytest.raises(UnknownConversation):
        call(service, room)
    with pytest.raises(Unauthenticated):
        call(service, room)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("get_conversation", {"conversation_id": "x"}),
    ("get_conversation", {"conversation_id": None}),
    ("list_conversations", {"limit": 0}),
    ("list_conversations", {"limit": True}),
    ("list_conversations", {"after": "%%%"}),
    ("list_conversations", {"archived": 1}),
    ("create_conversation", {"kind": "channel", "member_ids": []}),
    ("create_conversation", {"kind": "group", "member_ids": "x"}),
    ("create_conversation", {"kind": "group", "member_ids": [], "title": "x" * 201}),
    ("create_conversation", {"kind": "group", "member_ids": [], "title": "a\x00"}),
    ("create_conversation", {"kind": "direct", "member_ids": []}),
    ("update_conversation", {"conversation_id": new_id(), "changes": {}}),
    ("update_conversation", {"conversation_id": new_id(), "changes": {"seq": 1}}),
    ("update_conversation", {"conversation_id": new_id(), "changes": {"slow_mode_s": -1}}),
    ("update_my_settings", {"conversation_id": new_id(), "changes": {"muted_until": "soon"}}),
    ("list_messages", {"conversation_id": new_id(), "limit": 201}),
    ("list_shared", {"conversation_id": new_id(), "kind": "polls"}),
    ("list_shared", {"conversation_id": new_id(), "kind": "media", "limit": 0}),
    ("list_messages", {"conversation_id": new_id(), "before_seq": 1, "after_seq": 1}),
    ("list_messages", {"conversation_id": new_id(), "around_seq": 2**60}),
    ("delete_message", {"message_id": new_id(), "scope": "some"}),
    ("edit_message", {"message_id": new_id(), "text": "x" * 8001}),
    ("list_changes", {"conversation_id": new_id(), "after_ver": -1}),
    ("sync", {"heads": []}),
    ("sync", {"heads": {"x": 1}}),
    ("sync", {"heads": {new_id(): "1"}}),
]


@pytest.mark.parametrize(("method", "arguments"), BAD)
def test_wrong_arguments_are_refused(service: MessagingService, method: str, arguments: dict[str, Any]) -> None:
    with calling(new_id()), pytest.raises(ServiceError) as caught:
        getattr(service, method)(**arguments)
    assert caught.value.kind == "invalid"


def test_people_have_to_exist(room: Room, service: MessagingService, directory: Directory) -> None:
    ghost = new_id()
    directory.missing.add(ghost)
    with calling(room.ada):
        for call in (
            lambda: service.create_conversation(kind="direct", member_ids=[ghost]),
            lambda: service.create_conversation(kind="group", member_ids=[ghost, room.bob]),
            lambda: service.add_members(conversation_id=room.id, user_ids=[ghost]),
        ):
            with pytest.raises(UnknownPerson):
                call()


def test_a_whole_conversation_through_the_doors(db: Transactions, service: MessagingService) -> None:
    ada, bob = new_id(), new_id()
    with calling(ada):
        made = service.create_conversation(kind="direct", member_ids=[bob])
        assert service.create_conversation(kind="direct", member_ids=[bob])["id"] == made["id"]
        assert (made["member_count"], made["role"], made["seq"], made["unread"]) == (2, "member", 0, 0)
    with calling(bob):
        assert [each["id"] for each in service.list_conversations()["items"]] == [made["id"]]
        assert service.list_my_conversation_ids() == [made["id"]]
        assert service.sync(heads={})["items"] == [{"conv": made["id"], "ver": 0, "seq": 0, "unread": 0}]


def test_lists_go_on_where_they_stopped(db: Transactions, service: MessagingService) -> None:
    ada = new_id()
    with calling(ada):
        made = [service.create_conversation(kind="group", member_ids=[])["id"] for _ in range(5)]
        seen: list[str] = []
        after = None
        while True:
            page = service.list_conversations(limit=2, after=after)
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
            if after is None:
                break
    assert seen == made[::-1]


def test_removed_access_is_for_the_gateway_alone(room: Room, service: MessagingService) -> None:
    with calling(room.ada):
        service.remove_member(conversation_id=room.id, user_id=room.bob)
        with pytest.raises(Forbidden):
            service.list_access_removed(since="2026-01-01T00:00:00Z")
    with working_on(CallContext(token=service_token("gateway"))):
        (removed,) = service.list_access_removed(since="2026-01-01T00:00:00Z")
    assert (removed["user_id"], removed["conversation_id"]) == (room.bob, room.id)


def test_every_promised_method_is_there_with_its_arguments() -> None:
    import inspect

    from contracts.messaging import MessagingService as Promise

    for name, promised in inspect.getmembers(Promise, inspect.isfunction):
        if name.startswith("_"):
            continue
        kept = getattr(MessagingService, name)
        assert inspect.signature(kept).parameters.keys() == inspect.signature(promised).parameters.keys(), name
        assert kept.nameko_entrypoints, name


class Deadlock(Exception):  # noqa: N818 - it stands in for psycopg2's error
    pgcode = "40P01"


def test_a_broken_deadlock_is_tried_again_twice(service: MessagingService) -> None:
    tries: list[int] = []

    def work(_: Any) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE", {}, Deadlock())
        return "done"

    assert service.write(work) == "done"
    assert len(tries) == 3
    with pytest.raises(OperationalError):
        service.write(lambda _: work(tries.clear()))
