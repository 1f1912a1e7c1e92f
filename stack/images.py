"""Which images have to be built: those that are made of something else than when they were built last.

The builder finds that out, too, image by image and layer by layer, which takes a minute on a small machine.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from typing import TYPE_CHECKING

import yaml

from stack import compose, sources
from stack.rundir import ROOT, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stack.rundir import RunDir

_FROM = re.compile(r"FROM (\S+) AS (\S+)")
_COPY = re.compile(r"COPY (?:--from=(\S+) )?(.+) \S+$")


class Images:
    """The images of a run directory.

    Args:
        run: the run directory.
        tag: the tag of its images.
        settings: the variables of compose/compose.yaml, and so of what images are built with.
        root: the checkout.
    """

    def __init__(self, run: RunDir, tag: str, settings: Mapping[str, str], root: Path = ROOT) -> None:
        self._note = run.folder("compose") / "images.json"
        self._tag, self._root = tag, root
        self._arguments = settings.get("CHARLA_UID", "")

    def stale(self) -> list[str]:
        """Returns the targets that are to be built."""
        before, there = self._remembered(), known()
        return [each for each in self.targets if before.get(each) != self._standing(each, there)]

    def keep(self) -> None:
        """Takes note of what the images are made of, now that they are built."""
        there = known()
        found = {each: self._standing(each, there) for each in self.targets}
        write_private(self._note, json.dumps(found, indent=2) + "\n")

    @property
    def targets(self) -> list[str]:
        """The targets of the Dockerfile that become images; services of the same name say so."""
        services = yaml.safe_load((self._root / "compose" / "compose.yaml").read_text())["services"]
        return [service["build"]["target"] for service in services.values() if "build" in service]

    def _remembered(self) -> dict[str, list[str]]:
        return json.loads(self._note.read_text()) if self._note.exists() else {}

    def _standing(self, target: str, there: Mapping[str, str]) -> list[str]:
        """Returns a mark of what the image is to be made of, and which image there is."""
        return [self._mark(target, there), there.get(f"charla/{target}:{self._tag}", "")]

    def _mark(self, stage: str, there: Mapping[str, str]) -> str:
        """Returns a mark of a stage: of its lines, of what it stands on, and of all that it copies."""
        if stage not in self._stages:  # a public image
            base = self._bases.get(stage.strip("${}"), stage)
            return f"{base}={there.get(base, '')}"
        lines = self._stages[stage]
        marks = [self._arguments, *lines]
        for line in lines:
            if begun := _FROM.match(line):
                marks.append(self._mark(begun[1], there))
            if copied := _COPY.match(line):
                marks.append(self._mark(copied[1], there) if copied[1] else self._digest(copied[2].split()))
        return hashlib.sha256("\0".join(marks).encode()).hexdigest()

    def _digest(self, names: list[str]) -> str:
        return sources.digest(path for name in names for path in self._files(self._root / name))

    def _files(self, path: Path) -> Iterator[Path]:
        """Yields the files that the builder is sent of a path."""
        if self._is_ignored(path):
            return
        if not path.is_dir():
            yield path
            return
        for each in path.iterdir():
            yield from self._files(each)

    def _is_ignored(self, path: Path) -> bool:
        inside = path.relative_to(self._root)
        return any(
            inside.name == pattern.removeprefix("**/") if pattern.startswith("**/") else inside.is_relative_to(pattern)
            for pattern in self._ignored
        )

    @cached_property
    def _ignored(self) -> list[str]:
        lines = (self._root / ".dockerignore").read_text().splitlines()
        return [line for line in lines if line and not line.startswith("#")]

    @cached_property
    def _lines(self) -> list[str]:
        """The lines of the Dockerfile, continued ones put together."""
        return (self._root / "compose" / "Dockerfile").read_text().replace("\\\n", " ").splitlines()

    @cached_property
    def _bases(self) -> dict[str, str]:
        before = self._lines[: next(n for n, line in enumerate(self._lines) if line.startswith("FROM"))]
        return {name: value for name, _, value in (line[4:].partition("=") for line in before if line[:4] == "ARG ")}

    @cached_property
    def _stages(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        name = ""
        for line in self._lines:
            if begun := _FROM.match(line):
                name = begun[2]
            if name and line.strip() and not line.startswith("#"):
                found.setdefault(name, []).append(line)
        return found


def known() -> dict[str, str]:
    """Returns the ids of the images that are on this machine, by name and tag."""
    form = "{{.Repository}}:{{.Tag}} {{.ID}}"
    lines = compose.docker("image", "ls", "--no-trunc", "--format", form).splitlines()
    return {name: number for name, _, number in (line.partition(" ") for line in lines)}
