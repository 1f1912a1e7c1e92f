"""Frames and `sync` become events: each numbered one is handled once, in the order of its place."""

from __future__ import annotations

import asyncio
from typing import Any

from charla_sdk.events import Event, Handlers
from charla_sdk.generated.models import SyncView
from charla_sdk.generated.operations import Operations
from charla_sdk.lane import Lane
from charla_sdk.pace import Pace
from charla_sdk.places import Channel, Conversation, Place, channel_event, conversation_event
from charla_sdk.store import Store

Frame = dict[str, Any]

_CONV, _CHAN = "conv:", "chan:"
#: `sync` takes as many of each kind; what is left out comes back as unknown, which does no harm.
_MOST_HEADS = 5_000
#: These have no number, and no harm is done where one is missed; `channel.deleted` repeats a number.
_UNNUMBERED = frozenset({"typing", "receipt", "presence", "channel_counts", "media_event", "channel_event"})


class Follower:
    """Knows how far each conversation and channel was handled.

    The very first time it begins with what happens from now on; later, with what the store says was not handled yet.

    Args:
        api: asks for what was missed.
        store: keeps how far it is.
        handlers: are called.
        pace: how long to pause.
        user_id: who follows.
    """

    def __init__(self, api: Operations, store: Store, handlers: Handlers, pace: Pace, user_id: str) -> None:
        self._api = api
        self._store = store
        self._handlers = handlers
        self._pace = pace
        self._user_id = user_id
        self._heads: dict[str, int] = {}
        self._lanes: dict[str, Lane] = {}
        self._unnumbered: asyncio.Queue[Event] = asyncio.Queue()
        self._group: asyncio.TaskGroup | None = None
        self._held: list[Frame] | None = []

    async def run(self) -> None:
        """Handles events until it is cancelled."""
        async with asyncio.TaskGroup() as self._group:
            while True:
                await self._handlers.handle(await self._unnumbered.get())

    # what the socket says
    def on_frame(self, frame: Frame) -> None:
        """Takes a frame of the socket over."""
        if self._held is not None:
            self._held.append(frame)  # until the first sync has told from where on
        elif frame["t"] == "event":
            self._lane(_CONV + frame["conv"]).put(conversation_event(frame))
        elif frame["t"] == "channel_event" and frame["type"] != "channel.deleted":
            self._lane(_CHAN + frame["channel"]).put(channel_event(frame))
        elif frame["t"] == "user_event":
            self._on_user_event(frame["type"], frame["data"])
        else:
            self._on_other(frame)

    def _on_user_event(self, type_: str, data: dict[str, Any]) -> None:
        kind = _CONV if type_.startswith("conversation.") else _CHAN
        key = kind + str(data.get("conversation_id") or data.get("channel_id"))
        if type_ in ("conversation.joined", "channel.joined"):
            self._join(key)
        elif type_ in ("conversation.left", "channel.left"):
            self._leave(key)
        else:
            self._tell(Event(type_, data, channel_id=data.get("channel_id")))

    def _on_other(self, frame: Frame) -> None:
        kind: str = frame["t"]
        if kind in _UNNUMBERED:
            data = frame["data"] if "data" in frame else {name: frame[name] for name in frame if name != "t"}
            self._tell(Event(str(frame.get("type", kind)), data, frame.get("conv"), frame.get("channel")))

    # what sync says
    async def sync(self) -> None:
        """Asks what differs, and lets it be asked for.

        Raises:
            ProblemError: the server refused.
            Unreachable: there was no answer.
        """
        if self._held is not None:
            self._heads = await self._store.heads()
        heads = self._known()
        found = await self._api.sync({"heads": _of(heads, _CONV), "channels": _of(heads, _CHAN)})
        known_epoch = await self._store.fact("epoch")
        if known_epoch not in (None, found["epoch"]):
            await self._start_all_over(await self._api.sync({"heads": {}, "channels": {}}))
        elif known_epoch is None:
            await self._begin(found)
        else:
            self._catch_up(found)
        await self._store.set_fact("epoch", found["epoch"])
        self._release()

    def _known(self) -> dict[str, int]:
        return self._heads | {key: lane.head for key, lane in self._lanes.items() if lane.head is not None}

    async def _begin(self, found: SyncView) -> None:
        """The first time: from now on, with what the socket has told since it is open."""
        seen: dict[str, int] = {}
        for frame in self._held or ():
            if frame["t"] in ("event", "channel_event"):
                key, number = _key_and_number(frame)
                seen[key] = min(seen.get(key, number), number)
        for key, number in _numbers(found).items():
            self._heads[key] = min(number, seen.get(key, number + 1) - 1)
            await self._store.set_head(key, self._heads[key])

    def _catch_up(self, found: SyncView) -> None:
        for item in (*found["items"], *(found.get("channels") or ())):
            key, number = _key_and_number(item)
            if item.get("gone"):
                self._leave(key)
            elif item.get("reset"):
                self._lane(key).start_over(number)
            else:
                self._join(key)
                self._lane(key).reach(number)

    async def _start_all_over(self, found: SyncView) -> None:
        """Older data was restored: what came since may carry numbers that were used before."""
        numbers = _numbers(found)
        for key in self._known().keys() - numbers.keys():
            self._leave(key)
        for key, number in numbers.items():
            self._lane(key).start_over(number)

    def _release(self) -> None:
        held, self._held = self._held, None
        for frame in held or ():
            self.on_frame(frame)

    # places come and go
    def _is_known(self, key: str) -> bool:
        return key in self._lanes or key in self._heads

    def _join(self, key: str) -> None:
        if not self._is_known(key):
            self._tell(_moved(key, "joined"))
            self._lane(key)

    def _leave(self, key: str) -> None:
        if not self._is_known(key):
            return
        if (lane := self._lanes.pop(key, None)) is not None:
            lane.end()
        self._heads.pop(key, None)
        self._spawn(self._store.set_head(key, None))
        self._tell(_moved(key, "left"))

    def _lane(self, key: str) -> Lane:
        if key not in self._lanes:
            lane = Lane(self._place(key), self._heads.get(key), self._handlers.handle, self._save, self._pace)
            self._lanes[key] = lane
            self._spawn(self._run(key, lane))
        return self._lanes[key]

    def _place(self, key: str) -> Place:
        if key.startswith(_CONV):
            return Conversation(self._api, key.removeprefix(_CONV), self._user_id)
        return Channel(self._api, key.removeprefix(_CHAN))

    async def _run(self, key: str, lane: Lane) -> None:
        await lane.run()
        if self._lanes.get(key) is lane:
            del self._lanes[key]

    async def _save(self, key: str, number: int) -> None:
        if key in self._lanes:
            self._heads[key] = number
            await self._store.set_head(key, number)

    def hurry(self) -> None:
        """Ends all pauses: the network is back."""
        for lane in self._lanes.values():
            lane.hurry()

    def _spawn(self, work: Any) -> None:
        if self._group is None:
            message = "`run` has not begun"
            raise RuntimeError(message)
        self._group.create_task(work)

    def _tell(self, event: Event) -> None:
        if self._handlers.wants(event.type):
            self._unnumbered.put_nowait(event)


def _of(heads: dict[str, int], kind: str) -> dict[str, int]:
    found = {key.removeprefix(kind): number for key, number in heads.items() if key.startswith(kind)}
    return dict(list(found.items())[:_MOST_HEADS])


def _key_and_number(value: Any) -> tuple[str, int]:
    """Returns the place and the number of a frame, or of an item of `sync`."""
    if "conv" in value:
        return _CONV + value["conv"], value["ver"]
    return _CHAN + value["channel"], value["seq"]


def _numbers(found: SyncView) -> dict[str, int]:
    items = (*found["items"], *(found.get("channels") or ()))
    return dict(_key_and_number(item) for item in items if not item.get("gone"))


def _moved(key: str, what: str) -> Event:
    if key.startswith(_CONV):
        conversation_id = key.removeprefix(_CONV)
        return Event(f"conversation.{what}", {"conversation_id": conversation_id}, conversation_id=conversation_id)
    channel_id = key.removeprefix(_CHAN)
    return Event(f"channel.{what}", {"channel_id": channel_id}, channel_id=channel_id)
