# ruff: noqa: N999 - gunicorn wants that name
"""How gunicorn runs the gateway. Everything that holds a connection is made in a worker, after the fork."""

from __future__ import annotations

import os
from typing import Any

from plumbing.settings import settings

worker_class = "gateway_flask.worker.Worker"
http_parser = "fast"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
bind = settings().gateway_bind
worker_connections = 25_000
backlog = 2_048
keepalive = 75
timeout = 60
graceful_timeout = 8
preload_app = False
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 8_190
limit_request_fields = 64
limit_request_field_size = 16_380
proc_name = "charla-gateway"


def on_starting(server: Any) -> None:
    """Empty the folder in which workers share their metrics."""
    from plumbing.exposition import empty_shared

    empty_shared()


def post_worker_init(worker: Any) -> None:
    """Start what a worker needs beside its requests."""
    from gateway_flask import lifecycle

    lifecycle.start(worker)


def worker_exit(server: Any, worker: Any) -> None:
    """Close a worker's connections; it has answered everything."""
    from gateway_flask import lifecycle

    lifecycle.stop()


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the metrics."""
    from plumbing.exposition import forget_process

    forget_process(worker.pid)
