"""Frames and sync become events, from the right place on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from charla_sdk import Event, Pace
from charla_sdk.events import Handlers
from charla_sdk.follower import Follower
from charla_sdk.store import Store

QUICK = Pace(first_pause_s=0.001, longest_pause_s=0.002)


class Api:
    """A server with conversations of so many events each."""

    def __init__(self, **vers: int) -> None:
        self.vers = vers
        self.epoch = "1"
        self.members_since: dict[str, int] = {}

    async def sync(self, body: dict[str, Any]) -> dict[str, Any]:
        heads = body["heads"]
        items = [self._item(conv, heads.get(conv)) for conv, ver in self.vers.items() if heads.get(conv) != ver]
        gone = [{"conv": conv, "ver": 0, "gone": True} for conv in heads if conv not in self.vers]
        return {"epoch": self.epoch, "items": [*items, *gone], "channels": []}

    def _item(self, conv: str, head: int | None) -> dict[str, Any]:
        return {"conv": conv, "ver": self.vers[conv], **({"reset": True} if (head or 0) > self.vers[conv] else {})}

    async def get_conversation(self, conv: str) -> dict[str, Any]:
        return {"ver": self.vers[conv]}

    async def list_changes(self, conv: str, *, after_ver: int, limit: int) -> dict[str, Any]:
        last = min(self.vers[conv], after_ver + limit)
        items = [self.change(conv, ver) for ver in range(after_ver + 1, last + 1)]
        return {"items": items, "ver": self.vers[conv], "more": last < self.vers[conv]}

    def change(self, conv: str, ver: int) -> dict[str, Any]:
        if self.members_since.get(conv) == ver:
            return {"conv": conv, "ver": ver, "type": "member.added", "data": {"user_id": "me"}}
        return {"conv": conv, "ver": ver, "type": "message.created", "data": {}}


class Run:
    """A follower that runs, and what was handled."""

    def __init__(self, api: Api, store: Store) -> None:
        self.handled: list[tuple[str, str | None, int | None]] = []
        handlers = Handlers()
        handlers.add("*", self._handle)
        self.follower = Follower(api, store, handlers, QUICK, "me")  # type: ignore[arg-type]

    async def _handle(self, event: Event) -> None:
        self.handled.append((event.type, event.conversation_id or event.channel_id, event.number))

    def messages(self, conv: str) -> list[int | None]:
        return [number for type_, place, number in self.handled if (type_, place) == ("message.created", conv)]

    async def through(self, act: Callable[[Follower], Awaitable[None]], until: Callable[[], bool]) -> None:
        task = asyncio.create_task(self.follower.run())
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await act(self.follower)
            while not until():
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_heads(store: Store, heads: dict[str, int]) -> None:
    while await store.heads() != heads:
        await asyncio.sleep(0.001)


def with_store(act: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = Store()
        await store.open()
        await act(store)
        await store.close()

    asyncio.run(run())


def test_the_first_time_begins_now_and_later_ones_where_the_last_one_ended() -> None:
    async def act(store: Store) -> None:
        api = Api(a=5)
        first = Run(api, store)

        async def begin(follower: Follower) -> None:
            api.vers["a"] = 6
            follower.on_frame({"t": "event", **api.change("a", 6)})
            await follower.sync()
            await until_heads(store, {"conv:a": 6})

        await first.through(begin, lambda: first.messages("a") == [6])
        api.vers["a"] = 9
        second = Run(api, store)
        await second.through(lambda follower: follower.sync(), lambda: second.messages("a") == [7, 8, 9])

    with_store(act)


def test_a_conversation_that_one_was_added_to_begins_there() -> None:
    async def act(store: Store) -> None:
        api = Api(a=1)
        run = Run(api, store)

        async def join(follower: Follower) -> None:
            await follower.sync()
            api.vers["old"], api.members_since["old"] = 1_300, 700
            follower.on_frame({"t": "user_event", "type": "conversation.joined", "data": {"conversation_id": "old"}})
            follower.on_frame({"t": "event", **api.change("old", 1_300)})

        await run.through(join, lambda: 1_300 in run.messages("old"))
        assert run.messages("old") == list(range(701, 1_301))
        assert run.handled.count(("conversation.joined", "old", None)) == 1
        assert ("member.added", "old", 700) in run.handled

    with_store(act)


def test_what_one_has_left_is_told_and_forgotten() -> None:
    async def act(store: Store) -> None:
        api = Api(a=1, b=1)
        run = Run(api, store)

        async def leave(follower: Follower) -> None:
            await follower.sync()
            del api.vers["a"]
            await follower.sync()
            left = {"t": "user_event", "type": "conversation.left", "data": {"conversation_id": "a"}}
            follower.on_frame(left)
            await until_heads(store, {"conv:b": 1})

        await run.through(leave, lambda: bool(run.handled))
        assert run.handled == [("conversation.left", "a", None)]

    with_store(act)


def test_another_epoch_starts_everything_over() -> None:
    async def act(store: Store) -> None:
        api = Api(a=5, b=5)
        run = Run(api, store)

        async def restore(follower: Follower) -> None:
            await follower.sync()
            api.vers, api.epoch = {"a": 3, "b": 6}, "2"
            await follower.sync()
            await until_heads(store, {"conv:a": 3, "conv:b": 6})

        await run.through(restore, lambda: len(run.handled) >= 2)
        assert sorted(run.handled) == [("conversation.reset", "a", 3), ("conversation.reset", "b", 6)]

    with_store(act)


def test_what_has_no_number_is_passed_on() -> None:
    async def act(store: Store) -> None:
        run = Run(Api(a=1), store)

        async def say(follower: Follower) -> None:
            await follower.sync()
            follower.on_frame({"t": "typing", "conv": "a", "user": "ben"})
            follower.on_frame({"t": "user_event", "type": "notifications.changed", "data": {"unread": 1}})
            follower.on_frame({"t": "of a later version"})

        await run.through(say, lambda: len(run.handled) >= 2)
        assert run.handled == [("typing", "a", None), ("notifications.changed", None, None)]

    with_store(act)
