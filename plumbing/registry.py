"""Reads the registry of instances (Netflix Eureka), and keeps what it said last for when it is away.

It is asked for all of it, since all is small: one instance is about a kilobyte.
"""

from __future__ import annotations

import base64
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from plumbing.logs import get_logger

log = get_logger(__name__)

PATIENCE_S = 5.0
_MOST_BYTES = 16 * 1024 * 1024


class Port(msgspec.Struct, frozen=True):
    """A port as Eureka writes it."""

    number: int = msgspec.field(name="$", default=0)


class Instance(msgspec.Struct, frozen=True, rename="camel"):
    """One instance, as its sidecar told of it."""

    instance_id: str
    app: str
    ip_addr: str
    port: Port
    status: str
    metadata: dict[str, str] = {}
    last_updated_timestamp: str = "0"

    @property
    def address(self) -> str:
        """Where it serves, as `HOST:PORT`."""
        return f"{self.ip_addr}:{self.port.number}"

    @property
    def is_up(self) -> bool:
        """Whether it may be given work."""
        return self.status == "UP"


class _Application(msgspec.Struct, frozen=True):
    name: str
    instance: list[Instance]


class _Applications(msgspec.Struct, frozen=True):
    application: list[_Application]


class _Answer(msgspec.Struct, frozen=True):
    applications: _Applications


Known = dict[str, list[Instance]]


@dataclass
class Registry:
    """What is known of all instances, by app in lower case.

    Args:
        urls: The registry's servers, with name and password; the first that answers is believed.
        kept: A file that carries the last answer over to the next start.
    """

    urls: tuple[str, ...]
    kept: Path | None = None
    known: Known = field(default_factory=dict)
    heard_at: float | None = None

    def __post_init__(self) -> None:
        """Begin with what was known when the process before ended."""
        if self.kept is not None and self.kept.exists():
            try:
                self.known = msgspec.json.decode(self.kept.read_bytes(), type=Known)
            except (msgspec.MsgspecError, OSError) as failure:
                log.warning("registry_kept_unreadable", error=str(failure))

    @property
    def age_s(self) -> float | None:
        """How long ago a server answered; None where none ever did."""
        return None if self.heard_at is None else time.monotonic() - self.heard_at

    def up(self, app: str) -> list[Instance]:
        """Return the instances of an app that may be given work, in a settled order."""
        return sorted((each for each in self.known.get(app, []) if each.is_up), key=lambda each: each.instance_id)

    def refresh(self) -> bool:
        """Ask the servers in turn; False where none answered, and what was known stays."""
        for url in self.urls:
            try:
                self.known = _fetch(url)
            except (OSError, msgspec.MsgspecError, ValueError) as failure:
                log.debug("registry_away", error=str(failure))
                continue
            self.heard_at = time.monotonic()
            self._keep()
            return True
        return False

    def _keep(self) -> None:
        if self.kept is not None:
            fresh = self.kept.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self.known))
            fresh.replace(self.kept)


def _fetch(url: str) -> Known:
    parts = urlsplit(url.rstrip("/") + "/apps")
    plain = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    request = urllib.request.Request(plain, headers={"Accept": "application/json"})  # noqa: S310 - an operator's setting
    if parts.username:
        secret = base64.b64encode(f"{parts.username}:{parts.password or ''}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        found = msgspec.json.decode(answer.read(_MOST_BYTES), type=_Answer)
    return {each.name.lower(): each.instance for each in found.applications.application}
