"""What waits, and how full the stores are, out of what all processes tell: the lower half of `status`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stack.figures import Figures

RED, YELLOW = "\x1b[31m", "\x1b[33m"
_DEAD, _RETRY = ".dead", ".retry."
_DEEPEST = 3
_LAG_S, _FULL = 10.0, 0.8


def sums(told: Mapping[str, Figures], broker: Figures | None, queues: Figures | None) -> dict[str, Any]:
    """Returns it; what nobody told is None, or empty."""
    return {
        "outbox": _outbox(told),
        "queues": _queues(queues),
        "cache": _cache(told),
        "database": _database(told),
        "redis": _redis(told),
        "broker": _broker(broker),
        "sockets": _sum(told, "charla_gateway_sockets"),
    }


def _outbox(told: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for each in told.values():
        for name, series in (("lag_s", "charla_outbox_lag_seconds"), ("rows", "charla_outbox_rows")):
            for labels, value in each.values(series):
                service = found.setdefault(labels["service"].removesuffix("_relay"), {"lag_s": 0.0, "rows": 0.0})
                service[name] = max(service[name], value)
    return found


def _queues(queues: Figures | None) -> dict[str, Any] | None:
    if queues is None:
        return None
    depth = {labels["queue"]: value for labels, value in queues.values("rabbitmq_detailed_queue_messages") if value}
    dead = {name: value for name, value in depth.items() if name.endswith(_DEAD)}
    retried = {name: value for name, value in depth.items() if _RETRY in name}
    waiting = {name: value for name, value in depth.items() if name not in dead and name not in retried}
    deepest = sorted(waiting, key=lambda name: -waiting[name])[:_DEEPEST]
    return {
        "messages": sum(waiting.values()),
        "deepest": {name: waiting[name] for name in deepest},
        "retried": sum(retried.values()),
        "dead": dead,
    }


def _cache(told: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for each in told.values():
        for labels, value in each.values("charla_cache_requests_total"):
            found[labels["cache"]][labels["outcome"]] += value
    return {name: {"asked": (asked := sum(by.values())), "hit_percent": _percent(by["hit"] + by["absent"], asked)}
            for name, by in found.items() if sum(by.values())}  # fmt: skip


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _database(told: Mapping[str, Figures]) -> dict[str, Any]:
    sizes = {
        labels["database"]: value
        for each in told.values()
        for labels, value in each.values("charla_database_size_bytes")
    }
    return {
        "connections": _most(told, "charla_database_server_connections"),
        "connections_max": _most(told, "charla_database_server_connections_max"),
        "longest_transaction_s": _most(told, "charla_database_longest_transaction_seconds"),
        "size_bytes": sizes,
    }


def _redis(told: Mapping[str, Figures]) -> dict[str, float | None]:
    names = ("up", "memory_bytes", "memory_max_bytes", "clients")
    return {name: _most(told, f"charla_redis_{name}") for name in names}


def _broker(broker: Figures | None) -> dict[str, Any] | None:
    if broker is None:
        return None
    alarms = ("memory_used_watermark", "free_disk_space_watermark")
    return {
        "connections": broker.total("rabbitmq_connections"),
        "memory_bytes": broker.total("rabbitmq_process_resident_memory_bytes"),
        "blocked": any(broker.total(f"rabbitmq_alarms_{each}") for each in alarms),
    }


def _most(told: Mapping[str, Figures], name: str) -> float | None:
    return max((value for each in told.values() for _, value in each.values(name)), default=None)


def _sum(told: Mapping[str, Figures], name: str) -> float | None:
    found = [value for each in told.values() for _, value in each.values(name)]
    return sum(found) if found else None


def lines(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields a name, what is to be said of it, and its colour: the empty one where all is well."""
    yield "outbox", *_say_outbox(found["outbox"])
    yield from _say_queues(found["queues"])
    cached = ", ".join(f"{name} {each['hit_percent']:.0f}%" for name, each in sorted(found["cache"].items()))
    yield "cache hits", cached or "nothing was asked yet", ""
    yield "database", *_say_database(found["database"])
    yield "redis", *_say_redis(found["redis"])
    yield "sockets", "-" if found["sockets"] is None else f"{found['sockets']:.0f}", ""
    free, total = found["disk"]["free_bytes"], found["disk"]["total_bytes"]
    yield "disk", f"{size(free)} of {size(total)} free", RED if free < (1 - _FULL) / 4 * total else ""


def _say_outbox(outbox: Mapping[str, Mapping[str, float]]) -> tuple[str, str]:
    if not outbox:
        return "nobody tells", YELLOW
    late = {name: each for name, each in outbox.items() if each["rows"]}
    if not late:
        return "empty", ""
    words = ", ".join(f"{name} {each['rows']:.0f} (oldest {seconds(each['lag_s'])})" for name, each in late.items())
    return words, YELLOW if any(each["lag_s"] > _LAG_S for each in late.values()) else ""


def _say_queues(queues: Mapping[str, Any] | None) -> Iterator[tuple[str, str, str]]:
    if queues is None:
        yield "queues", "the broker does not tell", YELLOW
        return
    deepest = ", ".join(f"{name} {count:.0f}" for name, count in queues["deepest"].items())
    waiting = f"{queues['messages']:.0f} waiting" + (f": {deepest}" if deepest else "")
    yield "queues", f"{waiting}; {queues['retried']:.0f} to be tried again", ""
    dead = ", ".join(f"{name} {count:.0f}" for name, count in queues["dead"].items())
    yield "dead", f"{dead} (./charla dead list)" if dead else "none", YELLOW if dead else ""


def _say_database(database: Mapping[str, Any]) -> tuple[str, str]:
    if database["connections"] is None:
        return "nobody tells", YELLOW
    used, most = database["connections"], database["connections_max"]
    whole = size(sum(database["size_bytes"].values()))
    words = f"{used:.0f} of {most:.0f} connections, {whole}, oldest transaction "
    return words + seconds(database["longest_transaction_s"]), RED if used > _FULL * most else ""


def _say_redis(redis: Mapping[str, float | None]) -> tuple[str, str]:
    if redis["up"] is None:
        return "nobody tells", YELLOW
    if not redis["up"] or redis["memory_bytes"] is None:
        return "does not answer", RED
    most = f" of {size(redis['memory_max_bytes'])}" if redis["memory_max_bytes"] else ""
    return f"{size(redis['memory_bytes'])}{most}, {redis['clients'] or 0:.0f} clients", ""


def size(count: float) -> str:
    """Returns bytes in a unit that suits them."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def seconds(count: float) -> str:
    """Returns a short time in a unit that suits it."""
    return f"{count * 1000:.0f} ms" if count < 1 else f"{count:.1f} s"
