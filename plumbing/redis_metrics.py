"""Redis in figures, as it tells them itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis import Redis, RedisError

_GAUGES = {
    "used_memory": ("memory_bytes", "Memory in use."),
    "maxmemory": ("memory_max_bytes", "Memory that it may use; 0 for no limit."),
    "connected_clients": ("clients", "Connections."),
    "maxclients": ("clients_max", "Connections that it takes."),
    "pubsub_channels": ("channels", "Channels that somebody listens to."),
}
_COUNTERS = {
    "total_commands_processed": ("commands", "Commands."),
    "keyspace_hits": ("keys_hit", "Reads that found their key."),
    "keyspace_misses": ("keys_missed", "Reads that did not."),
    "evicted_keys": ("keys_evicted", "Keys dropped because the memory was full."),
    "expired_keys": ("keys_expired", "Keys whose time was over."),
    "rejected_connections": ("connections_rejected", "Connections that were one too many."),
    "total_error_replies": ("errors", "Commands that were answered by an error."),
}


class RedisStatistics(Collector):
    """Asks at each scrape; of a cluster every node, whose figures are added up."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def collect(self) -> Iterator[Metric]:
        """Return `charla_redis_up`, and the rest where it is."""
        nodes = self._ask()
        yield GaugeMetricFamily("charla_redis_up", "1 where Redis answers.", value=int(bool(nodes)))
        if not nodes:
            return
        for field, (name, about) in _GAUGES.items():
            yield GaugeMetricFamily(f"charla_redis_{name}", about, value=_sum(nodes, field))
        for field, (name, about) in _COUNTERS.items():
            yield CounterMetricFamily(f"charla_redis_{name}", about, value=_sum(nodes, field))

    def _ask(self) -> list[dict[str, Any]]:
        try:
            said: Any = self._redis.info()
        except (RedisError, OSError):
            return []
        return (
            list(said.values())
            if said and all(isinstance(each, dict) and "used_memory" in each for each in said.values())
            else [said]
        )


def _sum(nodes: list[dict[str, Any]], field: str) -> float:
    return float(sum(node.get(field, 0) for node in nodes))
