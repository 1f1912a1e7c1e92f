"""What each program needs in a cluster, beside what `stack/topology.py` says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stack import topology

if TYPE_CHECKING:
    from stack.topology import Program

#: The door of operators (/healthz, /readyz, /metrics) of every process.
HEALTH_PORT = 8090
#: Programs that others call over HTTP, and their port.
DOORS = {"gateway": 8000, "media-edge": 8001, "payments-sandbox": 8092}
#: Programs that only an installation without a payment provider runs; a component of their own.
FOR_TRIAL = frozenset({"payments-sandbox"})
#: How long a door goes on serving after its end was decided, until everybody has heard of it, in seconds.
DEREGISTER_S = 5


@dataclass(frozen=True)
class Need:
    """What a container is given.

    Attributes:
        cpu: cores that it is sure of, in thousandths.
        memory: MiB that it is sure of: what it takes at rest, with a margin.
        most_cpu: cores that it may take. One interpreter uses one; more are native threads or children.
        most_memory: MiB above which it is ended.
        priority: which pods give way to it (`base/priorities.yaml`).
    """

    cpu: int
    memory: int
    most_cpu: int
    most_memory: int
    priority: str


_BY_KIND = {
    "service": Need(250, 160, 1, 512, "charla-door"),
    "relay": Need(50, 128, 1, 256, "charla-work"),
    "worker": Need(100, 160, 1, 512, "charla-work"),
    "notifier": Need(100, 160, 1, 512, "charla-work"),
}
_BY_NAME = {
    # argon2id takes 64 MiB for each of at most four hashes at once, in threads.
    "auth": Need(500, 448, 4, 768, "charla-door"),
    # Two workers, 5,000 sockets each at 25 to 30 KiB.
    "gateway": Need(1_000, 512, 2, 1_536, "charla-door"),
    "media-edge": Need(250, 192, 2, 1_024, "charla-door"),
    "media-celery": Need(500, 512, 2, 2_048, "charla-batch"),
    "media-celery-long": Need(1_000, 1_024, 4, 4_096, "charla-batch"),
    "payments-sandbox": Need(50, 128, 1, 256, "charla-batch"),
}
# Whoever speaks with strangers: identity providers, push services, webhooks, web pages, Stripe, S3, mail.
_OUTSIDE = frozenset(
    {
        "auth",
        "subscriptions-worker",
        "subscriptions-notifier",
        "media",
        "media-edge",
        "media-worker",
        "media-celery",
        "media-celery-long",
        "payments",
        "payments-worker",
    }
)
# Whose uploads and work lie in the shared folder.
_FILES = frozenset({"media", "media-edge", "media-worker", "media-celery", "media-celery-long"})


def kind(program: Program) -> str:
    """Returns `service`, `relay`, `worker`, `notifier`, or the program's own name."""
    rest = program.name.removeprefix(program.service).lstrip("-")
    return rest if rest in _BY_KIND else "service" if not rest and program.name not in _BY_NAME else program.name


def need(program: Program) -> Need:
    """Returns what the program is given."""
    return _BY_NAME.get(program.name) or _BY_KIND[kind(program)]


def speaks_outside(program: Program) -> bool:
    """Tells whether it may reach addresses on the Internet."""
    return program.name in _OUTSIDE


def has_files(program: Program) -> bool:
    """Tells whether it works in the folder of media."""
    return program.name in _FILES


def has_database(program: Program) -> bool:
    """Tells whether it signs in to a database."""
    return not program.alone and program.service not in topology.CLIENTS


def image(program: Program) -> str:
    """Returns the image's name, as a target of `compose/Dockerfile`; overlays say where it comes from."""
    if program.name.startswith("media-celery"):
        return "charla/media-celery"
    return f"charla/{program.name if program.name in DOORS else program.service}"


@dataclass(frozen=True)
class Batch:
    """A job of `svc_*/jobs` that runs by the clock (UTC)."""

    service: str
    job: str
    schedule: str

    @property
    def name(self) -> str:
        """What it is called in the cluster."""
        return f"{self.service}-{self.job.replace('_', '-')}"


BATCHES = (
    Batch("ads", "check_budgets", "20 1 * * *"),
    Batch("ads", "verify_auctions", "40 1 * * *"),
    Batch("media", "collect_orphans", "15 3 * * *"),
    Batch("payments", "check_ledger", "0 2 * * *"),
    Batch("payments", "reconcile", "30 2 * * *"),
    Batch("payments", "repair_entitlements", "0 4 * * 0"),
    Batch("subscriptions", "prune", "45 3 * * *"),
    Batch("subscriptions", "rebuild_entitlements", "30 4 * * 0"),
)
