"""Access: it ends within five seconds after its end was acknowledged, counted while nothing is broken.

The five seconds run only outside of the spans from a fault's beginning until everything was seen to be well again
(`drill.promises.trouble`). A look that began later than that must be refused; a frame that came later must not come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.finding import Finding
from drill.promises.trouble import Trouble

WITHIN_S = 5.0


class Look(NamedTuple):
    """One try to see something.

    Attributes:
        at: When it was begun; for a frame of a socket, when it came.
        how: What was tried, such as `messages` or `socket`.
        saw: Whether something was shown; a refusal and silence show nothing.
        refused: Whether it was refused in so many words.
    """

    at: float
    how: str
    saw: bool
    refused: bool = False


@dataclass
class Revocation:
    """An access that ended, and what its former holder tried afterwards.

    Attributes:
        what: Who lost which access.
        at: When the answer came that it had ended, in seconds of the monotonic clock.
    """

    what: str
    at: float
    looks: list[Look] = field(default_factory=list)


def check_access(revocations: Sequence[Revocation], trouble: Trouble) -> list[Finding]:
    """Return every access that outlived its revocation."""
    found = []
    for each in revocations:
        late = [(trouble.calm(each.at, look.at), look) for look in each.looks if look.saw]
        over = [(seconds, look) for seconds, look in late if seconds > WITHIN_S]
        if over:
            seconds, look = over[-1]
            detail = f"{look.how} still showed something {seconds:.1f} calm seconds later, {len(over)} times"
            found.append(Finding("access_outlived", each.what, detail))
    return found


def proven(revocation: Revocation, trouble: Trouble) -> bool:
    """Tell whether somebody was refused after the five seconds: only then a revocation proves anything."""
    return any(look.refused and trouble.calm(revocation.at, look.at) > WITHIN_S for look in revocation.looks)


def longest(revocations: Sequence[Revocation], trouble: Trouble) -> float:
    """Return the longest calm time that any access lived on, in seconds."""
    return max((trouble.calm(each.at, look.at) for each in revocations for look in each.looks if look.saw), default=0.0)
