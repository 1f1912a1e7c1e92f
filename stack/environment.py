"""The environment of every component, one private file each."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from stack import media, topology
from stack.credentials import USER_ISSUER, Passwords, keys_folder
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from stack.rundir import RunDir

HOST = "127.0.0.1"
# The operator: may do everything, and is used by the tests, the drill and `dead`.
OPERATOR = "ops"
VHOST, TEST_VHOST = "charla", "charla-test"
# Eventlet announces its own end at every start, and Nameko's command line reads versions the old way.
_KNOWN_WARNINGS = "ignore::DeprecationWarning," + ",".join(
    f"ignore::Warning:nameko.{module}" for module in ("cli.main", "cli.commands", "containers", "extensions")
)
# What a person may set from outside, for the components named.
_PASSED_ON = {
    "*": ("LOG_LEVEL", "OTEL_ENDPOINT", "CALL_DEADLINE_MS", "DRAIN_S"),
    "auth": (
        "SMTP_HOST",
        "SMTP_PORT",
        "MAIL_FROM",
        "ARGON2_MEMORY_KIB",
        "ERASURE_GRACE_S",
        "OIDC_PROVIDERS",
        "OIDC_APP_REDIRECTS",
        "OUTGOING_ALLOW",
        "OUTGOING_PORTS",
        "SSL_CERT_FILE",
    ),
    "subscriptions": ("SMTP_HOST", "SMTP_PORT", "MAIL_FROM", "OUTGOING_ALLOW", "OUTGOING_PORTS"),
    "media": (
        "MEDIA_URL",
        "MEDIA_QUICK_WORKERS",
        "MEDIA_LONG_WORKERS",
        "MOVIEPY_PYTHON",
        "MEDIA_APP_ORIGINS",
        "MEDIA_QUOTA_BYTES",
        "MEDIA_MAX_BYTES",
        "MEDIA_MAX_UPLOADS",
        "MEDIA_UPLOAD_TTL_S",
        "MEDIA_LINK_TTL_S",
        "MEDIA_ORPHAN_GRACE_S",
        "OUTGOING_ALLOW",
        "OUTGOING_PORTS",
        "MEDIA_EDGE_UPLOADS",
        "MEDIA_STORAGE",
        "MEDIA_S3_ENDPOINT",
        "MEDIA_S3_BUCKET",
        "MEDIA_S3_REGION",
        "MEDIA_S3_PREFIX",
        "MEDIA_S3_ACCESS_KEY",
        "MEDIA_S3_SECRET_KEY",
    ),
    "gateway": (
        "MEDIA_URL",
        "WEB_CONCURRENCY",
        "GATEWAY_LIMITS_FACTOR",
        "GATEWAY_SEND_RATE",
        "GATEWAY_SEND_BURST",
        "GATEWAY_MAX_IN_FLIGHT",
        "GATEWAY_MAX_SOCKETS",
        "GATEWAY_TRUSTED_PROXIES",
    ),
}


def basic() -> dict[str, str]:
    """Returns what every process gets: a clean environment, not the caller's."""
    return {
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # The resolver of eventlet is 200 modules, 7 MiB of each process; `plumbing.addresses` uses threads.
        "EVENTLET_NO_GREENDNS": "yes",
    }


def connections(run: RunDir, ports: dict[str, int], user: str) -> dict[str, str]:
    """Returns the addresses of database, broker and cache for one of their users."""
    password = Passwords(run).get
    broker = f"amqp://{user}:{password(f'rabbitmq-{user}')}@{HOST}:{ports['rabbitmq']}"
    found = {
        "AMQP_URI": f"{broker}/{VHOST}",
        "REDIS_URL": f"redis://{user}:{password(f'redis-{user}')}@{HOST}:{ports['redis']}/0",
    }
    role, database = (user, user) if user != OPERATOR else ("postgres", "postgres")
    if user not in topology.CLIENTS:
        secret = password(f"postgres-{role}")
        found["DATABASE_URL"] = f"postgresql+psycopg2://{role}:{secret}@{HOST}:{ports['postgres']}/{database}"
    if user == OPERATOR:
        found["TEST_AMQP_URI"] = f"{broker}/{TEST_VHOST}"
    return found


def of_program(run: RunDir, ports: dict[str, int], program: topology.Program) -> dict[str, str]:
    """Returns the whole environment of an application process."""
    found = basic() | connections(run, ports, program.service) | _settings(run, ports)
    found |= {
        "PYTHONWARNINGS": _KNOWN_WARNINGS,
        "SERVICE_NAME": program.service,
        "TOKEN_SECRET": Passwords(run).get(f"token-{program.service}"),
        "HEALTH_PORT": str(ports[f"{program.name}-health"]),
    }
    if program.service in {"auth", "subscriptions"}:
        found |= {"SMTP_HOST": HOST, "SMTP_PORT": "2525", "MAIL_FROM": "charla@localhost"}
    if program.service == "media":
        found |= _of_media(run, ports)
    if program.name.startswith("media-celery"):
        found["PROMETHEUS_MULTIPROC_DIR"] = str(run.folder(program.name, "prometheus"))
    if program.service == "gateway":
        found |= {
            "GATEWAY_BIND": f"{HOST}:{ports['gateway']}",
            "METRICS_PORT": found["HEALTH_PORT"],
            "WEB_CONCURRENCY": "2",
            "MEDIA_URL": media_url(ports),
            "PROMETHEUS_MULTIPROC_DIR": str(run.folder("gateway", "prometheus")),
        }
    return found | _from_outside(program.service)


def _of_media(run: RunDir, ports: dict[str, int]) -> dict[str, str]:
    return {
        "MEDIA_DIR": str(media.folder(run)),
        "MEDIA_URL": media_url(ports),
        "MEDIA_APP_ORIGINS": ",".join(app_origins(ports)),
        "MEDIA_EDGE_BIND": f"{HOST}:{ports['media-edge']}",
        "MEDIA_EDGE_ACCEL": media.accel(run),
    }


def public_url(ports: dict[str, int]) -> str:
    """Returns where people open Charla; without a setting on this machine alone."""
    return os.environ.get("PUBLIC_URL") or f"http://localhost:{ports['http']}"


def media_url(ports: dict[str, int]) -> str:
    """Returns the origin of uploads and media."""
    return os.environ.get("MEDIA_URL") or f"http://localhost:{ports['media-http']}"


def app_origins(ports: dict[str, int]) -> list[str]:
    """Returns the origins whose pages may use media: on this machine, both of its names."""
    if os.environ.get("PUBLIC_URL"):
        return [os.environ["PUBLIC_URL"]]
    return [public_url(ports), f"http://{HOST}:{ports['http']}"]


def _settings(run: RunDir, ports: dict[str, int]) -> dict[str, str]:
    keys = keys_folder(run)
    return {
        "CHARLA_RUN_DIR": str(run.path),
        "LOG_LEVEL": "INFO",
        "PUBLIC_URL": public_url(ports),
        "AUTH_ISSUER": USER_ISSUER,
        "TOKEN_AUDIENCE": "charla",
        "KEYS_DIR": str(keys),
        "JWKS_FILE": str(keys / "jwks.json"),
    }


def _from_outside(service: str) -> dict[str, str]:
    names = (*_PASSED_ON["*"], *_PASSED_ON.get(service, ()))
    return {name: os.environ[name] for name in names if name in os.environ}


def write(run: RunDir, component: str, values: dict[str, str]) -> None:
    """Writes the file of a component, in a form that a shell can source."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items())]
    write_private(run.env_file(component), "".join(lines))


def read(path: Path) -> dict[str, str]:
    """Returns what a component's file holds."""
    pairs = (word.partition("=") for word in shlex.split(path.read_text()))
    return {name: value for name, _, value in pairs}
