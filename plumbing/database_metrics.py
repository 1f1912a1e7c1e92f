"""A service's own database in figures, as PostgreSQL counts them; its relay looks from time to time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from plumbing.logs import first_line, get_logger

log = get_logger(__name__)

_EVERY_S = 15.0
_STATISTICS = text("""
SELECT d.xact_commit, d.xact_rollback, d.blks_hit, d.blks_read, d.deadlocks, d.temp_bytes,
  pg_database_size(d.datid) AS size_bytes, current_setting('max_connections')::int AS most,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS of_all
FROM pg_stat_database d WHERE d.datname = current_database()
""")
_ACTIVITY = text("""
SELECT coalesce(state, 'unknown') AS state, count(*) AS n,
  coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::float AS longest_s
FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1
""")
_COUNTERS = {
    "xact_commit": ("commits", "Transactions that were committed."),
    "xact_rollback": ("rollbacks", "Transactions that were rolled back."),
    "blks_hit": ("blocks_hit", "Blocks that were in PostgreSQL's memory."),
    "blks_read": ("blocks_read", "Blocks that were not."),
    "deadlocks": ("deadlocks", "Deadlocks that were broken."),
    "temp_bytes": ("temporary_bytes", "Bytes that sorts and joins wrote to the disk."),
}


class DatabaseStatistics(Collector):
    """What was last seen of the database of `service`."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._seen: Any = None
        self._activity: list[Any] = []
        self._next_at = 0.0

    def look(self, connection: Connection) -> None:
        """Look again, where the last time is long enough ago; what cannot be seen keeps nobody from their work."""
        if time.monotonic() < self._next_at:
            return
        self._next_at = time.monotonic() + _EVERY_S
        try:
            self._seen = connection.execute(_STATISTICS).one()
            self._activity = list(connection.execute(_ACTIVITY))
        except SQLAlchemyError as error:
            log.warning("statistics_unseen", database=self._service, error=first_line(error))

    def collect(self) -> Iterator[Metric]:
        """Return the families; none before the first look."""
        if self._seen is None:
            return
        for column, (name, about) in _COUNTERS.items():
            counter = CounterMetricFamily(f"charla_database_{name}", about, labels=["database"])
            counter.add_metric([self._service], float(getattr(self._seen, column)))
            yield counter
        yield self._gauge("size_bytes", "Bytes on the disk.", self._seen.size_bytes)
        yield self._gauge("server_connections", "Connections to the whole server.", self._seen.of_all)
        yield self._gauge("server_connections_max", "Connections that the server takes.", self._seen.most)
        longest_s = max((row.longest_s for row in self._activity), default=0.0)
        yield self._gauge("longest_transaction_seconds", "Age of the oldest open transaction.", longest_s)
        connections = GaugeMetricFamily(
            "charla_database_connections", "Connections by what they do.", labels=["database", "state"]
        )
        for row in self._activity:
            connections.add_metric([self._service, row.state], row.n)
        yield connections

    def _gauge(self, name: str, about: str, value: float) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(f"charla_database_{name}", about, labels=["database"])
        gauge.add_metric([self._service], float(value))
        return gauge


@cache
def database_statistics(service: str) -> DatabaseStatistics:
    """Return the one collector of a service's database, shown from now on."""
    collector = DatabaseStatistics(service)
    REGISTRY.register(collector)
    return collector
