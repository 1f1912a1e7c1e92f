"""Writes what repeats itself: `python -m deploy.generate`, from the repository's root.

One file a service in `base/programs/`, the jobs, and what scales them. Each is committed, so that it can be read
and built without this; `tests/deploy` sees to it that they are what this would write.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from deploy import objects, programs, scaling
from deploy.stores import broker, databases
from stack import topology

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
_HEAD = "# Made by `python -m deploy.generate` out of stack/topology.py and deploy/*.py: change those.\n"


class _Dumper(yaml.SafeDumper):
    """Without anchors: every object stands for itself."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists, as is the custom in manifests."""
        super().increase_indent(flow, indentless=False)


def files() -> dict[str, str]:
    """Returns every generated file, by its path inside `deploy/`."""
    found = {f"base/programs/{name}.yaml": _of(name) for name in _owners()}
    found["base/batches.yaml"] = [objects.batch(each) for each in programs.BATCHES]
    found["components/sandbox/sandbox.yaml"] = list(_kept_running(_trial()))
    found["components/autoscaling/scalers.yaml"] = list(_scalers())
    found["components/rabbitmq/users.yaml"] = list(broker.objects())
    found["components/postgres-per-service/clusters.yaml"] = list(databases.of_services())
    found["components/postgres-shared/databases.yaml"] = [
        databases.shared(),
        databases.backups("postgres"),
        *databases.of_all(),
    ]
    found["components/replicas/kustomization.yaml"] = [_replicas()]
    return {path: _HEAD + _text(each) for path, each in found.items()}


def _owners() -> tuple[str, ...]:
    return (*topology.SERVICES, *topology.CLIENTS)


def _of(owner: str) -> list[Any]:
    wanted = [each for each in topology.PROGRAMS if each.service == owner and each.name not in programs.FOR_TRIAL]
    migration = [objects.migration(owner)] if owner in topology.SERVICES else []
    return [*migration, *_kept_running(wanted)]


def _trial() -> list[topology.Program]:
    return [each for each in topology.PROGRAMS if each.name in programs.FOR_TRIAL]


def _kept_running(wanted: Iterable[topology.Program]) -> Iterator[Any]:
    for each in wanted:
        yield objects.deployment(each)
        yield objects.budget(each.name)
        if each.name in programs.DOORS:
            yield objects.door(each)


def _scalers() -> Iterator[Any]:
    yield from filter(None, map(scaling.scaler, topology.PROGRAMS))


def _replicas() -> Any:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "replicas": [{"name": each, "count": scaling.STANDING_BY} for each in scaling.fixed()],
    }


def _text(documents: Iterable[Any]) -> str:
    return yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True, default_flow_style=None
    )


def main() -> None:
    """Writes all of them."""
    for path, text in files().items():
        target = HERE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


if __name__ == "__main__":
    main()
