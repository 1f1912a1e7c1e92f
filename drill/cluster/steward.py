"""What a machine needs beside its stores: somebody who looks after them. `python -m drill.cluster.steward NAME`.

On real machines a timer of systemd or a probe of Kubernetes does the same two things:

- A node of RabbitMQ that hears most of the others and does not run all the same hangs, and is started anew. RabbitMQ
  3.10.8 on Erlang 25.2, as Debian 12 has them, may hang for ever when its machine's cable is back: Erlang's `global`
  waits for a peer that believes all is said, and RabbitMQ's own remedy for that does not suit Erlang from 25.1 on.
- The master that a machine had before it was lost comes home. Redis leaves two masters where one took over, and losing
  that machine then leaves one of three: no majority, and no cluster.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress

from redis import RedisError

from drill.cluster import broker_nodes, cache_nodes
from drill.cluster.machines import Machine, Network
from stack.rundir import RunDir

_LOOK_EVERY_S = 3.0
#: A start and a return to the cluster take a few seconds; and a copy shall be in step for good.
HUNG_S, HOME_S = 20.0, 6.0
_AWAY = (OSError, RedisError)


class Lasting:
    """Tells when a fact has been true at each look for some seconds; and then begins anew.

    Args:
        patience_s: How long.
        clock: Seconds.
    """

    def __init__(self, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s, self._clock = patience_s, clock
        self._since: float | None = None

    def is_due(self, is_so: bool) -> bool:
        """Take what was seen now."""
        if not is_so:
            self._since = None
            return False
        if self._since is None:
            self._since = self._clock()
        if self._clock() - self._since < self._patience_s:
            return False
        self._since = None
        return True


class Steward:
    """Looks after the stores of one machine.

    Args:
        machine: Which one.
        run: The drill's folder.
    """

    def __init__(self, machine: Machine, run: RunDir) -> None:
        self._machine, self._run = machine, run
        self._nodes = len(Network(run).machines)
        self._hangs, self._may_come_home = Lasting(HUNG_S), Lasting(HOME_S)

    def look(self) -> None:
        """Look once, and do what is due."""
        for part in (self._look_at_broker, self._look_at_cache):
            with suppress(*_AWAY):
                part()

    def _look_at_broker(self) -> None:
        if self._hangs.is_due(broker_nodes.is_hung(self._machine, self._nodes, self._run)):
            say(f"RabbitMQ hangs since {HUNG_S:.0f} s, and is started anew")
            broker_nodes.halt(self._machine, self._run)

    def _look_at_cache(self) -> None:
        with cache_nodes.operator(self._machine, cache_nodes.MASTER, self._run) as server:
            if self._may_come_home.is_due(cache_nodes.is_in_step(server)):
                say("Redis: the master comes home")
                cache_nodes.take_over(server)


def say(line: str) -> None:
    """Write to the log."""
    print(time.strftime("%H:%M:%S"), line, flush=True)


def main() -> None:
    """Look after the machine that the command line names, until killed."""
    run = RunDir.current()
    machine = next(each for each in Network(run).machines if each.name == sys.argv[1])
    steward = Steward(machine, run)
    while True:
        steward.look()
        time.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    main()
