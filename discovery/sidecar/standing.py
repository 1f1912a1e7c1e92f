"""How an instance stands, by what its health said: a pure state machine, so that every case can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: drained: it says itself that it ends; silent: it answers nothing, as a hung or dead one does.
Seen = Literal["ready", "unready", "draining", "silent"]
Status = Literal["STARTING", "UP", "DOWN", "OUT_OF_SERVICE"]

#: One answer may be late on a busy machine; two are not.
MISSES = 2


@dataclass
class Standing:
    """What was seen of an instance, and so what the registry should say of it."""

    status: Status = "STARTING"
    misses: int = 0

    def see(self, seen: Seen) -> Status:
        """Take note of an answer and return how the instance stands now."""
        if seen == "ready":
            self.misses = 0
            self.status = "UP"
        elif seen == "draining":
            self.status = "OUT_OF_SERVICE"
        else:
            self.misses += 1
            if self.status != "STARTING" and self.misses >= MISSES:
                self.status = "DOWN"
        return self.status

    @property
    def beats(self) -> bool:
        """Whether a heartbeat may say that it can be given work."""
        return self.status == "UP" and self.misses == 0
