"""Who is given work: Nginx's lists of gateways and edges, and what the registry says of services.

Whoever runs for a moment only, or is about to end, is admitted and dismissed here, so that nobody is asked who
is not there. RPC needs none of it, since instances share a queue; the gateway alone asks the registry first.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from stack import discovery, nginx, topology
from stack.errors import StackError
from stack.supervisor import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from stack.lifecycle import Stack

#: A gateway looks at the registry every 3 s (`gateway_flask.instances`), and the answer takes a moment.
_SEEN_SECONDS = 4.0
#: Nginx's workers of before end what they were asked; they are asked nothing new.
_GRACE_SECONDS = 1.5
_PATIENCE_SECONDS = 90.0


def upstream_of(name: str) -> str | None:
    """Returns the upstream of Nginx that the program is an instance of, if there is one."""
    return next((each for each in nginx.UPSTREAMS if re.fullmatch(rf"{each}(-\d+)?", name)), None)


def is_asked_first(name: str) -> bool:
    """Whether the gateway looks at the registry before it calls the program."""
    return re.sub(r"-\d+$", "", name) in topology.SERVICES


class Admission:
    """Admits and dismisses instances of one stack.

    Args:
        stack: the stack, which knows the ports of those that run for a moment only.
        changed: the processes whose settings are new.
    """

    def __init__(self, stack: Stack, changed: Collection[str]) -> None:
        """Looks whether there is a registry.

        Raises:
            StackError: there should be one, and it does not answer.
        """
        self._stack = stack
        self._changed = set(changed)
        self._registry = discovery.SERVER in stack.supervisor.states()
        if self._registry and not wait_for(lambda: discovery.answers(stack.ports), _PATIENCE_SECONDS):
            message = "the registry does not answer; wait for it, or run without: CHARLA_DISCOVERY=off ./charla up"
            raise StackError(message)

    def admit(self, *names: str) -> None:
        """Has work given to programs that are ready, and returns when everybody knows."""
        doors = [each for each in names if upstream_of(each)]
        if self._registry:
            told = [*doors, *(each for each in names if is_asked_first(each))]
            for each in names:
                self._start_sidecar(f"{each}{discovery.SIDECAR}", anyway=each in told)
            self._wait(lambda: self._are_up(told), f"the registry does not say that {', '.join(told)} are up")
            self._wait(
                lambda: all(self._is_listed(each) for each in doors), "Nginx's list does not follow the registry"
            )
            if len(told) > len(doors):
                time.sleep(_SEEN_SECONDS)
        for each in [] if self._registry else doors:
            self._list(each, lambda known, port: {*known, port})

    def dismiss(self, *names: str) -> None:
        """Has no new work given to programs; returns when nobody gives any."""
        doors = [each for each in names if upstream_of(each)]
        if self._registry:
            self._stack.supervisor.stop(*(f"{each}{discovery.SIDECAR}" for each in doors))
            self._wait(
                lambda: not any(self._is_listed(each) for each in doors), "Nginx's list does not follow the registry"
            )
        for each in [] if self._registry else doors:
            self._list(each, lambda known, port: known - {port})
        if doors:
            time.sleep(_GRACE_SECONDS)

    def forget(self, *names: str) -> None:
        """Takes programs, dismissed before, out of the registry."""
        self._stack.supervisor.forget(*(f"{each}{discovery.SIDECAR}" for each in names))

    def _start_sidecar(self, sidecar: str, *, anyway: bool) -> None:
        """Starts it where it tells somebody who waits for it, and where it is not as it should be."""
        if sidecar in self._changed:
            self._changed.discard(sidecar)
            self._stack.supervisor.replace(sidecar)
        elif anyway:
            self._stack.supervisor.start(sidecar)

    def _are_up(self, names: list[str]) -> bool:
        found = discovery.standings(self._stack.run, self._stack.ports) if names else {}
        return all(found.get(each) == "UP" for each in names)

    def _is_listed(self, name: str) -> bool:
        return self._stack.ports[name] in self._listed(str(upstream_of(name)))

    def _listed(self, upstream: str) -> set[int]:
        lines = nginx.upstream(self._stack.run, upstream).read_text()
        return {int(port) for port in re.findall(r"^server \S+:(\d+) ", lines, re.MULTILINE)}

    def _list(self, name: str, change: Callable[[set[int], int], set[int]]) -> None:
        """Changes Nginx's list, where no balancer does."""
        upstream = str(upstream_of(name))
        known = self._listed(upstream)
        wanted = change(known, self._stack.ports[name])
        if wanted != known:
            nginx.choose_from(self._stack.run, upstream, sorted(wanted))
            nginx.reload(self._stack.run)

    def _wait(self, fact: Callable[[], bool], otherwise: str) -> None:
        if not wait_for(fact, _PATIENCE_SECONDS, step=0.2):
            raise StackError(otherwise)
