"""Containers and pods: what every one of Charla's has, said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy import programs
from deploy.environment import of_program
from stack import topology

if TYPE_CHECKING:
    from deploy.programs import Need
    from stack.topology import Program

Object = dict[str, Any]
#: The account of every image (`compose/Dockerfile`).
ACCOUNT = 10_001
MEDIA_DIR = "/var/lib/charla/media"
_KEYS = "/keys"


def labels(program: Program) -> Object:
    """Returns who the pod is, and by whom it may be reached and whom it may reach (`base/policies.yaml`)."""
    found = {"app.kubernetes.io/name": program.name, "app.kubernetes.io/part-of": "charla"}
    found["charla.service"] = program.service
    if not program.alone:
        found["charla.bus"] = "true"
    if programs.has_database(program):
        found["charla.database"] = program.service
    if programs.speaks_outside(program):
        found["charla.outside"] = "true"
    return found


def pod(program: Program, container: Object, *, grace_s: int, spread: bool = True) -> Object:
    """Returns the pod's specification around its one container."""
    found: Object = {
        "serviceAccountName": "charla",
        "automountServiceAccountToken": False,
        # Its variables, such as REDIS_PORT, are no settings of ours.
        "enableServiceLinks": False,
        "priorityClassName": programs.need(program).priority,
        "terminationGracePeriodSeconds": grace_s,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": ACCOUNT,
            "runAsGroup": ACCOUNT,
            "fsGroup": ACCOUNT,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": _volumes(program),
    }
    if spread:
        found["topologySpreadConstraints"] = [
            _spread(program, "kubernetes.io/hostname"),
            _spread(program, "topology.kubernetes.io/zone"),
        ]
    return found


def _spread(program: Program, place: str) -> Object:
    return {
        "maxSkew": 1,
        "topologyKey": place,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": program.name}},
    }


def container(program: Program, name: str, command: list[str], need: Need | None = None) -> Object:
    """Returns a container of the program's image, without its probes."""
    return {
        "name": name,
        "image": programs.image(program),
        "command": command,
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "env": of_program(program),
        "resources": _resources(need or programs.need(program)),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": _mounts(program),
    }


def _resources(need: Need) -> Object:
    return {
        "requests": {"cpu": f"{need.cpu}m", "memory": f"{need.memory}Mi"},
        "limits": {"cpu": str(need.most_cpu), "memory": f"{need.most_memory}Mi"},
    }


def _keys(program: Program) -> list[tuple[str, str]]:
    """Returns the secrets with the keys that it signs by, and the folder of each."""
    if program.alone:
        return []
    if program.service == "auth":
        return [("keys-auth", "auth"), ("keys-auth-service", "auth-service")]
    found = [(f"keys-{program.service}", program.service)]
    if program.service == "subscriptions":
        found.append(
            ("keys-subscriptions-push", "subscriptions-push")
        )  # towards push services (svc_subscriptions/vapid.py)
    return found


def _mounts(program: Program) -> list[Object]:
    found: list[Object] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the container's own
    for secret, folder in _keys(program):
        found.append({"name": secret, "mountPath": f"{_KEYS}/{folder}", "readOnly": True})
    if not program.alone:
        # A file of its own inside the folder of keys: a new one comes with a restart.
        found.append({"name": "jwks", "mountPath": f"{_KEYS}/jwks.json", "subPath": "jwks.json", "readOnly": True})
    if programs.has_files(program):
        found.append({"name": "media", "mountPath": MEDIA_DIR})
    return found


def _volumes(program: Program) -> list[Object]:
    size = "4Gi" if program.name.startswith("media-celery") else "128Mi"
    found: list[Object] = [{"name": "tmp", "emptyDir": {"sizeLimit": size}}]
    for secret, _folder in _keys(program):
        found.append({"name": secret, "secret": {"secretName": secret, "defaultMode": 0o440}})
    if not program.alone:
        found.append({"name": "jwks", "secret": {"secretName": "jwks", "defaultMode": 0o440}})
    if programs.has_files(program):
        found.append({"name": "media", "persistentVolumeClaim": {"claimName": "media"}})
    return found


def of_service(service: str) -> Program:
    """Returns the program whose image and environment the jobs of a service have."""
    return topology.program(service)
