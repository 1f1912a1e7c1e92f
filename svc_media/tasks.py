"""Celery's tasks: what takes long with media. Messages hold an id and nothing else.

Importable everywhere: decoders are loaded by whoever carries a task out (`svc_media.work`).

A task is acknowledged when it has ended, so one whose worker dies is delivered again. Trouble that is
ours (no database, no disk) hands it back after a pause; after 20 deliveries the broker parks it in
`<queue>.dead`, where `./charla dead` shows it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery, Task
from celery.exceptions import Reject, SoftTimeLimitExceeded
from kombu import Exchange, Queue

from plumbing import tracing
from plumbing.context import TRACEPARENT, CallContext, current_call, working_on
from plumbing.logs import get_logger
from plumbing.settings import settings
from plumbing.topology import dead_name, dead_queue, quorum
from svc_media import metrics

log = get_logger(__name__)

QUICK, LONG = "media.quick", "media.long"
_EXCHANGE = Exchange("media.quick", type="direct", durable=True)
_MOST_DELIVERIES, _MOST_WAITING = 20, 1_000_000
_MINUTE, _HOUR = 60, 3_600
_KIB_A_CHILD = 400_000
_LONGEST_PAUSE_S = 30.0


def _queue(name: str) -> Queue:
    return Queue(
        name,
        exchange=_EXCHANGE,
        routing_key=name,
        durable=True,
        queue_arguments={
            **quorum(),
            "x-delivery-limit": _MOST_DELIVERIES,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_name(name),
            "x-max-length": _MOST_WAITING,
            "x-overflow": "reject-publish",
        },
    )


#: Every queue of this file; `plumbing.deploy` does not know Celery, so whoever sends or works declares them.
QUEUES = tuple(each for name in (QUICK, LONG) for each in (dead_queue(name), _queue(name)))

app = Celery("svc_media", broker=settings().amqp_uri, set_as_current=False)
app.conf.update(
    task_queues=[each for each in QUEUES if each.name in (QUICK, LONG)],
    task_default_queue=QUICK,
    task_create_missing_queues=False,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    result_backend=None,
    task_acks_late=True,
    task_acks_on_failure_or_timeout=True,
    task_reject_on_worker_lost=True,
    task_send_sent_event=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    worker_prefetch_multiplier=1,
    worker_max_memory_per_child=_KIB_A_CHILD,
    worker_max_tasks_per_child=500,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=settings().drain_s,
    worker_hijack_root_logger=False,
    worker_proc_alive_timeout=60.0,
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_heartbeat=10,
    broker_pool_limit=2,
    enable_utc=True,
)


def enqueue(media_id: str, *, long: bool) -> None:
    """Have a media processed; a video (`long`) gets its poster from the quick queue meanwhile.

    Raises:
        kombu.exceptions.OperationalError: The broker does not take it; nothing is lost if the caller tries again.
    """
    if long:
        _send(make_poster, media_id, QUICK)
    _send(process_media, media_id, LONG if long else QUICK)


def enqueue_store(upload_id: str) -> None:
    """Have a complete upload stored whose receiver has died.

    Raises:
        kombu.exceptions.OperationalError: The broker does not take it.
    """
    _send(store_upload, upload_id, QUICK)


def _send(task: Task, some_id: str, queue: str) -> None:
    """Return once the broker has the message on its disk."""
    with app.producer_pool.acquire(block=True, timeout=5) as producer:
        for each in QUEUES:
            producer.maybe_declare(each)
        task.apply_async(
            args=[some_id],
            queue=queue,
            producer=producer,
            headers={TRACEPARENT: _sent_in(task.name, queue)},
            retry=True,
            retry_policy={"max_retries": 2},
        )


def _sent_in(task: str, queue: str) -> str | None:
    call, span = tracing.begin(
        f"send {task}", current_call(), "producer", tracing.of_messages("send", _EXCHANGE.name, queue)
    )
    tracing.end(span)
    return call.traceparent


@app.task(name="media.process", bind=True, soft_time_limit=4 * _HOUR, time_limit=4 * _HOUR + 5 * _MINUTE)
def process_media(self: Task, media_id: str) -> None:
    """Process a media to its end; one that has come to it is left alone."""
    from svc_media import work

    _carry_out(self, media_id, lambda: work.process_media(media_id, quick=_queue_of(self) == QUICK))


@app.task(name="media.poster", bind=True, soft_time_limit=3 * _MINUTE, time_limit=4 * _MINUTE)
def make_poster(self: Task, media_id: str) -> None:
    """Show a video's poster before the rest is done."""
    from svc_media import work

    _carry_out(self, media_id, lambda: work.make_poster(media_id))


@app.task(name="media.store", bind=True, soft_time_limit=_HOUR, time_limit=_HOUR + 5 * _MINUTE)
def store_upload(self: Task, upload_id: str) -> None:
    """Store a complete upload."""
    from svc_media import work

    _carry_out(self, upload_id, lambda: work.store_upload(upload_id))


def _queue_of(task: Task) -> str:
    return str((task.request.delivery_info or {}).get("routing_key"))


def _carry_out(task: Task, some_id: str, work: Any) -> None:
    """Do the work; hand the task back where we are why it cannot be done.

    Raises:
        Reject: The broker is to deliver it again.
    """
    call = CallContext(traceparent=_traceparent_of(task))
    described = tracing.of_messages("process", _queue_of(task), task.name)
    with (
        tracing.span(f"process {task.name}", call, "consumer", described) as traced,
        working_on(traced),
        metrics.TASKS_RUNNING.track_inprogress(),
        _timed(task.name),
    ):
        _work_on(task, some_id, work)


def _traceparent_of(task: Task) -> str | None:
    """Return the trace of whoever had the task done; a message from before there was one has none."""
    trace = (task.request.headers or {}).get(TRACEPARENT) or getattr(task.request, TRACEPARENT, None)
    return trace if isinstance(trace, str) else tracing.new_traceparent()


@contextmanager
def _timed(name: str) -> Iterator[None]:
    started, outcome = time.monotonic(), "failed"
    try:
        yield
        outcome = "ok"
    finally:
        metrics.TASK_SECONDS.labels(name, outcome).observe(time.monotonic() - started)


def _work_on(task: Task, some_id: str, work: Any) -> None:
    started = time.monotonic()
    try:
        work()
    except SoftTimeLimitExceeded:
        log.warning("task_too_slow", task=task.name, id=some_id, seconds=round(time.monotonic() - started))
        raise
    except Exception as error:
        log.exception("task_handed_back", task=task.name, id=some_id, deliveries=_deliveries(task))
        time.sleep(min(_LONGEST_PAUSE_S, 2.0 ** _deliveries(task)))
        raise Reject(reason=type(error).__name__, requeue=True) from error
    log.info("task_done", task=task.name, id=some_id, seconds=round(time.monotonic() - started, 3))


def _deliveries(task: Task) -> int:
    """Return how often the message was delivered before."""
    count = (task.request.headers or {}).get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0
