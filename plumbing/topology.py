"""Names and arguments of what lies on the broker. They are part of the wire: changing the arguments of
a queue that exists means giving it a new name.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from kombu import Exchange, Queue

from plumbing.settings import settings

RPC_EXCHANGE = Exchange("nameko-rpc", type="topic", durable=True)
RETRY_DELAYS_MS = (500, 2_000, 8_000, 30_000, 120_000)
#: How long a relay believes that nobody hears a topic, in seconds.
DEAF_S = 1.0
DIRECT_REPLY = "amq.rabbitmq.reply-to"

_MAX_RPC_WAITING = 20_000
_MAX_EVENTS_WAITING = 5_000_000
_MAX_PARKED = 1_000_000
_DELIVERY_LIMIT = 20


def owner_of(service_name: str) -> str:
    """Return the service that a process belongs to: `messaging_worker` belongs to `messaging`."""
    return service_name.partition("_")[0]


def quorum() -> dict[str, Any]:
    """Return the arguments of a queue that a majority of brokers keeps; of one broker, where there is one."""
    size = settings().amqp_quorum_size
    return {"x-queue-type": "quorum", **({"x-quorum-initial-group-size": size} if size else {})}


@cache
def event_exchange(source: str) -> Exchange:
    """Return the topic exchange on which the service `source` tells its events."""
    return Exchange(f"{source}.events", type="topic", durable=True)


def rpc_queue(service: str) -> Queue:
    """Return the queue of calls to `service`.

    Calls are transient (they expire with their deadline and their callers repeat them), so this is a
    classic queue: see docs/adr/0004-rpc-queues.md. In a cluster it is made anew on another node when its own dies,
    which only a queue that is not durable can be: see docs/adr/0031-more-than-one-machine.md.
    """
    return Queue(
        f"rpc-{service}",
        exchange=RPC_EXCHANGE,
        routing_key=f"{service}.*",
        durable=not settings().amqp_quorum_size,
        queue_arguments={
            "x-max-length": _MAX_RPC_WAITING,
            "x-overflow": "reject-publish",
        },
    )


def event_queue(event_name: str, source: str, service: str, handler: str, only: str | None = None) -> Queue:
    """Return the queue in which `handler` of `service` gets the events `event_name`: all, or those with a facet."""
    name = f"evt-{owner_of(service)}--{event_name}--{handler}"
    return Queue(
        name,
        exchange=event_exchange(source),
        routing_key=f"{event_name}.#.{only}.#" if only else f"{event_name}.#",
        durable=True,
        queue_arguments={
            **quorum(),
            "x-delivery-limit": _DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_name(name),
            "x-max-length": _MAX_EVENTS_WAITING,
            "x-overflow": "reject-publish",
        },
    )


def dead_name(queue: str) -> str:
    """Return the name of the queue that keeps what `queue` could not handle."""
    return f"{queue}.dead"


def dead_queue(queue: str) -> Queue:
    """Return the queue that keeps what `queue` could not handle, until somebody looks."""
    return Queue(
        dead_name(queue),
        durable=True,
        queue_arguments={**quorum(), "x-max-length": _MAX_PARKED},
    )


def retry_name(queue: str, attempt: int) -> str:
    """Return the name of the queue in which failed attempt number `attempt` (from 1) waits."""
    return f"{queue}.retry.{RETRY_DELAYS_MS[attempt - 1]}"


def retry_queues(queue: str) -> list[Queue]:
    """Return the queues in which failed messages wait; each gives them back to `queue` after its delay."""
    return [
        Queue(
            f"{queue}.retry.{delay}",
            durable=True,
            queue_arguments={
                **quorum(),
                "x-message-ttl": delay,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": queue,
            },
        )
        for delay in RETRY_DELAYS_MS
    ]


def queues_around(queue: str) -> list[Queue]:
    """Return the queues that an observer's messages are moved to when it fails."""
    return [*retry_queues(queue), dead_queue(queue)]
