"""Replaces running programs one after the other, while others of their kind do the work.

A new instance runs beside the old ones for a moment. Only when it is ready are the old ones replaced, each after it
has ended what it began; where it never is, it is taken away again and nothing has changed.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stack import discovery, topology
from stack.admission import Admission, upstream_of
from stack.errors import StackError
from stack.lifecycle import Stack, alone
from stack.rundir import write_private
from stack.supervisor import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

PATIENCE_SECONDS = 90.0


class NotReady(StackError):
    """A program did not become ready; what ran before still does its work."""


@dataclass(frozen=True)
class Rolled:
    """What replacing a program came to.

    Attributes:
        program: its name.
        instances: how many of it were replaced.
        first_s: how long the new instance took to be ready, and known to those who give it work.
        swap_s: how long the replacing of the old ones took after that.
    """

    program: str
    instances: int
    first_s: float
    swap_s: float


class Rolling:
    """Replaces programs of a stack that is up; made by `rolling`.

    Args:
        stack: the stack, with one more instance of each program in its `passing`.
        admission: who is given work.
        patience_s: how long a program may take to be ready.

    Attributes:
        replaced: the processes that were started with their new settings, or should have been.
    """

    def __init__(self, stack: Stack, admission: Admission, patience_s: float) -> None:
        """Touches nothing yet."""
        self._stack = stack
        self._admission = admission
        self._patience_s = patience_s
        self.replaced: set[str] = set()

    def roll(self, *bases: str) -> list[Rolled]:
        """Replaces all instances of the programs, which may be at the same time.

        Raises:
            NotReady: one was not; nothing of these programs is missing.
        """
        begun = time.monotonic()
        # One that signs in nowhere keeps something for itself: there is never a second one.
        doubled = [base for base in bases if base in self._stack.passing]
        passing = [self._instances(base)[-1] for base in doubled]
        self._begin(passing)
        first_s = time.monotonic() - begun
        with ThreadPoolExecutor(max_workers=len(bases)) as pool:
            done = list(pool.map(lambda base: self._swap(base, first_s), bases))
        self._end(passing)
        return done

    def _instances(self, base: str) -> list[str]:
        return [each.name for each in self._stack.programs if each.base == base]

    def _begin(self, passing: Sequence[str]) -> None:
        self._stack.supervisor.start(*passing)
        try:
            with ThreadPoolExecutor(max_workers=len(passing) or 1) as pool:
                list(pool.map(self._await, passing))
            self._admission.admit(*passing)
        except BaseException:
            self._end(passing)
            raise

    def _end(self, passing: Sequence[str]) -> None:
        self._admission.dismiss(*passing)
        self._stack.supervisor.forget(*passing)
        self._admission.forget(*passing)

    def _swap(self, base: str, first_s: float) -> Rolled:
        begun = time.monotonic()
        old = self._instances(base)
        old = old[:-1] if base in self._stack.passing else old
        for name in old:
            if upstream_of(name):
                self._admission.dismiss(name)
            self.replaced.add(name)
            self._stack.supervisor.replace(name)
            self._await(name)
            self._admission.admit(name)
        return Rolled(base, len(old), first_s, time.monotonic() - begun)

    def _await(self, name: str) -> None:
        if not wait_for(lambda: self._stack.is_ready(name), self._patience_s, step=0.1):
            message = (
                f"{name} did not become ready, and those that were ready go on; see {self._stack.run.logs / name}.log"
            )
            raise NotReady(message)


@contextmanager
def rolling(
    stack: Stack, choose: Callable[[set[str]], Collection[str]], patience_s: float = PATIENCE_SECONDS
) -> Iterator[tuple[Rolling, list[str]]]:
    """Gives what replaces programs, and the programs that were chosen, in the stack's order.

    Args:
        stack: the stack, which is up.
        choose: returns the programs to replace, given the names of all processes that are not as they should be.
        patience_s: how long a program may take to be ready.
    """
    with alone(stack.run):
        states = stack.supervisor.states()
        _refuse_leftovers(stack, states)
        registry = discovery.SERVER in states
        before = {path.stem: path.read_text() for path in stack.run.folder("env").iterdir()}
        changed = stack.supervisor.learn(stack.describe(keep_ports=True, registry=registry))
        wanted = choose(changed)
        chosen = [each for each in stack.programs if each.number == 1 and each.name in wanted]
        wider = Stack(stack.run, stack.say, passing={each.name: 1 for each in chosen if not each.alone})
        changed = stack.supervisor.learn(wider.describe(keep_ports=True, registry=registry))
        roller = Rolling(wider, Admission(wider, changed), patience_s)
        try:
            yield roller, [each.name for each in chosen]
        finally:
            left = stack.supervisor.learn(stack.describe(keep_ports=True, registry=registry))
            for name in left - roller.replaced:
                # Should it die, it starts as it was.
                write_private(stack.run.env_file(name), before[name])


def _refuse_leftovers(stack: Stack, known: Collection[str]) -> None:
    """Looks whether an instance that should run for a moment is still there.

    Raises:
        StackError: it is, because what it stood in for was not ready.
    """
    bases = [each.name for each in topology.PROGRAMS]
    lasting = {each.name for each in stack.programs}
    left = [name for name in known if name not in lasting and any(re.fullmatch(rf"{base}-\d+", name) for base in bases)]
    if left:
        message = f"{', '.join(left)} still stands in for others, which were not ready; mend that, then: ./charla up"
        raise StackError(message)
