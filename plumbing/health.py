"""The door for operators of a Nameko service."""

from __future__ import annotations

from typing import Any

import eventlet
from nameko.extensions import DependencyProvider, SharedExtension

from plumbing.operators import application
from plumbing.settings import settings


class HealthServer(SharedExtension):
    """Serves the door on HEALTH_HOST:HEALTH_PORT; none when the port is 0."""

    def start(self) -> None:
        port = settings().health_port
        if not port:
            return
        self._socket = eventlet.listen((settings().health_host, port), reuse_port=False)
        self.container.spawn_managed_thread(self._serve)

    def _serve(self) -> None:
        from eventlet import wsgi

        wsgi.server(self._socket, application, log_output=False, debug=False)


class Health(DependencyProvider):
    """Put `health = Health()` in a service class to open the door."""

    server = HealthServer()

    def get_dependency(self, worker_ctx: Any) -> None:
        return None
