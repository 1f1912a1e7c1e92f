"""How many of a program run: by the processor time that they take, or by what waits in their queues."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy import programs
from deploy.objects import RUN

if TYPE_CHECKING:
    from stack.topology import Program

Object = dict[str, Any]


@dataclass(frozen=True)
class Range:
    """Of a program: how many at least and at most, and how many waiting messages are work for one more.

    Attributes:
        least: two where people wait for it, so that one may die.
        most: what it grows to.
        waiting: for programs with queues, the length of these for each replica.
        queues: their names, as a regular expression.
    """

    least: int
    most: int
    waiting: int = 0
    queues: str = ""


def _observers(service: str) -> str:
    # Not those for retries, which wait by intention, nor the parked, which more workers would not help.
    return rf"^evt-{service}--[a-z_]+--[a-z_]+$"


#: Relays are not here: of two, one leads and one stands by, and more would add nothing.
RANGES = {
    "gateway": Range(3, 40),
    "auth": Range(2, 12),
    "messaging": Range(3, 40),
    "subscriptions": Range(2, 20),
    "media": Range(2, 10),
    "media-edge": Range(2, 20),
    "payments": Range(2, 10),
    "ads": Range(2, 20),
    "subscriptions-notifier": Range(2, 20),
    "messaging-worker": Range(2, 10, 1_000, _observers("messaging")),
    "subscriptions-worker": Range(2, 20, 1_000, _observers("subscriptions")),
    "media-worker": Range(2, 8, 1_000, _observers("media")),
    "payments-worker": Range(2, 6, 500, _observers("payments")),
    "ads-worker": Range(2, 10, 1_000, _observers("ads")),
    "media-celery": Range(2, 40, 20, r"^media\.quick$"),
    "media-celery-long": Range(1, 40, 2, r"^media\.long$"),
}
#: Replicas of what does not scale.
STANDING_BY = 2
_CPU_PERCENT = 60


def scaler(program: Program) -> Object | None:
    """Returns what decides how many of a program run; nothing for those whose number is fixed."""
    wanted = RANGES.get(program.name)
    if wanted is None:
        return None
    return _by_queues(program, wanted) if wanted.queues else _by_processor(program, wanted)


def _by_processor(program: Program, wanted: Range) -> Object:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": program.name, "labels": {"charla.step": RUN}},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": program.name},
            "minReplicas": wanted.least,
            "maxReplicas": wanted.most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "AverageValue", "averageValue": f"{_full_load(program)}m"},
                    },
                }
            ],
            # Sockets move when a gateway goes, and caches are cold when a service comes: shrink slowly.
            "behavior": {
                "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [_policy("Percent", 100, 30)]},
                "scaleDown": {"stabilizationWindowSeconds": 600, "policies": [_policy("Pods", 1, 120)]},
            },
        },
    }


def _full_load(program: Program) -> int:
    """Returns the thousandths of a core at which another one is started: of those it can use, not of those promised."""
    interpreters = 2 if program.name == "gateway" else 1
    return interpreters * 1_000 * _CPU_PERCENT // 100


def _policy(kind: str, value: int, period_s: int) -> Object:
    return {"type": kind, "value": value, "periodSeconds": period_s}


def _by_queues(program: Program, wanted: Range) -> Object:
    re.compile(wanted.queues)
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": program.name, "labels": {"charla.step": RUN}},
        "spec": {
            "scaleTargetRef": {"name": program.name},
            "minReplicaCount": wanted.least,
            "maxReplicaCount": wanted.most,
            "pollingInterval": 15,
            "cooldownPeriod": 300,
            # While the broker's door does not answer, as many as are enough for a usual day.
            "fallback": {"failureThreshold": 4, "replicas": wanted.least},
            "triggers": [
                {
                    "type": "rabbitmq",
                    "metadata": {
                        "protocol": "http",
                        "vhostName": "charla",
                        "mode": "QueueLength",
                        "value": str(wanted.waiting),
                        "queueName": wanted.queues,
                        "useRegex": "true",
                        "operation": "sum",
                        "excludeUnacknowledged": "false",
                    },
                    "authenticationRef": {"name": "rabbitmq"},
                },
                {"type": "cpu", "metricType": "AverageValue", "metadata": {"value": f"{_full_load(program)}m"}},
            ],
        },
    }


def fixed() -> list[str]:
    """Returns the programs of which as many run as an overlay says."""
    from stack import topology  # noqa: PLC0415 - only here

    return [each.name for each in topology.PROGRAMS if each.name not in RANGES and each.name not in programs.FOR_TRIAL]
