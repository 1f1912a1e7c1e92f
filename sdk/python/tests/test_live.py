"""Sockets are opened again, moved when a process ends, and asked after."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from charla_sdk import Pace, ProblemError, Unreachable
from charla_sdk.live import Live
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

QUICK = Pace(first_pause_s=0.001, longest_pause_s=0.002, heartbeat_s=60)


class Api:
    """Gives tickets."""

    def __init__(self) -> None:
        self.tickets = 0

    async def create_ticket(self) -> dict[str, Any]:
        self.tickets += 1
        return {"ticket": f"t{self.tickets}", "expires_in": 30}

    async def poll_by_body(self, body: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("sockets open")


class PollingApi(Api):
    """Answers polls with what the tests put there; the cursor counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.polls: list[dict[str, Any]] = []
        self.answers: asyncio.Queue[dict[str, Any] | Exception] = asyncio.Queue()

    async def poll_by_body(self, body: dict[str, Any]) -> dict[str, Any]:
        self.polls.append(body)
        if "cursor" not in body:
            return {"frames": [{"t": "ready", "user": "me", "heartbeat_s": 25}], "cursor": "0"}
        if body["timeout"] == 0:
            return {"frames": [], "cursor": body["cursor"]}
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return {"frames": [answer], "cursor": str(int(body["cursor"]) + 1)}


class Follower:
    """Keeps the frames that it was given."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.syncs = 0

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def sync(self) -> None:
        self.syncs += 1

    def on_frame(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)


class Server:
    """Sockets as the gateway has them."""

    def __init__(self) -> None:
        self.sockets: list[ServerConnection] = []
        self.said: list[dict[str, Any]] = []
        self.is_blocked = False
        self.blocked = 0

    async def __call__(self, socket: ServerConnection) -> None:
        if self.is_blocked:
            self.blocked += 1
            return
        hello = json.loads(await socket.recv())
        self.said.append(hello)
        await socket.send(json.dumps({"t": "ready", "user": "me", "heartbeat_s": 25}))
        self.sockets.append(socket)
        with suppress(ConnectionClosed):
            async for text in socket:
                self.said.append(json.loads(text))

    async def tell(self, index: int, /, **frame: Any) -> None:
        await self.sockets[index].send(json.dumps(frame))


class Scene:
    """A client on a server of its own; with a `pace`, where no socket opens."""

    def __init__(self, blocked_pace: Pace | None = None) -> None:
        self.server, self.follower = Server(), Follower()
        self.api = Api() if blocked_pace is None else PollingApi()
        self.server.is_blocked = blocked_pace is not None
        self.pace = blocked_pace or QUICK

    async def __aenter__(self) -> Scene:
        self._listener = await serve(self.server, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{next(iter(self._listener.sockets)).getsockname()[1]}"
        self.live = Live(url, self.api, self.follower, self.pace, lambda: None)  # type: ignore[arg-type]
        self.task = asyncio.create_task(self.live.run())
        await self.until(self.live.connected.is_set)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, ProblemError):
            await self.task
        self._listener.close()
        await self._listener.wait_closed()

    async def until(self, fact: Any) -> None:
        async with asyncio.timeout(60):
            while not fact():
                await asyncio.sleep(0.001)


def test_a_closed_socket_is_opened_again_and_sync_is_asked() -> None:
    async def act() -> None:
        async with Scene() as scene:
            await scene.server.sockets[0].close(4503)
            await scene.until(lambda: len(scene.server.sockets) == 2 and scene.follower.syncs >= 2)
            assert [each["ticket"] for each in scene.server.said if each["t"] == "auth"] == ["t1", "t2"]

    asyncio.run(act())


def test_a_draining_socket_is_heard_until_the_next_one_is_ready() -> None:
    async def act() -> None:
        async with Scene() as scene:
            await scene.server.tell(0, t="drain")
            await scene.server.tell(0, t="event", number=1)
            await scene.until(lambda: len(scene.server.sockets) == 2)
            await scene.server.tell(1, t="event", number=2)
            await scene.until(lambda: len(scene.follower.frames) == 2)
            assert [each["number"] for each in scene.follower.frames] == [1, 2]
            await asyncio.wait_for(scene.server.sockets[0].wait_closed(), 60)

    asyncio.run(act())


def test_resync_asks_for_everything_and_renews_what_is_followed() -> None:
    async def act() -> None:
        async with Scene() as scene:
            await scene.until(lambda: scene.follower.syncs == 1)
            await scene.server.tell(0, t="resync")
            await scene.until(lambda: scene.follower.syncs == 2 and scene.server.said[-1].get("ticket") == "t2")
            assert len(scene.server.sockets) == 1

    asyncio.run(act())


def test_pings_are_answered_and_passed_to_nobody() -> None:
    async def act() -> None:
        async with Scene() as scene:
            await scene.server.tell(0, t="ping")
            await scene.until(lambda: {"t": "pong"} in scene.server.said)
            assert scene.follower.frames == []

    asyncio.run(act())


def test_a_refused_ticket_ends_the_run() -> None:
    async def act() -> None:
        async with Scene() as scene:

            async def refuse() -> dict[str, Any]:
                raise ProblemError(403, {"code": "account_deactivated"})

            scene.api.create_ticket = refuse  # type: ignore[method-assign]
            await scene.server.sockets[0].close(4401)
            with pytest.raises(ProblemError, match="account_deactivated"):
                await asyncio.wait_for(scene.task, 60)

    asyncio.run(act())


#: With sockets that are tried again so rarely that a test ends before, and so often that it does not wait.
RARELY, OFTEN = (Pace(0.001, 0.002, heartbeat_s=60, socket_again_s=each) for each in (600.0, 0.02))


def test_where_no_socket_opens_frames_come_by_polls() -> None:
    async def act() -> None:
        async with Scene(RARELY) as scene:
            assert isinstance(scene.api, PollingApi)
            for number in range(3):
                scene.api.answers.put_nowait({"t": "event", "number": number})
            await scene.until(lambda: len(_events(scene)) == 3)
            assert [each["number"] for each in _events(scene)] == [0, 1, 2]
            assert [each.get("cursor") for each in scene.api.polls[:4]] == [None, "0", "1", "2"]
            assert (scene.server.blocked, scene.api.polls[0]["timeout"]) == (3, 0)
            await scene.until(lambda: scene.follower.syncs == 1)

    asyncio.run(act())


def test_a_poll_that_fails_is_asked_again_from_where_it_was_and_sync_too() -> None:
    async def act() -> None:
        async with Scene(RARELY) as scene:
            assert isinstance(scene.api, PollingApi)
            await scene.until(lambda: scene.follower.syncs == 1)
            scene.api.answers.put_nowait(Unreachable("away"))
            scene.api.answers.put_nowait({"t": "event", "number": 1})
            await scene.until(lambda: len(_events(scene)) == 1 and scene.follower.syncs == 2)
            assert [each.get("cursor") for each in scene.api.polls[:4]] == [None, "0", "0", "0"]

    asyncio.run(act())


def test_a_cursor_that_is_refused_is_given_up() -> None:
    async def act() -> None:
        async with Scene(RARELY) as scene:
            assert isinstance(scene.api, PollingApi)
            scene.api.answers.put_nowait(ProblemError(400, {"code": "cursor_invalid"}))
            scene.api.answers.put_nowait({"t": "event", "number": 1})
            await scene.until(lambda: len(_events(scene)) == 1)
            assert [each.get("cursor") for each in scene.api.polls[:4]] == [None, "0", None, "0"]

    asyncio.run(act())


def test_resync_of_a_poll_asks_for_everything() -> None:
    async def act() -> None:
        async with Scene(RARELY) as scene:
            assert isinstance(scene.api, PollingApi)
            await scene.until(lambda: scene.follower.syncs == 1)
            scene.api.answers.put_nowait({"t": "resync"})
            await scene.until(lambda: scene.follower.syncs == 2)

    asyncio.run(act())


def test_a_socket_takes_over_from_polls_as_soon_as_one_opens() -> None:
    async def act() -> None:
        async with Scene(OFTEN) as scene:
            await scene.until(lambda: scene.server.blocked > 3)
            scene.server.is_blocked = False
            await scene.until(lambda: len(scene.server.sockets) == 1)
            await scene.server.tell(0, t="event", number=7)
            await scene.until(lambda: [each["number"] for each in _events(scene)] == [7])

    asyncio.run(act())


def _events(scene: Scene) -> list[dict[str, Any]]:
    return [each for each in scene.follower.frames if each["t"] == "event"]
