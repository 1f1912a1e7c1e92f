"""Databases: a cluster for each service, or one cluster with a database for each (docs/adr/0030)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack import topology

if TYPE_CHECKING:
    from collections.abc import Iterator

Object = dict[str, Any]
_STEP = {"charla.step": "stores"}
# Cores and GiB of memory, and GiB of disk: what grows most has most (docs/scale.md).
_SIZES = {
    "messaging": (4, 16, 500),
    "subscriptions": (2, 8, 200),
    "payments": (2, 8, 100),
    "ads": (2, 8, 200),
    "auth": (1, 4, 50),
    "media": (1, 4, 50),
}
_PARAMETERS = {
    # As in stack/postgres.py: an acknowledged write is on a disk, here on two.
    "synchronous_commit": "on",
    "max_connections": "400",
    "random_page_cost": "1.1",
    "wal_compression": "on",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def of_services() -> Iterator[Object]:
    """Yields a cluster of three for each service, and the schedule of its backups."""
    for service in topology.SERVICES:
        yield _cluster(service)
        yield backups(f"postgres-{service}")
        yield _door(service)


def _cluster(service: str) -> Object:
    owner = topology.owner(service)
    cores, memory, disk = _SIZES[service]
    spec = {
        "instances": 3,
        "bootstrap": {"initdb": {"database": service, "owner": owner, "secret": {"name": _secret(owner)}}},
        "postgresql": {
            "parameters": _PARAMETERS
            | {"shared_buffers": f"{memory * 256}MB", "effective_cache_size": f"{memory * 768}MB"},
            # One of two standbys has it before an answer says so; which one does not matter.
            "synchronous": {"method": "any", "number": 1, "dataDurability": "required"},
        },
        "resources": {
            "requests": {"cpu": str(cores), "memory": f"{memory}Gi"},
            "limits": {"cpu": str(2 * cores), "memory": f"{memory}Gi"},
        },
        "storage": {"size": f"{disk}Gi"},
        "walStorage": {"size": f"{max(10, disk // 10)}Gi"},
    }
    if owner != service:
        spec["managed"] = {"roles": [_role(service)]}
    return _object("Cluster", f"postgres-{service}", spec | _COMMON)


_COMMON: Object = {
    "imageCatalogRef": {
        "apiGroup": "postgresql.cnpg.io",
        "kind": "ClusterImageCatalog",
        "name": "postgresql",
        "major": 17,
    },
    "primaryUpdateStrategy": "unsupervised",
    "primaryUpdateMethod": "switchover",
    "enableSuperuserAccess": False,
    "priorityClassName": "charla-store",
    "affinity": {"podAntiAffinityType": "required", "topologyKey": "kubernetes.io/hostname"},
    "plugins": [
        {
            "name": "barman-cloud.cloudnative-pg.io",
            "isWALArchiver": True,
            "parameters": {"barmanObjectName": "backups"},
        }
    ],
}


def backups(cluster: str) -> Object:
    """Returns when a base backup of a cluster is made: at one o'clock each night."""
    spec = {
        "schedule": "0 0 1 * * *",
        "backupOwnerReference": "self",
        "cluster": {"name": cluster},
        "method": "plugin",
        "pluginConfiguration": {"name": "barman-cloud.cloudnative-pg.io"},
    }
    return _object("ScheduledBackup", cluster, spec)


def _door(service: str) -> Object:
    """Returns the rule that lets a service's programs and jobs, and nobody else's, reach its database."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": f"postgres-{service}", "labels": _STEP},
        "spec": {
            "podSelector": {"matchLabels": {"cnpg.io/cluster": f"postgres-{service}"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"charla.database": service}}}],
                    "ports": [{"protocol": "TCP", "port": 5432}],
                }
            ],
        },
    }


def of_all() -> Iterator[Object]:
    """Yields, for one cluster `postgres`, each service's database, and the name by which its programs call it."""
    for service in topology.SERVICES:
        spec = {"cluster": {"name": "postgres"}, "name": service, "owner": topology.owner(service)}
        yield _object("Database", service, spec)
        yield {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": f"postgres-{service}-rw", "labels": _STEP},
            "spec": {"type": "ExternalName", "externalName": "postgres-rw.charla.svc.cluster.local"},
        }


def roles() -> list[Object]:
    """Returns every role that a program or a migration signs in as."""
    names = [role for service in topology.SERVICES for role in dict.fromkeys((topology.owner(service), service))]
    return [_role(name) for name in names]


def _role(name: str) -> Object:
    return {"name": name, "ensure": "present", "login": True, "passwordSecret": {"name": _secret(name)}}


def _secret(role: str) -> str:
    return f"postgres-{role.replace('_', '-')}"


def _object(kind: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": _STEP},
        "spec": spec,
    }


def shared() -> Object:
    """Returns the one cluster for all services: a single instance, for a single node."""
    spec = {
        "instances": 1,
        # The operator's own first database; Charla's are those beside it.
        "bootstrap": {"initdb": {"database": "charla", "owner": "charla"}},
        "managed": {"roles": roles()},
        "postgresql": {"parameters": _PARAMETERS | {"shared_buffers": "512MB", "effective_cache_size": "1536MB"}},
        "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
        "storage": {"size": "50Gi"},
    }
    return _object("Cluster", "postgres", spec | {key: _COMMON[key] for key in _SINGLE})


_SINGLE = ("imageCatalogRef", "enableSuperuserAccess", "priorityClassName", "plugins")
