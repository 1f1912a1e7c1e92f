"""Events that only these tests know."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import ClassVar

from contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class ThingHappened(Event):
    name: ClassVar[str] = "thing_happened"
    #: A source of its own for each run, so that runs beside each other do not meet.
    source: ClassVar[str] = f"things{secrets.token_hex(4)}"

    thing_id: str
    version: int
    loud: bool = False

    def facets(self) -> tuple[str, ...]:
        return ("loud",) if self.loud else ()

    def aggregate(self) -> tuple[str, int]:
        return self.thing_id, self.version
