"""The scenarios by name, in the order in which a run takes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.ground import Ground
from bench.scenarios import baseline, channel, history, live, logins, media, memory, sends

Scenario = Callable[[Ground], Awaitable[None]]

SCENARIOS: dict[str, Scenario] = {
    "memory-at-rest": memory.at_rest,
    "postgresql": baseline.commits,
    "flask": baseline.plain_flask,
    "sends-one-room": sends.one_room,
    "sends-many-rooms": sends.many_rooms,
    "live-latency": live.latency,
    "fan-out": live.fan_out,
    "history": history.pages,
    "logins": logins.logins,
    "idle-sockets": memory.idle_sockets,
    "channel": channel.post_to_all,
    "media": media.media,
}
