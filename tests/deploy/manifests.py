"""The manifests as they are committed, and as kustomize makes them for an installation."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAYS = ("trial", "small", "large")
COMMITTED = "committed"
Object = dict[str, Any]
_KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.6.0"
_TOOLS = ROOT / ".run" / "tools" / "bin"


def read(path: Path) -> list[Object]:
    """Returns the objects of a file."""
    return [each for each in yaml.safe_load_all(path.read_text()) if each]


@cache
def committed() -> tuple[Object, ...]:
    """Returns every whole object in `base/` and `components/`: no kustomization, and no patch."""
    found = []
    for path in sorted((DEPLOY / "base").rglob("*.yaml")) + sorted((DEPLOY / "components").rglob("*.yaml")):
        if path.name != "kustomization.yaml" and not _is_patch(path):
            found += read(path)
    return tuple(found)


def _is_patch(path: Path) -> bool:
    beside = yaml.safe_load((path.parent / "kustomization.yaml").read_text()) if path.parent.name != "programs" else {}
    return any(each.get("path") == path.name for each in beside.get("patches", []))


@cache
def rendered(overlay: str) -> tuple[Object, ...]:
    """Returns what an overlay comes to; the test is skipped where nothing can build it."""
    builder = _builder()
    if builder is None:
        pytest.skip("neither kubectl nor kustomize nor Go is here, and they build the overlays")
    done = subprocess.run(  # noqa: S603
        [*builder, str(DEPLOY / "overlays" / overlay)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(each for each in yaml.safe_load_all(done.stdout) if each)


@cache
def _builder() -> list[str] | None:
    for command in (["kustomize", "build"], ["kubectl", "kustomize"], [str(_TOOLS / "kustomize"), "build"]):
        if shutil.which(command[0]):
            return command
    return _installed() if shutil.which("go") else None


def _installed() -> list[str] | None:
    """Builds kustomize from its Go module, once; nothing where the module cannot be had."""
    _TOOLS.mkdir(parents=True, exist_ok=True)
    around = os.environ | {"GOBIN": str(_TOOLS), "GOFLAGS": "-buildvcs=false"}
    try:
        subprocess.run(["go", "install", _KUSTOMIZE], env=around, check=True, capture_output=True, timeout=300)  # noqa: S603, S607
    except (subprocess.SubprocessError, OSError):
        return None
    return [str(_TOOLS / "kustomize"), "build"]


def objects_of(name: str) -> tuple[Object, ...]:
    """Returns those of an overlay, or those that are committed."""
    return committed() if name == COMMITTED else rendered(name)


def of_kind(objects: tuple[Object, ...], *kinds: str) -> list[Object]:
    """Returns the objects of these kinds."""
    return [each for each in objects if each["kind"] in kinds]


def name_of(thing: Object) -> str:
    """Returns `Kind/name`."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def pod_of(thing: Object) -> Object:
    """Returns the template of the pods that a Deployment, StatefulSet, Job or CronJob makes."""
    spec = thing["spec"]["jobTemplate"]["spec"] if thing["kind"] == "CronJob" else thing["spec"]
    return spec["template"]


WORKLOADS = ("Deployment", "StatefulSet", "Job", "CronJob")


def containers(objects: tuple[Object, ...]) -> Iterator[tuple[str, Object, Object]]:
    """Yields (where, pod's specification, container) of every container."""
    for thing in of_kind(objects, *WORKLOADS):
        pod = pod_of(thing)["spec"]
        for each in (*pod.get("initContainers", []), *pod["containers"]):
            yield f"{name_of(thing)}/{each['name']}", pod, each
