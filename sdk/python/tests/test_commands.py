"""Commands are told to conversations, and what is sent is answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from charla_sdk import Charla, Command, Event, Pace, ProblemError
from charla_sdk.commands import Commands
from charla_sdk.outbox import Outbox
from charla_sdk.store import Store

QUICK = Pace(first_pause_s=0.001, longest_pause_s=0.002)
ECHO = {"name": "echo", "description": "Says it again", "usage": "<words>"}
HELP = {"name": "help", "description": "Says what there is", "usage": ""}


class Api:
    """Two conversations, one of which is archived."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[str]]] = []
        self.refusals: list[Exception] = []

    async def list_conversations(self, *, limit: int, after: str | None, archived: bool) -> dict[str, Any]:
        return {"items": [{"id": "old" if archived else "new"}], "next": None}

    async def set_commands(self, conversation_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.told.append((conversation_id, [each["name"] for each in body["commands"]]))
        return {"items": [], "next": None}


class Scene:
    """Commands of a bot, with a store that outlives them."""

    def __init__(self, store: Store) -> None:
        self.api, self.store = Api(), store
        self.outbox = Outbox(self.api, store, QUICK)  # type: ignore[arg-type]
        self.commands = Commands(self.api, store, self.outbox, QUICK)  # type: ignore[arg-type]
        self.heard: list[Command] = []

    def know(self, *bodies: Any) -> None:
        for body in bodies:
            self.commands.add(body, self._answer)

    async def _answer(self, command: Command) -> None:
        self.heard.append(command)
        await command.reply(command.text)
        await command.reply("that is all")

    async def told(self, count: int) -> list[tuple[str, list[str]]]:
        """Runs until so many conversations were told, and a moment more for those that should not be."""
        running = asyncio.create_task(self.commands.run())
        async with asyncio.timeout(60):
            while len(self.api.told) < count:
                await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)
        running.cancel()
        return self.api.told


def with_scene(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        store = Store(":memory:")
        await store.open()
        try:
            await act(Scene(store))
        finally:
            await store.close()

    asyncio.run(run())


def message(text: str, **more: Any) -> Event:
    name = text.split(" ")[0]
    entity = {"type": "command", "offset": 0, "length": len(name), "user_id": "bot"}
    data = {"id": "m1", "conversation_id": "c", "author_id": "ana", "text": text, "entities": [entity], **more}
    return Event("message.created", data, "c", None, 1)


def test_all_conversations_are_told_once() -> None:
    async def act(scene: Scene) -> None:
        scene.know(HELP, ECHO)
        assert await scene.told(2) == [("new", ["echo", "help"]), ("old", ["echo", "help"])]
        again = Scene(scene.store)
        again.know(ECHO, HELP)
        assert await again.told(0) == [], "nothing is new"
        fewer = Scene(scene.store)
        assert await fewer.told(2) == [("new", []), ("old", [])]

    with_scene(act)


def test_one_that_is_joined_later_is_told_too() -> None:
    async def act(scene: Scene) -> None:
        scene.know(ECHO)
        await scene.commands.on_joined(Event("conversation.joined", {}, "later"))
        assert (await scene.told(3))[2] == ("later", ["echo"])

    with_scene(act)


def test_a_name_that_somebody_else_has_is_left_out_there() -> None:
    async def act(scene: Scene) -> None:
        scene.know(HELP, ECHO)
        scene.api.refusals = [ProblemError(503, {}), ProblemError(409, {"code": "command_taken", "name": "help"})]
        assert (await scene.told(2))[0] == ("new", ["echo"])

    with_scene(act)


def test_a_command_is_answered_under_ids_made_of_its_own() -> None:
    async def act(scene: Scene) -> None:
        scene.know(ECHO)
        await scene.commands.on_message(message("/ECHO  hello there "), "bot")
        (heard,) = scene.heard
        assert (heard.name, heard.text, heard.conversation_id) == ("echo", "hello there", "c")
        await scene.commands.on_message(message("/ECHO  hello there "), "bot")  # met again after a crash
        entries = await scene.outbox.entries()
        assert [(each.client_msg_id, each.body["text"]) for each in entries] == [
            ("answer-0-m1", "hello there"),
            ("answer-1-m1", "that is all"),
        ]

    with_scene(act)


@pytest.mark.parametrize(
    "event",
    [
        message("/echo hi", author_id="bot"),
        message("/echo hi", entities=[]),
        message("/echo hi", entities=[{"type": "command", "offset": 0, "length": 5, "user_id": "another"}]),
        message("/help"),
    ],
)
def test_nothing_else_is(event: Event) -> None:
    async def act(scene: Scene) -> None:
        scene.know(ECHO)
        await scene.commands.on_message(event, "bot")
        assert scene.heard == []

    with_scene(act)


def test_a_command_says_what_it_does() -> None:
    async def act() -> None:
        async with Charla("http://charla", http=httpx.AsyncClient()) as charla:

            @charla.command("echo")
            async def echo(command: Command) -> None:
                """Says it again.

                And nothing else.
                """

            async def silent(command: Command) -> None: ...

            assert charla._answering()._bodies() == [{"name": "echo", "description": "Says it again.", "usage": ""}]
            with pytest.raises(ValueError, match="/silent"):
                charla.command("silent")(silent)

    asyncio.run(act())
