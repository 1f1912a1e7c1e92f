"""Tells Prometheus where everything is: files that its `file_sd_configs` read again by themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stack.environment import HOST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stack.rundir import RunDir
    from stack.topology import Program


def write_targets(run: RunDir, ports: dict[str, int], programs: Iterable[Program]) -> None:
    """Writes the addresses of every process, and of the broker, below `prometheus/targets`."""
    folder = run.folder("prometheus", "targets")
    _write(folder / "programs.json", [_group(each, ports) for each in programs])
    _write(folder / "rabbitmq.json", [{"targets": [f"{HOST}:{ports['rabbitmq-metrics']}"]}])


def _group(program: Program, ports: dict[str, int]) -> dict[str, Any]:
    labels = {"program": program.base, "number": str(program.number)}
    return {"targets": [f"{HOST}:{ports[f'{program.name}-health']}"], "labels": labels}


def _write(path: Path, groups: list[dict[str, Any]]) -> None:
    """Puts the whole file there at once: Prometheus may look at any time."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(groups, indent=1) + "\n")
    fresh.replace(path)
