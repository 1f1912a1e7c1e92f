"""Replaces every program of the running stack while people use it, and tells who was refused anything.

`./charla drill --roll`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from drill.calm import Calm
from drill.consumers import Watch
from stack import topology, upgrade
from stack.lifecycle import Stack
from stack.rundir import RunDir
from stack.running import load


def main() -> int:
    """Roll everything; return 1 where anybody was refused anything, or nobody was there to ask."""
    return unnoticed(_roll)


def unnoticed(work: Callable[[Stack], list[str]]) -> int:
    """Change a stack while people use it; return 1 where they noticed, or where `work` returns what is wrong."""
    running = load()
    begun = time.monotonic()
    media = f"http://127.0.0.1:{running.ports['media-http']}"
    watch = Watch(running.env("ops")["AMQP_URI"], topology.SERVICES)
    with Calm(running.url, media) as people, watch:
        wrong = work(Stack(RunDir.current()))
    print(f"meanwhile, in {time.monotonic() - begun:.0f} s: {dict(people.done)}")
    print(f"the fewest who took a service's calls: {watch.fewest}")
    for each in (*wrong, *people.failures, *people.slow):
        print(f"FOUND {each}")
    missing = len(people.missing)
    refused = len(people.failures) + len(people.slow)
    good = not wrong and not refused and not missing and min(watch.fewest.values()) > 0
    print(f"VERDICT: {'nobody noticed' if good else 'FAILED'}; {refused} refused, {missing} messages missing")
    return int(not good)


def _roll(stack: Stack) -> list[str]:
    code = upgrade.run(stack, [], everything=True)
    return [f"the upgrade ended with {code}"] if code else []
