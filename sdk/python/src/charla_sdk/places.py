"""Where numbered events happen, and how those that were missed are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from charla_sdk.events import Event
from charla_sdk.generated.models import ChangeView, LogEntryView
from charla_sdk.generated.operations import Operations

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of what happened.

    Attributes:
        events: in the order of their numbers.
        last: the number of the last event that there is.
        more: whether there are further ones after these.
        reset: whether there never were as many as was asked from: older data was restored.
    """

    events: list[Event]
    last: int
    more: bool
    reset: bool = False


class Place(Protocol):
    """A conversation or a channel."""

    key: str

    async def events_after(self, number: int) -> Page:
        """Returns what happened after a number."""
        ...

    async def beginning(self) -> int:
        """Returns the number after which somebody who has just come begins."""
        ...

    def reset(self, number: int) -> Event:
        """Returns the event that says that older data was restored."""
        ...


class Conversation:
    """A conversation; its numbers are `ver`."""

    def __init__(self, api: Operations, conversation_id: str, user_id: str) -> None:
        self.key = f"conv:{conversation_id}"
        self._api = api
        self._id = conversation_id
        self._user_id = user_id

    async def events_after(self, number: int) -> Page:
        """See `Place`."""
        found = await self._api.list_changes(self._id, after_ver=number, limit=_PAGE)
        events = [conversation_event(each) for each in found["items"]]
        return Page(events, found["ver"], found["more"], found.get("reset", False))

    async def beginning(self) -> int:
        """Looks back for the moment in which the person was added; whoever was there from the start begins there."""
        end = (await self._api.get_conversation(self._id))["ver"]
        while end > 0:
            start = max(0, end - _PAGE)
            page = await self.events_after(start)
            for event in reversed([each for each in page.events if each.number is not None and each.number <= end]):
                if event.type == "member.added" and event.data.get("user_id") == self._user_id:
                    return (event.number or 1) - 1
            end = start
        return 0

    def reset(self, number: int) -> Event:
        """See `Place`."""
        return Event("conversation.reset", conversation_id=self._id, number=number)


class Channel:
    """A channel; its numbers are the `seq` of its log."""

    def __init__(self, api: Operations, channel_id: str) -> None:
        self.key = f"chan:{channel_id}"
        self._api = api
        self._id = channel_id

    async def events_after(self, number: int) -> Page:
        """See `Place`."""
        found = await self._api.list_log(self._id, after_seq=number, limit=_PAGE)
        return Page([_logged(each) for each in found["items"]], found["seq"], found["more"], found["seq"] < number)

    async def beginning(self) -> int:
        """Begins at the end: whoever follows a channel may read what was before."""
        return (await self._api.list_log(self._id, after_seq=0, limit=1))["seq"]

    def reset(self, number: int) -> Event:
        """See `Place`."""
        return Event("channel.reset", channel_id=self._id, number=number)


def conversation_event(change: ChangeView | dict[str, Any]) -> Event:
    """Returns a change, or the frame that tells of one, as an event."""
    return Event(change["type"], change["data"], conversation_id=change["conv"], number=change["ver"])


def channel_event(frame: dict[str, Any]) -> Event:
    """Returns the frame of a log's entry as an event."""
    return Event(frame["type"], frame["data"], channel_id=frame["channel"], number=frame["seq"])


def _logged(entry: LogEntryView) -> Event:
    """Returns an entry of a log as the live path tells of it."""
    data: Any = entry["data"] if entry["post"] is None else entry["post"]
    return Event(entry["type"], data, channel_id=entry["channel_id"], number=entry["seq"])
