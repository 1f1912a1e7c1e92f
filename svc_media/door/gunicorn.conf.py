# ruff: noqa: N999 - gunicorn wants that name
"""How gunicorn runs the edge: one gevent process. More of it are more instances, each with its own ports."""

from __future__ import annotations

from typing import Any

from plumbing.settings import settings
from svc_media.options import options

#: After this the requests that still run are told to keep what came, and to end.
_END_S = 8

worker_class = "plumbing.gevent_worker.DrainingWorker"
http_parser = "fast"
workers = 1
bind = options().edge_bind
worker_connections = 4_000
backlog = 1_024
keepalive = 75
timeout = 60
graceful_timeout = int(settings().drain_s) + _END_S
preload_app = False
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 8_190
limit_request_fields = 64
limit_request_field_size = 8_190
proc_name = "charla-media-edge"


def post_worker_init(worker: Any) -> None:
    """Start what a worker needs beside its requests."""
    from svc_media.door import lifecycle

    lifecycle.start(worker)


def worker_exit(server: Any, worker: Any) -> None:
    """Close a worker's connections; it has answered everything."""
    from svc_media.door import lifecycle

    lifecycle.stop(worker)
