"""The environment of every component, one private file each."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from stack import media, scaling, sources, tls, topology
from stack.credentials import USER_ISSUER, Passwords, keys_folder
from stack.places import HOST as HOST
from stack.places import address, bind, outside
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from stack.rundir import RunDir

# The operator: may do everything, and is used by the tests, the drill and `dead`.
OPERATOR = "ops"
VHOST, TEST_VHOST = "charla", "charla-test"
# Eventlet announces its own end at every start, and Nameko's command line reads versions the old way.
_KNOWN_WARNINGS = "ignore::DeprecationWarning," + ",".join(
    f"ignore::Warning:nameko.{module}" for module in ("cli.main", "cli.commands", "containers", "extensions")
)
# What a person may set from outside, for the components named.
_PASSED_ON = {
    "*": ("LOG_LEVEL", "OTEL_ENDPOINT", "OTEL_SAMPLE_RATIO", "OTEL_DELAY_MS", "CALL_DEADLINE_MS", "DRAIN_S"),
    "auth": (
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_TLS",
        "MAIL_FROM",
        "ARGON2_MEMORY_KIB",
        "ERASURE_GRACE_S",
        "SECOND_FACTOR",
        "OIDC_PROVIDERS",
        "OIDC_APP_REDIRECTS",
        "OUTGOING_ALLOW",
        "OUTGOING_HOSTS",
        "OUTGOING_PORTS",
        "SSL_CERT_FILE",
    ),
    "subscriptions": (
        "SMTP_HOST",
        "SMTP_PORT",
        "SMTP_TLS",
        "MAIL_FROM",
        "OUTGOING_ALLOW",
        "OUTGOING_HOSTS",
        "OUTGOING_PORTS",
        "SSL_CERT_FILE",
    ),
    "media": (
        "MEDIA_URL",
        "HSTS_SUBDOMAINS",
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
        "OUTGOING_HOSTS",
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
    "payments": (
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_API_BASE",
        "PAYMENTS_FEE_BPS",
        "PAYMENTS_HOLD_S",
        "PAYMENTS_GRACE_S",
        "PAYMENTS_PERIOD_DAYS",
        "AD_FREE_PRICE",
        "PAYMENTS_INSTALLATION",
    ),
    "ads": ("ADS_CURRENCY", "AD_EVERY_POSTS"),
    "gateway": (
        "ADS_CURRENCY",
        "MEDIA_URL",
        "HSTS_SUBDOMAINS",
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
    login = Passwords(run).login("rabbitmq", user)
    broker = f"amqp://{login}:{password(f'rabbitmq-{login}')}@{address(ports, 'rabbitmq')}"
    found = {
        "AMQP_URI": f"{broker}/{VHOST}",
        "REDIS_URL": f"redis://{user}:{password(f'redis-{user}')}@{address(ports, 'redis')}/0",
    }
    name = user if user != OPERATOR else "postgres"
    if user not in topology.CLIENTS:
        found["DATABASE_URL"] = database_url(run, ports, name, name)
    if user == OPERATOR:
        found["TEST_AMQP_URI"] = f"{broker}/{TEST_VHOST}"
    return found


def database_url(run: RunDir, ports: dict[str, int], role: str, database: str) -> str:
    """Returns the address of a database for one of its roles."""
    login = Passwords(run).login("postgres", role)
    secret = Passwords(run).get(f"postgres-{login}")
    return f"postgresql+psycopg2://{login}:{secret}@{address(ports, 'postgres')}/{database}"


def of_program(run: RunDir, ports: dict[str, int], program: topology.Program) -> dict[str, str]:
    """Returns the whole environment of an application process."""
    found = basic() | _settings(run, ports)
    found |= {
        "PYTHONWARNINGS": _KNOWN_WARNINGS,
        "SERVICE_NAME": program.service,
        "HEALTH_PORT": str(ports[f"{program.name}-health"]),
        "CHARLA_VERSION": sources.version(ROOT, program.package),
    }
    if not program.alone:
        found |= connections(run, ports, program.service)
        found["TOKEN_SECRET"] = Passwords(run).get(f"token-{program.service}")
        if before := Passwords(run).find(f"token-{program.service}-before"):
            found["TOKEN_SECRET_BEFORE"] = before
    if program.service in {"auth", "subscriptions"}:
        found |= {"SMTP_HOST": HOST, "SMTP_PORT": "2525", "MAIL_FROM": "charla@localhost"}
    if program.service == "media":
        found |= _of_media(run, ports, program)
    if program.name.startswith("media-celery"):
        found["PROMETHEUS_MULTIPROC_DIR"] = str(run.folder(program.name, "prometheus"))
    if program.service == "payments":
        found |= _of_payments(run, ports, program)
    if program.service == "gateway":
        found |= {
            "GATEWAY_BIND": bind(ports, program.name),
            "METRICS_PORT": found["HEALTH_PORT"],
            "EUREKA_URLS": registry_url(run, ports),
            "CHARLA_EPOCH": epoch(run),
            "WEB_CONCURRENCY": "2",
            "MEDIA_URL": media_url(run, ports),
            "PROMETHEUS_MULTIPROC_DIR": str(run.folder(program.name, "prometheus")),
        }
    return found | _from_outside(program.service)


def _of_media(run: RunDir, ports: dict[str, int], program: topology.Program) -> dict[str, str]:
    return {
        "MEDIA_DIR": str(media.folder(run)),
        "MEDIA_URL": media_url(run, ports),
        "MEDIA_APP_ORIGINS": ",".join(app_origins(run, ports)),
        "MEDIA_EDGE_BIND": bind(ports, program.name if program.base == "media-edge" else "media-edge"),
        "MEDIA_EDGE_ACCEL": media.accel(run),
    }


def _of_payments(run: RunDir, ports: dict[str, int], program: topology.Program) -> dict[str, str]:
    """Returns how the provider is found, which is the sandbox where no key of a real one is given."""
    if os.environ.get("STRIPE_SECRET_KEY"):
        return {}
    key, secret = (f"{kind}_{Passwords(run).get(f'stripe-{kind}')}" for kind in ("sk_test", "whsec"))
    if program.name != "payments-sandbox":
        api = f"http://{address(ports, 'payments-sandbox')}"
        return {"STRIPE_SECRET_KEY": key, "STRIPE_WEBHOOK_SECRET": secret, "STRIPE_API_BASE": api}
    return {
        "SANDBOX_KEY": key,
        "SANDBOX_WEBHOOK_SECRET": secret,
        "SANDBOX_WEBHOOK_URL": f"http://{address(ports, 'gateway')}/v1/webhooks/stripe",
        "SANDBOX_PUBLIC_URL": f"http://{outside(ports, 'payments-sandbox')}",
        "SANDBOX_BIND": bind(ports, "payments-sandbox"),
        "SANDBOX_DIR": str(run.folder("payments-sandbox")),
    }


def epoch(run: RunDir) -> str:
    """Returns what is another one since each restore of a backup."""
    note = run.path / "epoch"
    return note.read_text().strip() if note.exists() else "1"


def registries(run: RunDir) -> list[str]:
    """Returns the names of the registry's servers: `./charla up --scale discovery=2` makes them two peers."""
    return topology.names_of("discovery", scaling.remembered(run).get("discovery", 1))


def registry_url(run: RunDir, ports: dict[str, int], without: str = "") -> str:
    """Returns where clients of the registry find its servers, with what they sign in by; commas between them.

    Args:
        run: the run directory.
        ports: those of all.
        without: a server that is left out.
    """
    secret = Passwords(run).get("eureka")
    found = [each for each in registries(run) if each in ports and each != without]
    return ",".join(f"http://charla:{secret}@{address(ports, each)}/eureka/" for each in found)


def public_url(run: RunDir, ports: dict[str, int]) -> str:
    """Returns where people open Charla; without a setting on this machine alone."""
    return os.environ.get("PUBLIC_URL") or f"{tls.scheme(run)}://localhost:{ports['http']}"


def media_url(run: RunDir, ports: dict[str, int]) -> str:
    """Returns the origin of uploads and media."""
    return os.environ.get("MEDIA_URL") or f"{tls.scheme(run)}://localhost:{ports['media-http']}"


def app_origins(run: RunDir, ports: dict[str, int]) -> list[str]:
    """Returns the origins whose pages may use media: on this machine, both of its names."""
    if os.environ.get("PUBLIC_URL"):
        return [os.environ["PUBLIC_URL"]]
    return [public_url(run, ports), f"{tls.scheme(run)}://{HOST}:{ports['http']}"]


def _settings(run: RunDir, ports: dict[str, int]) -> dict[str, str]:
    keys = keys_folder(run)
    return {
        "CHARLA_RUN_DIR": str(run.path),
        "LOG_LEVEL": "INFO",
        "PUBLIC_URL": public_url(run, ports),
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
    write_private(run.env_file(component), lines(values))


def lines(values: dict[str, str]) -> str:
    """Returns the lines of such a file."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))


def read(path: Path) -> dict[str, str]:
    """Returns what a component's file holds."""
    pairs = (word.partition("=") for word in shlex.split(path.read_text()))
    return {name: value for name, _, value in pairs}
