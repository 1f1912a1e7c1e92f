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
        charla_version: Which code it runs, as its metrics tell.
        database_url: SQLAlchemy URL of the service's own database.
        amqp_uri: Broker address with the service's own user, or several (see `plumbing.endpoints`).
        amqp_quorum_size: On how many nodes of a cluster of brokers a queue begins; 0 where there is one broker.
        redis_url: Redis address with the service's own ACL user, or that of a cluster (see `plumbing.endpoints`).
        public_url: Where people open Charla.
        hsts_subdomains: `on` where browsers are to keep to HTTPS below that host's name, too; `off` otherwise.
        health_host: Address for /healthz, /readyz and /metrics; a container is asked from outside: `0.0.0.0`.
        health_port: Port there; 0 for none.
        keys_dir: Folder with `jwks.json` and `<service>/<kid>.pem` (Ed25519).
        token_secret: What seals and signs for this service alone.
        token_secret_before: Those before it, the newest first, with spaces between them; they open and verify.
        smtp_tls: How mails are handed over: `off`, `starttls`, or `on` (TLS from the first byte, as at port 465).
        outgoing_ports: Ports that requests to the outside may use.
        outgoing_hosts: The only hosts they may go to, e.g. `push.example.org, *.example.com`; empty for any.
        outgoing_allow: Exceptions from `plumbing.addresses` for tests and development, e.g. a push
            service on this machine: `127.0.0.1:9000,[::1]:9000`.
        oidc_providers: Who people may sign in with: JSON, or the path of a file (see svc_auth/README.md).
        oidc_app_redirects: Addresses of native apps that may take the answer of such a sign-in.
        otel_endpoint: Where spans are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`; empty for nowhere.
        otel_sample_ratio: Share of requests that spans are made of, from 0 to 1.
        otel_delay_ms: Time that spans wait to be sent together.
        call_deadline_ms: Life of a call that came with no deadline of its own.
    """

    service_name: str = "unnamed"
    charla_version: str = "unknown"
    database_url: str = ""
    amqp_uri: str = "amqp://127.0.0.1:5672/charla"
    amqp_quorum_size: int = 0
    redis_url: str = ""
    health_host: str = "127.0.0.1"
    health_port: int = 0
    metrics_port: int = 0
    log_level: str = "INFO"
    keys_dir: Path = Path(".run/secrets/keys")
    auth_issuer: str = "charla-auth"
    token_audience: str = "charla"  # noqa: S105 - a public name
    token_secret: str = ""
    token_secret_before: str = ""
    public_url: str = "http://localhost:8080"
    hsts_subdomains: str = "off"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 2525
    smtp_tls: str = "off"
    mail_from: str = "Charla <charla@localhost>"
    oidc_providers: str = ""
    oidc_app_redirects: str = ""
    gateway_bind: str = "127.0.0.1:8000"
    call_deadline_ms: int = 2_000
    drain_s: float = 10.0
    otel_endpoint: str = ""
    otel_sample_ratio: float = 1.0
    otel_delay_ms: int = 2_000
    outgoing_ports: str = "80,443,1025-65535"
    outgoing_hosts: str = ""
    outgoing_allow: str = ""

    @classmethod
    def from_environment(cls, environment: dict[str, str]) -> Settings:
        """Return settings from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: A number is not a number, or a switch neither on nor off.
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(field.name.upper())
            if text is not None:
                values[field.name] = type(getattr(cls, field.name))(text)
        found = cls(**values)  # type: ignore[arg-type]
        if found.hsts_subdomains not in {"on", "off"}:
            raise ValueError(f"HSTS_SUBDOMAINS is on or off, not {found.hsts_subdomains!r}")
        if found.smtp_tls not in {"off", "starttls", "on"}:
            raise ValueError(f"SMTP_TLS is off, starttls or on, not {found.smtp_tls!r}")
        return found


@cache
def settings() -> Settings:
    """Return this process's settings, read once."""
    return Settings.from_environment(dict(os.environ))
