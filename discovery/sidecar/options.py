"""What a sidecar is told by its environment."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """One instance, and where to tell of it.

    Attributes:
        app: What it is an instance of, such as `messaging` or `gateway`.
        host: Where others reach it; when empty, the address by which it reaches the registry.
        port: The port that it serves, or that of its health where it serves none.
        health_url: Answers 200 while it may be given work (`/readyz`).
        version: Of its code.
        registries: The registry's addresses with name and password; each may be asked.
        number: Tells instances of one app on one machine apart.
        metrics_port: Where Prometheus finds /metrics; 0 for nowhere.
    """

    app: str
    host: str
    port: int
    health_url: str
    version: str
    registries: tuple[str, ...]
    number: int = 1
    metrics_port: int = 0

    @property
    def instance_id(self) -> str:
        """The name under which the registry knows the instance, whatever its process id is."""
        return f"{socket.gethostname()}:{self.app}:{self.number}"


def options() -> Options:
    """Return what the environment says.

    Raises:
        KeyError: SIDECAR_APP, SIDECAR_PORT, SIDECAR_HEALTH_URL or EUREKA_URLS is missing.
    """
    found = os.environ
    return Options(
        app=found["SIDECAR_APP"],
        host=found.get("SIDECAR_HOST", "127.0.0.1"),
        port=int(found["SIDECAR_PORT"]),
        health_url=found["SIDECAR_HEALTH_URL"],
        version=found.get("SIDECAR_VERSION", "unknown"),
        registries=tuple(each.strip() for each in found["EUREKA_URLS"].split(",") if each.strip()),
        number=int(found.get("SIDECAR_NUMBER", "1")),
        metrics_port=int(found.get("SIDECAR_METRICS_PORT", "0")),
    )
