"""What a Prometheus beside the running stack would see, and what queries name."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "monitoring" / "prometheus"
GRAFANA = ROOT / "monitoring" / "grafana"
QUEUES = "/metrics/detailed?vhost=charla&family=queue_coarse_metrics&family=queue_consumer_count"
_TYPE = re.compile(r"^# TYPE (\S+) (\S+)", re.MULTILINE)
#: What a family of each kind shows in Prometheus' text format.
_SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum", "")}
#: What is no name of a series in a query: strings, matchers, ranges, lists of labels.
_NOT_NAMES = re.compile(r'"[^"]*"|\{[^{}]*\}|\[[^\[\]]*\]|\b(?:by|without|on|ignoring)\s*\([^()]*\)')
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*(?::[a-zA-Z0-9_]+)*(?!\s*\(|[a-zA-Z0-9_:])")
_WORDS = frozenset({"or", "and", "unless", "bool", "offset"})


def ask(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return str(answer.read().decode())


def names_in(exposition: str) -> set[str]:
    """The names of all series whose families an exposition declares, also where none has a value yet."""
    return {name + suffix for name, kind in _TYPE.findall(exposition) for suffix in _SUFFIXES.get(kind, ("",))}


def names_of(query: str) -> set[str]:
    """The names of the series that a query reads."""
    bare = query
    while (shorter := _NOT_NAMES.sub(" ", bare)) != bare:
        bare = shorter
    return set(_NAME.findall(bare)) - _WORDS


def rules(file: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / file).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]
