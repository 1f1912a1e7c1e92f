"""The bill of materials: every package that the lock files name, as CycloneDX JSON.

It is made of the lock files alone: the same ones make the same document, on any machine and without a network. What
Debian brings (PostgreSQL, RabbitMQ, Redis, Nginx, ffmpeg, Java) is the system's, and stands in the system's own lists.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack import components
from stack.errors import StackError
from stack.rundir import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stack.components import Component

SPEC_VERSION = "1.6"
_ITSELF = "charla"


def run(output: str | None) -> int:
    """Writes the document to a file, or prints it; returns the exit code."""
    text = json.dumps(document(components.every()), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")
        return 0
    try:
        Path(output).write_text(text)
    except OSError as error:
        message = f"{output} cannot be written: {error.strerror}"
        raise StackError(message) from error
    return 0


def document(found: Sequence[Component]) -> dict[str, Any]:
    """Returns the bill of these components."""
    parts = [_entry(each) for each in found]
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": _serial_number(parts),
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": _ITSELF, "name": _ITSELF, "version": _version()},
            "properties": [{"name": "charla:made-of", "value": "the lock files alone"}],
        },
        "components": parts,
        # The lock files are flat: what they name is needed by Charla, through whatever.
        "dependencies": [{"ref": _ITSELF, "dependsOn": [each.purl for each in found]}],
    }


def _entry(one: Component) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "library", "bom-ref": one.purl}
    if one.group:
        entry["group"] = one.group
    entry |= {"name": one.name, "version": one.version, "scope": "required" if one.runs else "excluded"}
    if one.hashes:
        entry["hashes"] = [{"alg": algorithm, "content": digest} for algorithm, digest in one.hashes]
    if one.licence:
        entry["licenses"] = [{"expression": one.licence}]
    entry["purl"] = one.purl
    entry["properties"] = [{"name": "charla:lock", "value": lock} for lock in one.locks]
    return entry


def _serial_number(parts: list[dict[str, Any]]) -> str:
    """Returns a number that the same components always have, and no others."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return uuid.uuid5(uuid.NAMESPACE_OID, digest).urn


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
