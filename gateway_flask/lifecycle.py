"""A worker's beginning and its end."""

from __future__ import annotations

from typing import Any

import gevent

from gateway_flask import instances, metrics
from gateway_flask.live import hub
from gateway_flask.options import options
from gateway_flask.rpc import start_rpc, stop_rpc, wait_for_rpc
from gateway_flask.watch import Watch
from plumbing import logs
from plumbing.garbage import search_rarely
from plumbing.logs import get_logger
from plumbing.process_metrics import watch_loop

log = get_logger(__name__)

#: How long a new worker leaves who has come waiting at the door, rather than say that it cannot ask anybody yet. Nginx
#: chooses whoever has least to do, and nobody has less than one that refuses at once.
PATIENCE_S = 10.0


def start(worker: Any) -> None:
    """Connect to broker and Redis, and prepare for the signal to stop."""
    logs.configure()
    start_rpc()
    hub().start()
    Watch(hub()).start()
    gevent.spawn(metrics.serve_forever)
    gevent.spawn(metrics.sample_forever, lambda: worker.wsgi.in_flight, options().max_in_flight)
    watch_loop()
    gevent.spawn(instances.follow_forever)
    gevent.spawn(_drain_when_told, worker)
    search_rarely()
    wait_for_rpc(PATIENCE_S)
    log.info("gateway_worker_started", pid=worker.pid)


def _drain_when_told(worker: Any) -> None:
    """Watch for gunicorn's SIGTERM (which clears `worker.alive`), then let the sockets go."""
    while worker.alive:
        gevent.sleep(0.1)
    log.info("gateway_worker_draining", sockets=hub().socket_count)
    hub().drain()


def stop() -> None:
    """Close what `start` opened, after the last request was answered."""
    stop_rpc()
