"""The transactional outbox: events are rows first, and messages once their transaction is good."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event as Flag
from typing import Any

import amqp
import psycopg2
from nameko.extensions import Entrypoint
from sqlalchemy import Connection, Engine, MetaData, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session

from contracts.base import Event
from plumbing import codec, metrics, readiness, tracing
from plumbing.after_commit import after_commit
from plumbing.bus import BusLost
from plumbing.context import CallContext, current_call
from plumbing.database import new_engine
from plumbing.database_metrics import database_statistics
from plumbing.health import Health
from plumbing.logs import first_line, get_logger
from plumbing.prepared import Prepared
from plumbing.publisher import ConfirmedPublisher, Topic
from plumbing.settings import settings
from plumbing.tables import outbox_table
from plumbing.topology import DEAF_S, event_exchange
from plumbing.wake import wake_relay

log = get_logger(__name__)

BATCH = 500
#: How often a relay looks that nobody woke, in seconds.
LOOK_S = 0.5
_READY_LAG_S = 60.0
_COUNT_EVERY_S = 1.0
#: What a lost database raises; the second where psycopg2 is asked directly.
_AWAY = (SQLAlchemyError, psycopg2.Error, OSError)
_outbox = outbox_table(MetaData())
# All rows travel as one JSON text: far cheaper on both sides than a parameter for each value.
_INSERT = Prepared(
    """
INSERT INTO outbox (aggregate_id, event_id, version, name, source, body, traceparent)
SELECT aggregate_id, event_id, version, name, source, convert_to(body, 'UTF8'), traceparent
FROM json_to_recordset(:rows) AS x(
  aggregate_id text, event_id uuid, version bigint, name text, source text, body text, traceparent text
)
""",
    rows="json",
)
_OLDEST = Prepared(
    """
SELECT aggregate_id, event_id::text, version, name, source, body, traceparent, enqueued_at FROM outbox
ORDER BY enqueued_at, version LIMIT :most
""",
    most="integer",
)
_COUNT = text("SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT 100000) AS waiting")
_DELETE = Prepared(
    """
DELETE FROM outbox o USING unnest(:aggregates, :events::uuid[]) AS x(a, e)
WHERE o.aggregate_id = x.a AND o.event_id = x.e
""",
    aggregates="text[]",
    events="text[]",
)


def record_event(session: Session, event: Event) -> None:
    """Store `event` in the transaction of `session`; it is published after the commit."""
    record_events(session, [event])


def record_events(session: Session, events: Sequence[Event]) -> None:
    """Store all `events` by one statement in the transaction of `session`."""
    if not events:
        return
    rows = codec.encode([_row(event) for event in events]).decode()
    _INSERT.run(session, rows=rows)
    after_commit(session, wake_relay)


def _row(event: Event) -> dict[str, Any]:
    aggregate_id, version = event.aggregate()
    return {
        "aggregate_id": aggregate_id,
        "event_id": event.event_id,
        "version": version,
        "name": event.topic(),
        "source": event.source,
        "body": codec.encode(event).decode(),
        "traceparent": current_call().traceparent,
    }


class Relay:
    """Moves outbox rows to the broker in order, and deletes them once it has confirmed.

    Only one relay of a service works at a time (an advisory lock held by its connection); others
    stand by. Killed between publish and delete it publishes again: handlers know by `event_id`.
    """

    def __init__(self, service: str, engine: Engine, publisher: ConfirmedPublisher) -> None:
        self._service = service
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._publisher = publisher
        self._ask_again_at: dict[Topic, float] = {}
        self._count_again_at = 0.0
        self._statistics = database_statistics(service.removesuffix("_relay"))
        self._lead_is(False)

    def _lead_is(self, leading: bool) -> None:
        self.leading = leading
        metrics.RELAY_LEADING.labels(self._service).set(leading)

    def run(self, stopped: Flag) -> None:
        """Work until `stopped` is set, through every outage."""
        while not stopped.is_set():
            try:
                self._lead(stopped)
            except _AWAY as error:
                log.warning("relay_database_away", error=first_line(error))
                stopped.wait(0.5)

    def _lead(self, stopped: Flag) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
            try:
                guard.execute(text("LISTEN outbox"))
                while not self._locked(guard):
                    self._statistics.look(guard)
                    if stopped.wait(0.5):
                        return
                self._lead_is(True)
                while not stopped.is_set():
                    self._statistics.look(guard)
                    if self.relay_batch() < BATCH:
                        self._wait_for_more(guard)
            finally:
                self._lead_is(False)
                guard.invalidate()  # in the pool it would hold the lock for ever

    def _locked(self, guard: Connection) -> bool:
        return bool(guard.execute(text("SELECT pg_try_advisory_lock(hashtext('outbox_relay'))")).scalar())

    def _wait_for_more(self, guard: Connection) -> None:
        """Sleep until somebody says NOTIFY, or half a second."""
        raw: Any = guard.connection.driver_connection
        raw.poll()
        if not raw.notifies:
            _wait_readable(raw, LOOK_S)
            raw.poll()
        raw.notifies.clear()

    def relay_batch(self) -> int:
        """Publish and delete up to BATCH rows; return how many there were.

        When the broker does not confirm them the rows stay. No transaction is open while it is
        asked: an outage of the broker must not hold locks in the database.
        """
        rows = self._oldest()
        self._tell_lag(rows)
        if not rows:
            return 0
        try:
            self._publish([row for row in rows if self._may_be_heard(row)])
        except BusLost:
            log.warning("relay_broker_away", waiting=len(rows))
            return 0
        self._delete(rows)
        metrics.EVENTS_PUBLISHED.labels(self._service).inc(len(rows))
        return len(rows)

    def _tell_lag(self, rows: Sequence[Any]) -> None:
        lag_s = max(0.0, time.time() - rows[0].enqueued_at.timestamp()) if rows else 0.0
        metrics.OUTBOX_LAG_SECONDS.labels(self._service).set(lag_s)
        if len(rows) < BATCH:
            metrics.OUTBOX_ROWS.labels(self._service).set(len(rows))
        elif time.monotonic() >= self._count_again_at:
            # Not for each batch: a long queue would be read through as often as it has batches.
            metrics.OUTBOX_ROWS.labels(self._service).set(self._count())
            self._count_again_at = time.monotonic() + _COUNT_EVERY_S

    def _count(self) -> int:
        """Return how many rows wait, as far as that can be counted soon."""
        with self._reading.connect() as connection:
            return int(connection.execute(_COUNT).scalar_one())

    def _publish(self, rows: Sequence[Any]) -> None:
        begun, outcome = time.perf_counter(), "lost"
        try:
            unheard = self._publisher.publish([_message(row) for row in rows])
            outcome = "ok"
        finally:
            metrics.PUBLISH_SECONDS.labels(self._service, outcome).observe(time.perf_counter() - begun)
        self._ask_again_at.update(dict.fromkeys(unheard, time.monotonic() + DEAF_S))

    def _may_be_heard(self, row: Any) -> bool:
        """Tell whether a queue may be there for the event: most messages are nobody's business.

        The broker said so at most `DEAF_S` ago, which a deployment waits for after it made queues.
        """
        ask_again_at = self._ask_again_at.get((event_exchange(row.source).name, row.name), 0.0)
        return ask_again_at <= time.monotonic()

    def _oldest(self) -> Sequence[Any]:
        with self._reading.connect() as connection:
            return _OLDEST.run(connection, most=BATCH).all()

    def _delete(self, rows: Sequence[Any]) -> None:
        aggregates, events = [row.aggregate_id for row in rows], [row.event_id for row in rows]
        with self._engine.begin() as connection:
            _DELETE.run(connection, aggregates=aggregates, events=events)

    def lag_s(self) -> float:
        """Return the age in seconds of the oldest row, 0 when there is none."""
        with self._engine.connect() as connection:
            age = connection.execute(
                select(
                    func.extract(
                        "epoch",
                        func.clock_timestamp() - func.min(_outbox.c.enqueued_at),
                    )
                )
            ).scalar()
        return float(age or 0)


def _wait_readable(raw: Any, timeout_s: float) -> None:
    from eventlet.hubs import trampoline
    from eventlet.patcher import is_monkey_patched
    from eventlet.timeout import Timeout

    if is_monkey_patched("socket"):
        try:
            trampoline(raw, read=True, timeout=timeout_s, timeout_exc=TimeoutError)
        except (TimeoutError, Timeout):
            return
    else:
        import select as selecting

        selecting.select([raw], [], [], timeout_s)


def _message(row: Any) -> tuple[str, str, amqp.Message]:
    headers: dict[str, Any] = {"nameko.call_id_stack": [f"{row.source}.{row.name}.{row.event_id}"]}
    if row.traceparent:
        headers["nameko.traceparent"] = _sent_in(row)
    message = amqp.Message(
        bytes(row.body),
        content_type="application/json",
        content_encoding="utf-8",
        message_id=str(row.event_id),
        application_headers=headers,
    )
    return event_exchange(row.source).name, row.name, message


def _sent_in(row: Any) -> str:
    """Return the traceparent for who handles the event; its span shows how long the event was a row."""
    call = CallContext(traceparent=row.traceparent)
    if not tracing.is_traced(call):
        return str(row.traceparent)
    attributes = tracing.of_messages("send", event_exchange(row.source).name, row.name)
    sent, span = tracing.begin(f"send {row.name}", call, "producer", attributes, since=row.enqueued_at)
    tracing.end(span)
    return sent.traceparent or row.traceparent


class OutboxRelay(Entrypoint):
    """The entrypoint that runs a `Relay` for the whole life of its service."""

    def setup(self) -> None:
        conf = settings()
        name = self.container.service_name
        self._stopped = Flag()
        self._publisher = ConfirmedPublisher(self.container.config.get("AMQP_URI", conf.amqp_uri), name)
        self._engine = new_engine(conf.database_url, pool_size=3)
        self._relay = Relay(name, self._engine, self._publisher)
        readiness.register(f"outbox:{name}", self._check)

    def start(self) -> None:
        self._publisher.start()
        self._thread = self.container.spawn_managed_thread(lambda: self._relay.run(self._stopped))

    def stop(self) -> None:
        readiness.unregister(f"outbox:{self.container.service_name}")
        self._stopped.set()
        self._thread.wait()
        self._publisher.stop()
        self._engine.dispose()

    def kill(self) -> None:
        readiness.unregister(f"outbox:{self.container.service_name}")
        self._stopped.set()
        self._publisher.stop()

    def _check(self) -> str | None:
        if not self._publisher.connected:
            return "not connected to the broker"
        lag_s = self._relay.lag_s()
        return None if lag_s < _READY_LAG_S else f"the oldest event waits since {lag_s:.0f} s"


def relay_service(service: str, base: type[DeclarativeBase]) -> type[Any]:
    """Return the nameko service class that relays the outbox of `service`."""
    outbox_table(base.metadata)

    def relay(self: Any) -> None:
        """Only marks the class: the entrypoint itself does the work."""

    attributes = {
        "__doc__": f"Publishes the events of {service}.",
        "name": f"{service}_relay",
        "health": Health(),
        "relay": OutboxRelay.decorator()(relay),
    }
    return type("RelayService", (), attributes)
