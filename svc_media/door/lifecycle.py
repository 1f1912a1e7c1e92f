"""A process of the edge: what runs beside its requests, and how it ends."""

from __future__ import annotations

from typing import Any

import gevent
from gevent.pywsgi import WSGIServer

from plumbing import logs, operators
from plumbing.garbage import search_rarely
from plumbing.logs import get_logger
from plumbing.process_metrics import watch_loop
from plumbing.rpc import ServiceClient
from plumbing.settings import settings
from svc_media.door import sessions
from svc_media.door.world import World

log = get_logger(__name__)

#: How long a new process leaves who has come waiting at the door, rather than say that it cannot ask anybody yet.
PATIENCE_S = 10.0


def start(worker: Any) -> None:
    """Open the door for operators, and prepare for the signal to stop."""
    logs.configure()
    gevent.spawn(_serve_operators)
    gevent.spawn(sessions.watch, ServiceClient(worker.wsgi.world.caller, "auth", by_itself=True))
    gevent.spawn(_drain_when_told, worker, worker.wsgi.world)
    watch_loop()
    search_rarely()
    worker.wsgi.world.caller.wait_connected(PATIENCE_S)
    log.info("media_edge_started", pid=worker.pid)


def stop(worker: Any) -> None:
    """Close the connection to the broker."""
    app = getattr(worker, "wsgi", None)
    if app is not None:
        app.world.caller.stop()


def _serve_operators() -> None:
    """Serve /healthz, /readyz and /metrics on HEALTH_HOST:HEALTH_PORT."""
    port = settings().health_port
    if port:
        WSGIServer((settings().health_host, port), operators.application, log=None).serve_forever()


def _drain_when_told(worker: Any, world: World) -> None:
    """Watch for gunicorn's SIGTERM (which clears `worker.alive`): take no more, and end what does not end in time."""
    while worker.alive:
        gevent.sleep(0.1)
    world.running.refuse_more()
    log.info("media_edge_draining", uploads=len(world.running))
    gevent.sleep(settings().drain_s)
    world.running.stop_all()
