"""Brings a running stack to the code and settings that are here now, without anybody noticing.

Tables and queues come first: a migration only adds, so that old and new code work side by side. Then services,
what works in the background, the gateway, and the edge of media.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from stack import discovery, topology, web
from stack.errors import StackError
from stack.rolling import PATIENCE_SECONDS, Rolled, Rolling, rolling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from stack.lifecycle import Stack

#: So many programs are doubled at a time: whoever starts takes the time of a core from those who serve.
_AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
_HEADINGS = ("program", "instances", "new one ready", "old ones replaced")


def stages(programs: Iterable[str]) -> list[list[str]]:
    """Returns the programs in the order of an upgrade: services, those in the background, gateway, edge."""
    services, doors = topology.SERVICES, ("gateway", "media-edge")
    known = list(programs)
    background = [each for each in known if each not in (*services, *doors)]
    found = [[each for each in known if each in services], background, *([each] for each in doors if each in known)]
    return [each for each in found if each]


def run(stack: Stack, names: Collection[str], *, everything: bool, patience_s: float = PATIENCE_SECONDS) -> int:
    """Carries out `upgrade`, and prints what it came to.

    Args:
        stack: the stack, which is up.
        names: the programs to replace; those that are not as they should be when there are none.
        everything: replace all of them.
        patience_s: how long a program may take to be ready.
    """
    known = {each.name for each in topology.PROGRAMS}
    if unknown := sorted(set(names) - known):
        message = f"there is no program {', '.join(unknown)}; there are: {', '.join(sorted(known))}"
        raise StackError(message)
    begun = time.monotonic()
    stack.migrate(anew=False, retire=False)
    done = replace(stack, known if everything else names, patience_s)
    web.bring_up_to_date(stack.run, stack.say)
    stack.migrate(anew=False)
    _show(done)
    stack.say(f"{len(done)} programs replaced in {time.monotonic() - begun:.1f} s")
    return 0


def replace(stack: Stack, names: Collection[str], patience_s: float = PATIENCE_SECONDS) -> list[Rolled]:
    """Replaces programs, those that are not as they should be when none is named.

    Raises:
        NotReady: a new instance was not ready; what comes after it was left as it was.
    """

    def choose(changed: set[str]) -> Collection[str]:
        _tell_what_stays(stack, changed)
        return names or {each.base for each in stack.programs if each.name in changed}

    with rolling(stack, choose, patience_s) as (roller, chosen):
        return [each for stage in stages(chosen) for each in _roll_stage(stack, roller, stage)]


def _roll_stage(stack: Stack, roller: Rolling, stage: list[str]) -> list[Rolled]:
    done = []
    for group in [stage[start : start + _AT_ONCE] for start in range(0, len(stage), _AT_ONCE)]:
        for each in roller.roll(*group):
            stack.say(f"  {each.program}: replaced ({each.first_s:.1f} s, {each.swap_s:.1f} s)")
            done.append(each)
    return done


def _tell_what_stays(stack: Stack, changed: set[str]) -> None:
    """Tells of servers with new settings: there is one of each, and so they are not replaced here."""
    stay = [each for each in topology.INFRASTRUCTURE if each in changed]
    stay += [each for each in sorted(changed) if discovery.is_server(each) or each == discovery.BALANCER]
    if stay:
        stack.say(
            f"  new settings of {', '.join(stay)} come into force with the next `./charla up`, which restarts them"
        )


def _show(done: list[Rolled]) -> None:
    rows = [(each.program, str(each.instances), f"{each.first_s:.1f} s", f"{each.swap_s:.1f} s") for each in done]
    for cells in (_HEADINGS, *rows):
        print("{:<24}{:>10}{:>16}{:>20}".format(*cells))
