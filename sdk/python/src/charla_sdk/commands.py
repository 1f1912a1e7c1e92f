"""Commands: words after a `/` that a program answers, told to each conversation that it is in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.events import Event, log
from charla_sdk.generated.models import CommandBody
from charla_sdk.generated.operations import Operations
from charla_sdk.outbox import Outbox, Sending
from charla_sdk.pace import Pace, Pause
from charla_sdk.store import Store
from charla_sdk.transport import as_json

#: What was told to all conversations last.
_TOLD = "commands"


class Command:
    """Somebody has sent a command.

    Attributes:
        name: which one.
        text: what came after its name.
        message: the whole message.
        conversation_id: where it was sent.
    """

    def __init__(self, name: str, text: str, message: dict[str, Any], outbox: Outbox) -> None:
        self.name = name
        self.text = text
        self.message = message
        self.conversation_id: str = message["conversation_id"]
        self._outbox = outbox
        self._answers = 0

    async def reply(self, text: str = "", **fields: Any) -> Sending:
        """Sends an answer to the conversation.

        Its id is made of the message's: a program that dies and meets the command again answers once all the same.
        """
        number, self._answers = self._answers, self._answers + 1
        body = {"client_msg_id": f"answer-{number}-{self.message['id']}", "text": text, **fields}
        return await self._outbox.add(self.conversation_id, body)


Answering = Callable[[Command], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Known:
    body: CommandBody
    answer: Answering


class Commands:
    """Tells conversations which commands there are, and calls who answers them.

    Args:
        api: tells.
        store: keeps what was told.
        outbox: sends answers.
        pace: how long to pause.
    """

    def __init__(self, api: Operations, store: Store, outbox: Outbox, pace: Pace) -> None:
        self._api = api
        self._store = store
        self._outbox = outbox
        self._pace = pace
        self._known: dict[str, _Known] = {}
        self._joined: asyncio.Queue[str] = asyncio.Queue()

    def add(self, body: CommandBody, answer: Answering) -> None:
        """Lets a function answer a command."""
        self._known[body["name"]] = _Known(body, answer)

    async def on_message(self, event: Event, user_id: str) -> None:
        """Answers a message that is a command of this account, said by somebody else."""
        message = event.data
        entity = next((each for each in message["entities"] if each["type"] == "command"), None)
        if entity is None or entity["user_id"] != user_id or message["author_id"] == user_id:
            return
        name, text = message["text"][1 : entity["length"]].lower(), message["text"][entity["length"] :].strip()
        if (known := self._known.get(name)) is not None:
            await known.answer(Command(name, text, message, self._outbox))

    async def on_joined(self, event: Event) -> None:
        """Lets a conversation be told that is new."""
        if self._known and event.conversation_id is not None:
            self._joined.put_nowait(event.conversation_id)

    async def run(self) -> None:
        """Tells all conversations where anything is new, and later those that are joined, until it is cancelled."""
        wanted = self._bodies()
        if (await self._store.fact(_TOLD) or "[]") != as_json(wanted):
            for conversation_id in await self._patiently(self._conversations):
                await self._tell(conversation_id, wanted)
            await self._store.set_fact(_TOLD, as_json(wanted))
        while True:
            await self._tell(await self._joined.get(), wanted)

    def _bodies(self) -> list[CommandBody]:
        return [self._known[name].body for name in sorted(self._known)]

    async def _conversations(self) -> list[str]:
        found: list[str] = []
        for archived in (False, True):
            after: str | None = None
            while True:
                page = await self._api.list_conversations(limit=100, after=after, archived=archived)
                found += [each["id"] for each in page["items"]]
                if (after := page["next"]) is None:
                    break
        return found

    async def _tell(self, conversation_id: str, wanted: Sequence[CommandBody]) -> None:
        """Tells one conversation; names that somebody else has there are left out."""
        left = list(wanted)
        while True:
            try:
                await self._patiently(partial(self._api.set_commands, conversation_id, {"commands": left}))
            except ProblemError as refusal:
                taken = refusal.facts.get("name") if refusal.code == "command_taken" else None
                log.warning("%s takes no command %s: %s", conversation_id, taken or "", refusal)
                fewer = [each for each in left if each["name"] != taken]
                if len(fewer) == len(left):
                    return
                left = fewer
            else:
                return

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Asks until there is an answer."""
        pause = Pause(self._pace)
        while True:
            try:
                return await ask()
            except (Unreachable, ProblemError) as failure:
                if not failure.is_temporary:
                    raise
                await pause.after(failure)
