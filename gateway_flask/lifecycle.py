"""A worker's beginning and its end."""

from __future__ import annotations

from typing import Any

import gevent

from gateway_flask import metrics
from gateway_flask.live import hub
from gateway_flask.rpc import start_rpc, stop_rpc
from gateway_flask.watch import Watch
from plumbing import logs
from plumbing.garbage import search_rarely
from plumbing.logs import get_logger

log = get_logger(__name__)


def start(worker: Any) -> None:
    """Connect to broker and Redis, and prepare for the signal to stop."""
    logs.configure()
    start_rpc()
    hub().start()
    Watch(hub()).start()
    gevent.spawn(metrics.serve_forever)
    gevent.spawn(_drain_when_told, worker)
    search_rarely()
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
