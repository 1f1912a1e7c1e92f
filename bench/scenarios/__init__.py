"""The scenarios by name, in the order in which a run takes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bench.ground import Ground
from bench.scenarios import (
    ads,
    baseline,
    channel,
    history,
    live,
    logins,
    many_sockets,
    media,
    memory,
    overload,
    payments,
    sends,
    slow,
)

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
    "payments": payments.into_one_account,
    "ads": ads.decisions,
}

#: What takes minutes, and is done by its name alone: `./charla bench overload`.
GROUPS: dict[str, dict[str, Scenario]] = {
    "overload": {
        "overload-sends": overload.sends,
        "overload-mix": overload.mix,
        "sockets": many_sockets.ten_thousand,
        "slow": slow.slow,
    },
}
BY_NAME: dict[str, Scenario] = SCENARIOS | {name: each for group in GROUPS.values() for name, each in group.items()}
