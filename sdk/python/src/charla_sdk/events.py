"""Events, and who handles them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger("charla_sdk")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        type: such as `message.created`, `post.published`, `conversation.joined` or `typing`; docs/wire-api.md has all.
            `conversation.reset` and `channel.reset` say that older data was restored: fetch the place anew.
        data: what it is about, such as the whole message.
        conversation_id: where it happened, if in a conversation.
        channel_id: where it happened, if in a channel.
        number: its `ver` in a conversation, its `seq` in a channel; None for what has none and may be missed.
    """

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    conversation_id: str | None = None
    channel_id: str | None = None
    number: int | None = None


Handler = Callable[[Event], Awaitable[None]]


class Handlers:
    """Which function handles which events."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[Handler]] = {}

    def add(self, type_: str, handler: Handler) -> None:
        """Lets a function handle the events of a type; `*` is all of them."""
        self._by_type.setdefault(type_, []).append(handler)

    def wants(self, type_: str) -> bool:
        """Returns whether somebody handles events of a type."""
        return type_ in self._by_type or "*" in self._by_type

    async def handle(self, event: Event) -> None:
        """Calls all handlers of an event, one after the other. What one raises is logged, and ends nothing else."""
        for handler in (*self._by_type.get(event.type, ()), *self._by_type.get("*", ())):
            try:
                await handler(event)
            except Exception:
                log.exception("a handler failed on %s %s", event.type, event.number)
