"""The one place that reads configuration: the environment of the process."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Typed settings of a process; each field is the environment variable of the same name.

    Attributes:
        service_name: Who this process is on the bus, e.g. `messaging`.
        database_url: SQLAlchemy URL of the service's own database.
        amqp_uri: Broker address with the service's own user.
        redis_url: Redis address with the service's own ACL user.
        health_port: Port on 127.0.0.1 for /healthz, /readyz and /metrics; 0 for none.
        keys_dir: Folder with `jwks.json` and `<service>/<kid>.pem` (Ed25519).
        outgoing_ports: Ports that requests to the outside may use.
        outgoing_allow: Exceptions from `plumbing.addresses` for tests and development, e.g. a push
            service on this machine: `127.0.0.1:9000,[::1]:9000`.
        oidc_providers: Who people may sign in with: JSON, or the path of a file (see svc_auth/README.md).
        oidc_app_redirects: Addresses of native apps that may take the answer of such a sign-in.
        call_deadline_ms: Life of a call that came with no deadline of its own.
    """

    service_name: str = "unnamed"
    database_url: str = ""
    amqp_uri: str = "amqp://127.0.0.1:5672/charla"
    redis_url: str = ""
    health_port: int = 0
    metrics_port: int = 0
    log_level: str = "INFO"
    keys_dir: Path = Path(".run/secrets/keys")
    auth_issuer: str = "charla-auth"
    token_audience: str = "charla"  # noqa: S105 - a public name
    token_secret: str = ""
    public_url: str = "http://localhost:8080"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    mail_from: str = "Charla <charla@localhost>"
    oidc_providers: str = ""
    oidc_app_redirects: str = ""
    gateway_bind: str = "127.0.0.1:8000"
    call_deadline_ms: int = 2_000
    drain_s: float = 10.0
    otel_endpoint: str = ""
    outgoing_ports: str = "80,443,1025-65535"
    outgoing_allow: str = ""

    @classmethod
    def from_environment(cls, environment: dict[str, str]) -> Settings:
        """Return settings from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: A number is not a number.
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(field.name.upper())
            if text is not None:
                values[field.name] = type(getattr(cls, field.name))(text)
        return cls(**values)  # type: ignore[arg-type]


@cache
def settings() -> Settings:
    """Return this process's settings, read once."""
    return Settings.from_environment(dict(os.environ))
