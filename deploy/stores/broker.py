"""Users and permissions of the broker, as `stack/rabbitmq.py` gives them on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack import rabbitmq, topology
from stack.environment import VHOST

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
_CLUSTER = {"name": "rabbitmq"}
# Whoever scales by the length of queues reads them, and does nothing else.
_WATCHER = "watcher"


def objects() -> Iterator[Object]:
    """Yields the virtual host, and each user with what it may do there."""
    yield _object("Vhost", VHOST, {"name": VHOST, "defaultQueueType": "classic"})
    for name in (*topology.SERVICES, *topology.CLIENTS):
        yield _user(name, [])
        yield _permission(name, rabbitmq.permissions(name))
    yield _user(_WATCHER, ["monitoring"])
    yield _permission(_WATCHER, {"configure": "^$", "write": "^$", "read": "^$"})


def _user(name: str, tags: list[str]) -> Object:
    return _object("User", name, {"tags": tags, "importCredentialsSecret": {"name": f"rabbitmq-{name}"}})


def _permission(name: str, permissions: dict[str, str]) -> Object:
    spec = {"vhost": VHOST, "userReference": {"name": name}, "permissions": permissions}
    return _object("Permission", name, spec)


def _object(kind: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "rabbitmq.com/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"charla.step": "stores"}},
        "spec": spec | {"rabbitmqClusterReference": _CLUSTER},
    }
