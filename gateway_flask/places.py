"""What people follow live: conversations of svc_messaging and channels of svc_subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plumbing.live_channels import conversation_channel, followers_channel, presence_channel


@dataclass(frozen=True)
class Kind:
    """A kind of place.

    Attributes:
        name: As in its events, such as `channel.joined {channel_id}`.
        redis: The Redis channel that whoever is in the place follows.
        watched: What they may follow beside it.
    """

    name: str
    redis: Callable[[str], str]
    watched: tuple[Callable[[str], str], ...] = ()

    def everything(self, place_id: str) -> list[str]:
        """Return all Redis channels of a place."""
        return [name(place_id) for name in (self.redis, *self.watched)]

    def find_id(self, data: dict[str, Any]) -> str:
        """Return the place that an event's `data` names."""
        return str(data.get(f"{self.name}_id"))

    def joined(self, place_id: str) -> dict[str, Any]:
        """Return the frame that says: you are in it now."""
        return self._event("joined", place_id)

    def left(self, place_id: str) -> dict[str, Any]:
        """Return the frame that says: you are in it no longer."""
        return self._event("left", place_id)

    def _event(self, what: str, place_id: str) -> dict[str, Any]:
        return {"t": "user_event", "type": f"{self.name}.{what}", "data": {f"{self.name}_id": place_id}}


CONVERSATION = Kind("conversation", conversation_channel, (presence_channel,))
CHANNEL = Kind("channel", followers_channel)
#: The kinds by the types of the events that tell a person of them.
JOINED = {f"{kind.name}.joined": kind for kind in (CONVERSATION, CHANNEL)}
LEFT = {f"{kind.name}.left": kind for kind in (CONVERSATION, CHANNEL)}
