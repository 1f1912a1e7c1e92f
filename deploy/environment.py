"""The environment of a container: what `stack/environment.py` says for processes on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy import programs

if TYPE_CHECKING:
    from stack.topology import Program

Object = dict[str, Any]
# Which keys of which secrets a service is given beside its stores. Who has no such secret does without.
_SECRETS = {
    "media": {name: ("media-s3", name, True) for name in ("MEDIA_S3_ACCESS_KEY", "MEDIA_S3_SECRET_KEY")},
    "payments": {
        "STRIPE_SECRET_KEY": ("stripe", "STRIPE_SECRET_KEY", False),
        "STRIPE_WEBHOOK_SECRET": ("stripe", "STRIPE_WEBHOOK_SECRET", False),
    },
    "payments-sandbox": {
        "SANDBOX_KEY": ("stripe", "SANDBOX_KEY", False),
        "SANDBOX_WEBHOOK_SECRET": ("stripe", "SANDBOX_WEBHOOK_SECRET", False),
    },
    "auth": {"OIDC_PROVIDERS": ("oidc", "OIDC_PROVIDERS", True)},
}


def of_program(program: Program) -> list[Object]:
    """Returns the variables of a program, in the order in which they refer to each other."""
    found = [_value("SERVICE_NAME", program.service), _value("HEALTH_PORT", str(programs.HEALTH_PORT))]
    found += [] if program.alone else stores(program.service, database=programs.has_database(program))
    found += [_value(name, value) for name, value in _OWN.get(program.name, {}).items()]
    wanted = _SECRETS.get(program.name if program.alone else program.service, {})
    return [*found, *(_secret(name, *where) for name, where in wanted.items())]


def stores(service: str, *, database: bool, role: str = "") -> list[Object]:
    """Returns the addresses of database, broker and cache, each with a password of its own."""
    role = role or service
    found = []
    if database:
        found = [
            _secret("DATABASE_PASSWORD", f"postgres-{role.replace('_', '-')}", "password"),
            _value(
                "DATABASE_URL",
                f"postgresql+psycopg2://{role}:$(DATABASE_PASSWORD)@postgres-{service}-rw:5432/{service}",
            ),
        ]
    return [
        *found,
        _secret("RABBITMQ_PASSWORD", f"rabbitmq-{service}", "password"),
        _value("AMQP_URI", f"amqp://{service}:$(RABBITMQ_PASSWORD)@rabbitmq:5672/charla"),
        _secret("REDIS_PASSWORD", f"redis-{service}", "password"),
        # One server or a cluster: the overlay says. References are to variables of this list alone.
        _setting("REDIS_SCHEME"),
        _setting("REDIS_ADDRESS"),
        _value("REDIS_URL", f"$(REDIS_SCHEME)://{service}:$(REDIS_PASSWORD)@$(REDIS_ADDRESS)"),
        _secret("TOKEN_SECRET", f"token-{service}", "secret"),
    ]


_OWN = {
    "gateway": {
        "GATEWAY_BIND": f"0.0.0.0:{programs.DOORS['gateway']}",
        "METRICS_PORT": str(programs.HEALTH_PORT),
        "PROMETHEUS_MULTIPROC_DIR": "/tmp/prometheus",  # noqa: S108 - the container's own
    },
    "media-edge": {"MEDIA_EDGE_BIND": f"0.0.0.0:{programs.DOORS['media-edge']}"},
    "media-celery": {"PROMETHEUS_MULTIPROC_DIR": "/tmp/prometheus"},  # noqa: S108
    "media-celery-long": {"PROMETHEUS_MULTIPROC_DIR": "/tmp/prometheus"},  # noqa: S108
    "payments-sandbox": {
        "SANDBOX_BIND": f"0.0.0.0:{programs.DOORS['payments-sandbox']}",
        "SANDBOX_DIR": "/tmp/sandbox",  # noqa: S108
    },
}


def _value(name: str, value: str) -> Object:
    return {"name": name, "value": value}


def _setting(name: str) -> Object:
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": "settings", "key": name}}}


def _secret(name: str, secret: str, key: str, optional: bool = False) -> Object:  # noqa: FBT001, FBT002
    reference: Object = {"name": secret, "key": key}
    if optional:
        reference["optional"] = True
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}
