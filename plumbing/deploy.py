"""Declare what a service needs on the broker, before any of its processes runs.

`python -m plumbing.deploy messaging [--keep-retired]`: from then on events wait for observers that have never run.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import time
from collections.abc import Iterator
from typing import Any

from kombu import Connection, Queue
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from plumbing.broadcast import Broadcast
from plumbing.endpoints import amqp_uris
from plumbing.observer import Observation
from plumbing.rpc import SafeRpc
from plumbing.settings import settings
from plumbing.topology import (
    DEAF_S,
    dead_queue,
    event_exchange,
    queues_around,
    rpc_queue,
)

_ROOMS = ("service", "worker", "notifier")


def service_classes(service: str) -> Iterator[type[Any]]:
    """Yield the classes that the processes of `service` run."""
    for room in _ROOMS:
        name = f"svc_{service}.{room}"
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        for _, found in inspect.getmembers(module, inspect.isclass):
            if isinstance(getattr(found, "name", None), str) and found.__module__ == name:
                yield found


def entrypoints(service_class: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield each method's name with each entrypoint that calls it."""
    for method_name, method in inspect.getmembers(service_class, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            yield method_name, entrypoint


def queues_of(service_class: type[Any]) -> list[Queue]:
    """Return every queue that `service_class` consumes, with those for retries and failures."""
    queues: dict[str, Queue] = {}
    for method_name, entrypoint in entrypoints(service_class):
        if isinstance(entrypoint, SafeRpc):
            main = rpc_queue(service_class.name)
            around = [dead_queue(main.name)]
        elif isinstance(entrypoint, Observation) and not isinstance(entrypoint, Broadcast):
            main = entrypoint.queue_in(service_class.name, method_name)
            around = queues_around(main.name)
        else:
            continue
        queues.update({queue.name: queue for queue in (*around, main)})
    return list(queues.values())


def declare(amqp_uri: str, service: str, *, retire: bool = True) -> list[str]:
    """Declare the exchange and the queues of `service`; return the queues' names.

    When it returns, every event reaches them: a relay may have thought until now that nobody hears it.
    What lies in the queue of an observer that its class calls retired goes with the queue, unless `retire` is
    False: older code that still runs would only make it again.
    """
    names = []
    with Connection(amqp_uri, connect_timeout=5) as connection:
        connection.ensure_connection(max_retries=len(amqp_uris(amqp_uri)), interval_start=0.2)
        channel = connection.channel()
        event_exchange(service)(channel).declare()
        for service_class in service_classes(service):
            for queue in queues_of(service_class):
                queue(channel).declare()
                names.append(queue.name)
            for retired in getattr(service_class, "retired_observers", ()) if retire else ():
                for queue in (Queue(retired), *queues_around(retired)):
                    queue(channel).delete()
    time.sleep(DEAF_S)
    return names


def main() -> None:
    """Declare for the service named on the command line."""
    started = time.monotonic()
    names = declare(settings().amqp_uri, sys.argv[1], retire="--keep-retired" not in sys.argv[2:])
    sys.stdout.write(f"{len(names)} queues of {sys.argv[1]} in {time.monotonic() - started:.1f} s\n")


if __name__ == "__main__":
    main()
