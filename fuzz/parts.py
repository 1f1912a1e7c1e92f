"""The parts of a fuzz, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fuzz import media, messages, openapi, sockets, tokens, uploads
from fuzz.budget import Budget
from fuzz.site import Site
from fuzz.tally import Tally


class Part(NamedTuple):
    """What it does, and its share of the time."""

    run: Callable[[Site, Budget], Tally]
    share: float


PARTS: dict[str, Part] = {
    "http": Part(openapi.run, 8),
    "websocket": Part(sockets.run, 2),
    "amqp": Part(messages.run, 2),
    "tus": Part(uploads.run, 2),
    "media": Part(media.run, 4),
    "tokens": Part(tokens.run, 1),
}
