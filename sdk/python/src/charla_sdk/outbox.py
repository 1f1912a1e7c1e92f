"""Messages on their way: each is stored before it is sent, and sent under its id until the server has it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, cast

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.generated.models import MessageView, ScheduledView, SendBody
from charla_sdk.generated.operations import Operations
from charla_sdk.pace import Pace, Pause
from charla_sdk.store import Entry, Store

Answer = MessageView | ScheduledView


class Sending:
    """A message that is stored and will be sent.

    Attributes:
        client_msg_id: the id under which it is stored once.
    """

    def __init__(self, client_msg_id: str) -> None:
        self.client_msg_id = client_msg_id
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        # Nobody has to wait for it.
        self._answer.add_done_callback(lambda future: future.cancelled() or future.exception())

    async def answer(self) -> Answer:
        """Waits for the server's answer; nobody has to.

        Raises:
            ProblemError: the message was refused.
        """
        return await asyncio.shield(self._answer)

    def answered(self, answer: Answer) -> None:
        """Ends the waiting."""
        if not self._answer.done():
            self._answer.set_result(answer)

    def refused(self, problem: ProblemError) -> None:
        """Ends the waiting."""
        if not self._answer.done():
            self._answer.set_exception(problem)


class Outbox:
    """Sends what waits: in order within a conversation, conversations side by side.

    What may go well later (no network, 429, 5xx) is sent again after growing pauses. What was refused stays, with the
    reason, and lets the next ones pass.

    Args:
        api: sends.
        store: keeps what waits.
        pace: how long to pause.
    """

    def __init__(self, api: Operations, store: Store, pace: Pace) -> None:
        self._api = api
        self._store = store
        self._pace = pace
        self._changed = asyncio.Condition()
        self._sendings: dict[str, Sending] = {}
        self._pauses: dict[str, Pause] = {}

    async def add(self, conversation_id: str, body: dict[str, Any]) -> Sending:
        """Stores a message; once this returns, it will be sent, whatever becomes of the process.

        Args:
            conversation_id: where it goes.
            body: as `POST …/messages` takes it; `client_msg_id` is made where it is missing.
        """
        whole = {"client_msg_id": str(uuid.uuid4()), **body}
        sending = self._sendings.setdefault(whole["client_msg_id"], Sending(whole["client_msg_id"]))
        await self._store.add(conversation_id, whole)
        await self._tell()
        return sending

    async def entries(self) -> list[Entry]:
        """Returns what waits and what was refused, the oldest first."""
        return await self._store.entries()

    async def retry(self, client_msg_id: str) -> None:
        """Lets a refused message wait again."""
        await self._store.refuse(client_msg_id, None)
        await self._tell()

    async def discard(self, client_msg_id: str) -> None:
        """Forgets a message; one that is on its way in this moment may arrive all the same."""
        await self._store.remove(client_msg_id)
        self._sendings.pop(client_msg_id, None)
        await self._tell()

    async def wait_until_empty(self) -> None:
        """Waits until nothing waits any more; what was refused does not count."""
        async with self._changed:
            while any(entry.problem is None for entry in await self._store.entries()):
                await self._changed.wait()

    def hurry(self) -> None:
        """Ends all pauses: the network is back."""
        for pause in self._pauses.values():
            pause.hurry()

    async def run(self) -> None:
        """Sends until it is cancelled.

        Raises:
            SessionEnded: nobody is signed in any more; what waits is kept.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                async with self._changed:
                    places = {each.conversation_id for each in await self._store.entries() if each.problem is None}
                    for place in places - self._pauses.keys():
                        self._pauses[place] = Pause(self._pace)
                        group.create_task(self._drain(place))
                    await self._changed.wait()

    async def _drain(self, conversation_id: str) -> None:
        try:
            while (entry := await self._store.first_waiting(conversation_id)) is not None:
                await self._send(entry)
        finally:
            self._pauses.pop(conversation_id, None)
        await self._tell()

    async def _send(self, entry: Entry) -> None:
        pause = self._pauses[entry.conversation_id]
        try:
            answer = await self._api.send_message(entry.conversation_id, cast("SendBody", entry.body))
        except Unreachable as failure:
            await pause.after(failure)
        except ProblemError as problem:
            if problem.is_temporary:
                await pause.after(problem)
            else:
                await self._refuse(entry, problem)
        else:
            pause.reset()
            await self._store.remove(entry.client_msg_id)
            if (sending := self._sendings.pop(entry.client_msg_id, None)) is not None:
                sending.answered(answer)

    async def _refuse(self, entry: Entry, problem: ProblemError) -> None:
        await self._store.refuse(entry.client_msg_id, {"status": problem.status, **problem.facts})
        if (sending := self._sendings.pop(entry.client_msg_id, None)) is not None:
            sending.refused(problem)
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()
