"""Commands: who answers which, and how a message says whom it is for."""

from __future__ import annotations

from typing import Any

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import select

from contracts.base import ServiceError
from contracts.messaging import MAX_COMMANDS, MAX_OWN_COMMANDS, CommandTaken, TooManyCommands, UnknownConversation
from plumbing import codec
from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_messaging.actions import changes, conversations, forwarding, members
from svc_messaging.models import Outbox
from svc_messaging.service import MessagingService
from tests.services import FakePush, calling
from tests.svc_messaging.rooms import Room

ECHO = {"name": "echo", "description": "Says it again", "usage": "<words>"}
HELP = {"name": "help", "description": "Says what there is"}


@pytest.fixture
def service(db: Transactions) -> MessagingService:
    made: MessagingService = worker_factory(MessagingService, db=db, push=FakePush(), caller=CallerIdentity())
    return made


def put(service: MessagingService, room: Room, person: str, *commands: dict[str, Any]) -> list[Any]:
    with calling(person):
        return service.set_commands(conversation_id=room.id, commands=list(commands))["items"]  # type: ignore[arg-type]


def listed(service: MessagingService, room: Room, person: str) -> list[str]:
    with calling(person):
        return [each["name"] for each in service.list_commands(conversation_id=room.id)["items"]]


def command(room: Room, length: int, who: str | None = None) -> dict[str, Any]:
    return {"type": "command", "offset": 0, "length": length, "user_id": who or room.bob}


def test_members_see_whose_commands_there_are(service: MessagingService, room: Room) -> None:
    assert put(service, room, room.bob, HELP, ECHO) == [
        {**ECHO, "user_id": room.bob},
        {**HELP, "usage": "", "user_id": room.bob},
    ]
    assert listed(service, room, room.eve) == ["echo", "help"]
    with calling(room.zoe), pytest.raises(UnknownConversation):
        service.list_commands(conversation_id=room.id)
    with calling(room.zoe), pytest.raises(UnknownConversation):
        service.set_commands(conversation_id=room.id, commands=[])


def test_setting_them_replaces_ones_own_alone(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    put(service, room, room.eve, HELP)
    put(service, room, room.bob, {**ECHO, "name": "say"})
    assert listed(service, room, room.ada) == ["help", "say"]
    put(service, room, room.bob)
    assert listed(service, room, room.ada) == ["help"]


def test_a_name_belongs_to_who_had_it_first(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    with pytest.raises(CommandTaken) as refused:
        put(service, room, room.eve, HELP, ECHO)
    assert refused.value.facts == {"name": "echo"}
    assert listed(service, room, room.ada) == ["echo"]


def test_a_message_names_who_answers_its_command(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    bold = {"type": "bold", "offset": 6, "length": 2}
    sent = room.message(room.ada, "/echo hi", entities=[bold])
    assert sent["entities"] == [command(room, 5), bold]
    with calling(room.eve):
        assert service.get_message(message_id=sent["id"])["entities"] == sent["entities"]
    assert room.message(room.ada, "/ECHO")["entities"] == [command(room, 5)]
    assert room.message(room.ada, "/echo\nhi")["entities"] == [command(room, 5)]


@pytest.mark.parametrize("text", ["/unknown hi", "/echoes", "/", "/ echo", " /echo", "say /echo", "/echo/x", "/echó"])
def test_other_words_stay_ordinary_text(service: MessagingService, room: Room, text: str) -> None:
    put(service, room, room.bob, ECHO)
    assert room.message(room.ada, text)["entities"] == []


def test_another_conversations_commands_are_not_meant(service: MessagingService, room: Room) -> None:
    with room.db.transaction() as session:
        other = Room(
            room.db, conversations.create_group(session, room.ada, [room.bob], "Other"), room.ada, room.bob, room.eve
        )
    put(service, other, room.bob, ECHO)
    assert room.message(room.ada, "/echo hi")["entities"] == []
    assert other.message(room.ada, "/echo hi")["entities"] == [command(room, 5)]


def test_a_replay_has_the_first_ones_entities(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    first = room.send(room.ada, "/echo hi", client_msg_id="once")
    again = room.send(room.ada, "/echo hi", client_msg_id="once")
    assert again == {**first, "replayed": True}
    put(service, room, room.bob)
    assert room.send(room.ada, "/echo hi", client_msg_id="once") == again


def test_nobody_writes_a_command_entity_themselves(room: Room) -> None:
    with pytest.raises(ServiceError) as refused:
        room.compose(room.ada, "/echo", entities=[command(room, 5)])
    assert refused.value.code == "entity_invalid"


def test_a_command_is_no_mention(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    room.message(room.ada, "/echo hi")
    with room.db.reading() as session:
        (row,) = session.scalars(select(Outbox).where(Outbox.name.startswith("message_created")))
    assert codec.decode(bytes(row.body))["mentions"] == []


def test_an_edit_is_read_anew_and_a_copy_commands_nobody(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    sent = room.message(room.ada, "/echo hi")
    with room.db.transaction() as session:
        copy = forwarding.forward_message(session, sent["id"], room.ada, room.id, "copy")["message"]
    assert (copy["text"], copy["entities"]) == ("/echo hi", [])
    with calling(room.ada):
        assert service.edit_message(message_id=sent["id"], text="/echo ho")["entities"] == [command(room, 5)]
        assert service.edit_message(message_id=sent["id"], text="echo ho")["entities"] == []


def test_they_go_with_who_answers_them(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    put(service, room, room.eve, HELP)
    with room.db.transaction() as session:
        members.remove_member(session, room.id, room.bob, room.bob)
        members.remove_member(session, room.id, room.ada, room.eve)
    assert listed(service, room, room.ada) == []
    assert room.message(room.ada, "/echo hi")["entities"] == []


def test_clients_hear_of_them_by_a_change(service: MessagingService, room: Room) -> None:
    put(service, room, room.bob, ECHO)
    put(service, room, room.bob, ECHO)  # nothing new, and no change
    with room.db.reading() as session:
        items, _, _ = changes.list_changes(session, room.id, room.ada, 0, 10)
    assert [(item["type"], item["data"]) for item in items] == [
        ("commands.changed", {"user_id": room.bob, "commands": [ECHO]})
    ]


def test_there_is_a_limit(service: MessagingService, room: Room) -> None:
    def many(prefix: str, count: int) -> list[dict[str, Any]]:
        return [{"name": f"{prefix}{number}", "description": "d"} for number in range(count)]

    with pytest.raises(ServiceError):
        put(service, room, room.bob, *many("a", MAX_OWN_COMMANDS + 1))
    people = [room.ada, room.bob, room.eve]
    for number, person in enumerate(people):
        put(service, room, person, *many("abc"[number], MAX_OWN_COMMANDS))
    with room.db.transaction() as session:
        members.add_members(session, room.id, room.ada, [room.zoe])
    with pytest.raises(TooManyCommands):
        put(service, room, room.zoe, *many("z", MAX_COMMANDS - 3 * MAX_OWN_COMMANDS + 1))


@pytest.mark.parametrize(
    "bad",
    [
        {}, {"name": "Echo", "description": "d"}, {"name": "a b", "description": "d"}, {"name": "", "description": "d"},
        {"name": "x" * 33, "description": "d"}, {"name": "echo"}, {"name": "echo", "description": " "},
        {"name": "echo", "description": "d" * 101}, {"name": "echo", "description": "d", "usage": "u" * 101},
        {"name": "echo", "description": "d", "more": 1}, {"name": "echo\n", "description": "d"}, "echo",
    ],
)  # fmt: skip
def test_what_is_no_command_is_refused(service: MessagingService, room: Room, bad: Any) -> None:
    with pytest.raises(ServiceError) as refused:
        put(service, room, room.bob, bad)
    assert refused.value.code == "command_invalid"


def test_each_has_a_name_of_its_own(service: MessagingService, room: Room) -> None:
    with pytest.raises(ServiceError) as refused:
        put(service, room, room.bob, ECHO, ECHO)
    assert refused.value.code == "command_invalid"
