"""A Celery worker as one of Charla's processes: `python -m svc_media.celery_worker quick|long`.

It answers /healthz, /readyz and /metrics like the others, logs as they do, and on SIGTERM finishes what
it can within DRAIN_S; the rest goes back to the broker.
"""

from __future__ import annotations

import gc
import os
import sys
import warnings
from pathlib import Path
from typing import Any

# Read by Celery when it is imported: SIGTERM is to end the worker softly, and not only after its last task.
os.environ["REMAP_SIGTERM"] = "SIGQUIT"

from celery import bootsteps, signals
from celery.platforms import SecurityWarning
from celery.worker.consumer import Consumer as CeleryConsumer
from sqlalchemy import text

from plumbing import logs, readiness, tracing
from plumbing.database import new_engine
from plumbing.exposition import empty_shared, forget_process
from plumbing.logs import get_logger
from plumbing.settings import settings
from svc_media import (
    operators,
    tasks,
    work,  # noqa: F401 - loaded before the fork, so that all children share it
)
from svc_media.processing.previews import moviepy_python
from svc_media.processing.sandbox import Sandbox

log = get_logger(__name__)

#: Name of the queue, and how much such a worker gives way to others.
_LANES = {"quick": (tasks.QUICK, 5), "long": (tasks.LONG, 10)}
_NOT_WANTED = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class Consumer(CeleryConsumer):
    """Celery's, without its 28 queues for tasks of the future: no task here has a time."""

    class Blueprint(CeleryConsumer.Blueprint):
        """Its steps."""

        default_steps = [each for each in CeleryConsumer.Blueprint.default_steps if each != _NOT_WANTED]  # noqa: RUF012


class _Watched(bootsteps.StartStopStep):
    """Lets readiness look at the consumer's connection, and declares the queues."""

    requires = ("celery.worker.consumer.connection:Connection",)

    def start(self, consumer: Any) -> None:
        for queue in tasks.QUEUES:
            queue(consumer.connection.default_channel).declare()
        readiness.register("broker", lambda: _connected(consumer))

    def stop(self, consumer: Any) -> None:
        readiness.register("broker", lambda: "not connected")


def _connected(consumer: Any) -> str | None:
    return None if consumer.connection and consumer.connection.connected else "not connected"


@signals.setup_logging.connect(weak=False)
def _set_up_logging(**_: Any) -> None:
    logs.configure()


@signals.worker_ready.connect(weak=False)
def _tell_ready(**_: Any) -> None:
    readiness.register("consumer", lambda: None)


@signals.worker_process_shutdown.connect(weak=False)
def _forget_child(pid: int, **_: Any) -> None:
    forget_process(pid)
    tracing.flush()


def _register_checks() -> None:
    engine = new_engine(settings().database_url, pool_size=1)

    def database() -> str | None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return None

    readiness.register("database", database)
    readiness.register("broker", lambda: "not connected yet")
    readiness.register("consumer", lambda: "not consuming yet")


def _tell_measures() -> None:
    """Log how tightly this machine lets files be locked in, so that nobody has to guess."""
    box = Sandbox(modules=())
    measures = box.start()
    box.close()
    log.info("sandbox", **measures, previews=Path(moviepy_python()).exists())


def main(lane: str) -> None:
    """Work until told to stop."""
    warnings.filterwarnings("ignore", category=SecurityWarning)  # root may be what gives sandboxes their users
    queue, niceness = _LANES[lane]
    os.nice(niceness)
    logs.configure()
    empty_shared()
    _tell_measures()
    _register_checks()
    operators.open_door()
    tasks.app.conf.worker_consumer = f"{Consumer.__module__}:Consumer"
    tasks.app.steps["consumer"].add(_Watched)
    concurrency = os.environ.get(f"MEDIA_{lane.upper()}_WORKERS", "1")
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]
    # What is loaded by now stays one copy for all children.
    gc.collect()
    gc.freeze()
    tasks.app.worker_main(["--quiet", "worker", "-Q", queue, "-c", concurrency, "-n", f"{lane}@charla", *quiet])


if __name__ == "__main__":
    # Under its own name, because Celery asks for `Consumer` by it.
    from svc_media import celery_worker

    celery_worker.main(sys.argv[1])
