"""What Charla is made of by others' hands, as its lock files name it: Python's, npm's and Maven's packages."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LOCKS = ROOT / "locks"
NPM_LOCK = ROOT / "web" / "package-lock.json"
MAVEN_LOCK = ROOT / "discovery" / "server" / "dependencies.txt"
#: The unions of others, which say nothing of who needs what: of all, and of what is not for developers alone.
_UNION, _WITHOUT_TOOLS = "all", "run"
#: They conflict with the others, and so have environments of their own.
_APART = ("media-video", "node")
#: Nothing of these runs in an installation: they check, test, build and show.
_FOR_BUILDING = frozenset({"dev", "examples", "node"})
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_JAR = re.compile(r"^([^:\s]+):([^:\s]+):(\S+) sha256:([0-9a-f]{64})$", re.MULTILINE)
_ALGORITHMS = {"sha1": "SHA-1", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


@dataclass(frozen=True, slots=True)
class Component:
    """A package in one version.

    Attributes:
        purl: Its package URL, which names it once for everybody.
        group: The scope of npm, the group of Maven, or nothing.
        name: Its name in that.
        version: Its version.
        locks: The lock files that name it.
        runs: Whether it is part of what runs, and not only of what builds and tests.
        hashes: Of the one file that it is, by CycloneDX's names of algorithms. Empty for Python's, of which each has
            several files; their SHA-256s stand in the lock.
        licence: An SPDX expression, where the lock tells.
    """

    purl: str
    group: str
    name: str
    version: str
    locks: tuple[str, ...]
    runs: bool
    hashes: tuple[tuple[str, str], ...] = ()
    licence: str = ""


def every() -> list[Component]:
    """Returns all components, in the order of their package URLs."""
    return sorted([*python(), *npm(), *maven()], key=lambda each: each.purl)


def python() -> Iterator[Component]:
    """Yields the packages of `locks/`, each with the groups that install it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for lock in python_locks():
        for name, version in _PINNED.findall(lock.read_text()):
            groups.setdefault((name, version), []).append(lock.stem)
    for (name, version), known in groups.items():
        locks = tuple(f"locks/{each}.txt" for each in known)
        purl = f"pkg:pypi/{_python_name(name)}@{quote(version)}"
        yield Component(purl, "", name, version, locks, not _FOR_BUILDING.issuperset(known))


def python_locks() -> list[Path]:
    """Returns the lock file of each group."""
    return sorted(each for each in LOCKS.glob("*.txt") if each.stem not in (_UNION, _WITHOUT_TOOLS))


def locks_of_environments() -> list[Path]:
    """Returns the lock files that together name each package of Python, once in each version."""
    return [LOCKS / f"{name}.txt" for name in (_UNION, *_APART)]


def _python_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def npm() -> Iterator[Component]:
    """Yields the packages of the web client's lock file; each version once, wherever it lies."""
    found: dict[str, Component] = {}
    for place, entry in json.loads(NPM_LOCK.read_text())["packages"].items():
        if not place:
            continue  # the client itself
        one = _npm_package(entry.get("name") or place.rpartition("node_modules/")[2], entry)
        if one.purl not in found or one.runs:
            found[one.purl] = one
    yield from found.values()


def _npm_package(full_name: str, entry: dict[str, object]) -> Component:
    group, _, name = full_name.rpartition("/")
    version = str(entry["version"])
    where = f"{quote(group, safe='')}/" if group else ""
    return Component(
        purl=f"pkg:npm/{where}{name}@{quote(version)}",
        group=group,
        name=name,
        version=version,
        locks=("web/package-lock.json",),
        runs=not (entry.get("dev") or entry.get("devOptional")),
        hashes=tuple(_integrity(str(entry.get("integrity", "")).split())),
        licence=str(entry.get("license", "")),
    )


def _integrity(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        algorithm, _, digest = word.partition("-")
        yield _ALGORITHMS[algorithm], base64.b64decode(digest).hex()


def maven() -> Iterator[Component]:
    """Yields the jars that the registry of instances is packed with."""
    for group, name, version, digest in _JAR.findall(MAVEN_LOCK.read_text()):
        purl = f"pkg:maven/{group}/{name}@{quote(version)}?type=jar"
        locks = ("discovery/server/dependencies.txt",)
        yield Component(purl, group, name, version, locks, runs=True, hashes=(("SHA-256", digest),))
