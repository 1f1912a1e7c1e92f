"""What the stack consists of: services, their processes and their ports.

A later service is added here, and nowhere else in `stack/`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# Services that own a database and talk over the bus.
SERVICES = ("auth", "messaging", "subscriptions", "media", "payments", "ads")
# Services whose tables belong to a role of their own, `SERVICE_owner`, which only their migrations sign in as.
OWNED_APART = ("payments",)
# Whoever else signs in to the broker and the cache, without a database.
CLIENTS = ("gateway",)
INFRASTRUCTURE = ("epmd", "rabbitmq", "redis", "postgres", "nginx")


@dataclass(frozen=True)
class Program:
    """An application process that the supervisor keeps alive.

    Attributes:
        name: its name in `status`, logs and the environment's file.
        service: whose database, broker user and cache user it signs in with.
        sources: the files that must exist, relative to the repository's root.
        command: a program of the virtual environment and its arguments.
        stop_seconds: how long it may drain before it is killed.
        unless: an outside setting that takes its place.
        alone: it signs in nowhere.
        number: which of its instances it is.
    """

    name: str
    service: str
    sources: tuple[str, ...]
    command: tuple[str, ...]
    stop_seconds: int = 20
    unless: str = ""
    alone: bool = False
    number: int = 1

    @property
    def base(self) -> str:
        """What all its instances are called together."""
        return self.name.removesuffix(f"-{self.number}")

    @property
    def package(self) -> str:
        """The folder of its code."""
        return self.sources[0].partition("/")[0]


# Who answers people goes before who works in the background, where there are few cores.
_NICENESS = {"service": 0, "relay": 5, "worker": 10, "notifier": 10}


def _nameko(service: str, module: str, name: str, service_class: str) -> Program:
    # The class is named because a module's imported door mixins look like services to nameko.
    package = f"svc_{service}"
    settings = f"{package}/config.yml"
    return Program(
        name,
        service,
        (f"{package}/{module}.py", settings),
        ("python", "-m", "stack.serve", settings, f"{package}.{module}:{service_class}", str(_NICENESS[module])),
    )


def _celery(name: str, lane: str) -> Program:
    # It finishes what it can within DRAIN_S, and hands the rest back to the broker.
    command = ("python", "-m", "svc_media.celery_worker", lane)
    return Program(name, "media", ("svc_media/celery_worker.py",), command, stop_seconds=30)


_GUNICORN = ("gunicorn", "-c", "gateway_flask/gunicorn.conf.py")

PROGRAMS = (
    _nameko("auth", "service", "auth", "AuthService"),
    _nameko("auth", "relay", "auth-relay", "RelayService"),
    _nameko("messaging", "service", "messaging", "MessagingService"),
    _nameko("messaging", "relay", "messaging-relay", "RelayService"),
    _nameko("messaging", "worker", "messaging-worker", "MessagingWorker"),
    _nameko("subscriptions", "service", "subscriptions", "SubscriptionsService"),
    _nameko("subscriptions", "relay", "subscriptions-relay", "RelayService"),
    _nameko("subscriptions", "worker", "subscriptions-worker", "SubscriptionsWorker"),
    _nameko("subscriptions", "notifier", "subscriptions-notifier", "Notifier"),
    _nameko("media", "service", "media", "MediaService"),
    _nameko("media", "relay", "media-relay", "RelayService"),
    _nameko("media", "worker", "media-worker", "MediaWorker"),
    *(_celery(f"media-celery{suffix}", lane) for suffix, lane in (("", "quick"), ("-long", "long"))),
    Program(
        "media-edge",
        "media",
        ("svc_media/edge.py", "svc_media/door/gunicorn.conf.py"),
        ("gunicorn", "-c", "svc_media/door/gunicorn.conf.py", "svc_media.edge:create_app()"),
        # Uploads under way get DRAIN_S to end by themselves; then they keep what came, and let go.
        stop_seconds=30,
    ),
    _nameko("payments", "service", "payments", "PaymentsService"),
    _nameko("payments", "relay", "payments-relay", "RelayService"),
    _nameko("payments", "worker", "payments-worker", "PaymentsWorker"),
    Program(
        "payments-sandbox",
        "payments",
        ("svc_payments/sandbox/app.py", "svc_payments/sandbox/gunicorn.conf.py"),
        ("gunicorn", "-c", "svc_payments/sandbox/gunicorn.conf.py", "svc_payments.sandbox.app:create_app()"),
        unless="STRIPE_SECRET_KEY",
        alone=True,
    ),
    _nameko("ads", "service", "ads", "AdsService"),
    _nameko("ads", "relay", "ads-relay", "RelayService"),
    _nameko("ads", "worker", "ads-worker", "AdsWorker"),
    Program(
        "gateway",
        "gateway",
        ("gateway_flask/app.py", "gateway_flask/gunicorn.conf.py"),
        (*_GUNICORN, "gateway_flask.app:create_app()"),
    ),
)

# The port that each name would like to have in the default run directory.
PORTS = {
    "http": 8080,
    "media-http": 8081,
    "postgres": 18032,
    "rabbitmq": 18072,
    "rabbitmq-dist": 18073,
    "rabbitmq-metrics": 18074,
    "epmd": 18069,
    "redis": 18079,
    "gateway": 18100,
    "gateway-health": 18101,
    "auth-health": 18110,
    "auth-relay-health": 18111,
    "messaging-health": 18120,
    "messaging-relay-health": 18121,
    "messaging-worker-health": 18122,
    "subscriptions-health": 18130,
    "subscriptions-relay-health": 18131,
    "subscriptions-worker-health": 18132,
    "subscriptions-notifier-health": 18133,
    "media-health": 18140,
    "media-relay-health": 18141,
    "media-worker-health": 18142,
    "media-edge": 18145,
    "media-edge-health": 18146,
    "media-celery-health": 18147,
    "media-celery-long-health": 18148,
    "payments-health": 18150,
    "payments-relay-health": 18151,
    "payments-worker-health": 18152,
    "payments-sandbox": 18155,
    "payments-sandbox-health": 18156,
    "ads-health": 18160,
    "ads-relay-health": 18161,
    "ads-worker-health": 18162,
    "discovery": 18170,
    "discovery-2": 18171,
}
# Ports of further instances follow these.
_FURTHER = 18_200


def program(name: str) -> Program:
    """Returns the application process of that name; KeyError when there is none."""
    return {each.name: each for each in PROGRAMS}[name]


def name_of(base: str, number: int) -> str:
    """Returns the name of an instance; the first has that of its program."""
    return base if number == 1 else f"{base}-{number}"


def names_of(base: str, count: int) -> list[str]:
    """Returns the names of so many instances."""
    return [name_of(base, number) for number in range(1, count + 1)]


def instances(programs: Iterable[Program], scale: Mapping[str, int]) -> list[Program]:
    """Returns the programs, as many of each as `scale` says by its name; one where it says nothing."""
    found = []
    for each in programs:
        further = range(2, scale.get(each.name, 1) + 1)
        found += [each, *(replace(each, name=name_of(each.name, number), number=number) for number in further)]
    return found


def wished_ports(programs: Iterable[Program]) -> dict[str, int]:
    """Returns the port that each name would like to have, those of further instances included."""
    wished = dict(PORTS)
    for each in programs:
        for kind in ("", "-health"):
            if each.number > 1 and f"{each.base}{kind}" in PORTS:
                wished[f"{each.name}{kind}"] = _FURTHER + len(wished) - len(PORTS)
    return wished


def unwritten(program: Program, root: Path) -> list[str]:
    """Returns the files that the program lacks to be started."""
    return [each for each in program.sources if not (root / each).exists()]


def written(root: Path) -> list[Program]:
    """Returns the programs that can be started, save those whose place something outside takes."""
    wanted = (each for each in PROGRAMS if not os.environ.get(each.unless))
    return [each for each in wanted if not unwritten(each, root)]


def owner(service: str) -> str:
    """Returns the database role that the service's tables belong to."""
    return f"{service}_owner" if service in OWNED_APART else service
