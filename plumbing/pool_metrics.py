"""How much of this process's database connections is in use."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakSet

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

_engines: WeakSet[Engine] = WeakSet()


class Pools(Collector):
    """The pools of this process, added up, save those of a single connection, which only hold a lock."""

    def collect(self) -> Iterator[Metric]:
        """Return the families; none where the process has no database."""
        pools = [engine.pool for engine in list(_engines) if isinstance(engine.pool, QueuePool)]
        pools = [pool for pool in pools if pool.size() > 1]
        if pools:
            size, used = sum(pool.size() for pool in pools), sum(pool.checkedout() for pool in pools)
            yield GaugeMetricFamily("charla_db_pool_size", "Connections that the pools hold at the most.", value=size)
            yield GaugeMetricFamily("charla_db_pool_in_use", "Connections that are in use.", value=used)


def watch_pool(engine: Engine) -> None:
    """Show the pool of `engine` among this process's metrics."""
    _engines.add(engine)


REGISTRY.register(Pools())
