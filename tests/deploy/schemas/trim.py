"""Makes the schemas beside this file out of what Kubernetes and the operators publish.

    python tests/deploy/schemas/trim.py KUBERNETES_DEFINITIONS CRD.yaml…

KUBERNETES_DEFINITIONS is `_definitions.json` of a version in the PyPI package `kubernetes-validate`; the CRDs come
from the Go modules that README.md names. Descriptions go, and unknown fields become mistakes, as they are for
`kubectl apply --validate=strict`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
# The core kinds that `deploy/` uses, as the definitions call them.
CORE = {
    "v1/ConfigMap": "io.k8s.api.core.v1.ConfigMap",
    "v1/Namespace": "io.k8s.api.core.v1.Namespace",
    "v1/PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
    "v1/Secret": "io.k8s.api.core.v1.Secret",
    "v1/Service": "io.k8s.api.core.v1.Service",
    "v1/ServiceAccount": "io.k8s.api.core.v1.ServiceAccount",
    "apps/v1/Deployment": "io.k8s.api.apps.v1.Deployment",
    "apps/v1/StatefulSet": "io.k8s.api.apps.v1.StatefulSet",
    "batch/v1/CronJob": "io.k8s.api.batch.v1.CronJob",
    "batch/v1/Job": "io.k8s.api.batch.v1.Job",
    "autoscaling/v2/HorizontalPodAutoscaler": "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler",
    "networking.k8s.io/v1/NetworkPolicy": "io.k8s.api.networking.v1.NetworkPolicy",
    "policy/v1/PodDisruptionBudget": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "scheduling.k8s.io/v1/PriorityClass": "io.k8s.api.scheduling.v1.PriorityClass",
}
_WORDS = {"description", "x-kubernetes-validations", "x-kubernetes-map-type", "x-kubernetes-list-type"}


def strict(schema: Any) -> Any:
    """Returns a schema without words, in which a field that it does not name is a mistake."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: strict(value) for key, value in schema.items() if key not in _WORDS or not isinstance(value, str | list)
    }
    closed = "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields")
    if closed and isinstance(schema["properties"], dict) and "additionalProperties" not in schema:
        found["additionalProperties"] = False
    if found.get("x-kubernetes-int-or-string"):
        found = {"type": ["integer", "string"]}
    return found


def core(definitions: dict[str, Any]) -> dict[str, Any]:
    """Returns the definitions of the core kinds, and of all that they are made of."""
    wanted, kept = list(CORE.values()), {}
    while wanted:
        name = wanted.pop()
        if name not in kept:
            kept[name] = strict(definitions[name])
            wanted += _references(kept[name])
    # Not defined by a JSON type: a number, or words such as `25%` and `512Mi`.
    kept["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = {"type": ["integer", "string"]}
    kept["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"type": ["number", "string"]}
    roots = {kind: {"$ref": f"#/definitions/{name}"} for kind, name in CORE.items()}
    return {"kinds": roots, "definitions": kept}


def _references(schema: Any) -> list[str]:
    if isinstance(schema, list):
        return [name for each in schema for name in _references(each)]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        schema["$ref"] = f"#/definitions/{schema['$ref'].rpartition('/')[2]}"
        return [schema["$ref"].rpartition("/")[2]]
    return [name for each in schema.values() for name in _references(each)]


def custom(crd: dict[str, Any]) -> dict[str, Any]:
    """Returns `group/version/Kind` -> schema, for each version that the definition serves."""
    spec = crd["spec"]
    versions = (each for each in spec["versions"] if each["served"])
    return {
        f"{spec['group']}/{each['name']}/{spec['names']['kind']}": _with_metadata(each["schema"]["openAPIV3Schema"])
        for each in versions
    }


def _with_metadata(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = strict(schema)
    found["properties"]["metadata"] = {"type": "object"}
    found["properties"].pop("status", None)
    return found


def write(name: str, content: dict[str, Any]) -> None:
    """Writes one file of schemas, in one line a kind."""
    (HERE / name).write_text(json.dumps(content, separators=(",", ":"), sort_keys=True) + "\n")


def main(definitions: str, crds: list[str]) -> None:
    """Writes `kubernetes.json` and `crds.json`."""
    write("kubernetes.json", core(json.loads(Path(definitions).read_text())["$defs"]))
    kinds: dict[str, Any] = {}
    for path in crds:
        kinds |= custom(yaml.safe_load(Path(path).read_text()))
    write("crds.json", {"kinds": kinds})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
