"""Writes which jars the registry of instances is packed with: `python -m stack.maven_lock`, after a build.

Maven has no lock file. Its versions are fixed by those in `pom.xml`; this list says which jars that comes to, with
their SHA-256, for the bill of materials. A test holds the built jar against it.
"""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from pathlib import Path

from stack.components import MAVEN_LOCK
from stack.discovery import HOME

JAR = HOME / "target" / "discovery-server.jar"
_INSIDE = re.compile(r"BOOT-INF/lib/(.+)-(\d[^/]*)\.jar")
#: What Spring Boot's plugin adds itself, and Maven's cache knows no jar of.
_OF_THE_PLUGIN = {"spring-boot-jarmode-tools": "org.springframework.boot"}


def packed(jar: Path = JAR) -> dict[tuple[str, str], str]:
    """Returns the SHA-256 of each jar in the registry's, by its artifact and version."""
    with zipfile.ZipFile(jar) as archive:
        inside = {name: _INSIDE.fullmatch(name) for name in archive.namelist()}
        return {
            (match[1], match[2]): hashlib.sha256(archive.read(name)).hexdigest()
            for name, match in inside.items()
            if match
        }


def lines(found: dict[tuple[str, str], str], cache: Path) -> list[str]:
    """Returns the lines of the list; the folders of Maven's cache tell the groups."""
    return sorted(
        f"{_group(cache, name, version, digest)}:{name}:{version} sha256:{digest}"
        for (name, version), digest in found.items()
    )


def _group(cache: Path, name: str, version: str, digest: str) -> str:
    """Returns the group of a jar: the one under whose name the very same file lies."""
    for jar in cache.rglob(f"{name}/{version}/{name}-{version}.jar"):
        if hashlib.sha256(jar.read_bytes()).hexdigest() == digest:
            return ".".join(jar.relative_to(cache).parts[:-3])
    if name in _OF_THE_PLUGIN:
        return _OF_THE_PLUGIN[name]
    message = f"Maven's cache has no {name} {version} like the one that was packed; build anew"
    raise SystemExit(message)


def main() -> int:
    """Writes the list; returns the exit code."""
    MAVEN_LOCK.write_text("\n".join(lines(packed(), Path.home() / ".m2" / "repository")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
