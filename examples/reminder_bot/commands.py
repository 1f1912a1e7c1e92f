"""What the bot answers; knows no network."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

#: Fields of a message, as `POST …/messages` takes them.
Answer = dict[str, Any]

HELP = """I know these:
!remind 10m Take the tea out - says so again, here, after so long (s, m, h, d)
!poll Where to? | The sea | The hills - asks everybody
!echo Hello - says so again
!help - this
With a / they are in the list that opens when one types it."""

#: What is said of each in the list that opens when one types a `/`: what it does, and what comes after it.
DESCRIBED = {
    "echo": ("Says what you say", "<words>"),
    "help": ("Says what I know", ""),
    "poll": ("Asks everybody", "<question> | <option> | <option>"),
    "remind": ("Reminds everybody here later", "<10m> <words>"),
}

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_REMIND = re.compile(r"(\d{1,5})([smhd])\s+(\S.*)", re.DOTALL)
_LONGEST = timedelta(days=365)


def answers_to(text: str, said_at: datetime, now: datetime) -> list[Answer]:
    """Returns what to say to a message; nothing where it is no command.

    Args:
        text: of the message.
        said_at: when it was written. Times are counted from then, so that the answer to a message that is met twice is
            the same.
        now: what is earlier than this cannot be put off any more, and is said at once.
    """
    name, _, rest = text.strip().partition(" ")
    return answers_to_command(name[1:], rest, said_at, now) if name.startswith("!") else []


def answers_to_command(name: str, rest: str, said_at: datetime, now: datetime) -> list[Answer]:
    """Returns what to say to a command by its name, and what came after it."""
    command = _COMMANDS.get(name)
    return [] if command is None else command(rest.strip(), said_at, now)


def _echo(rest: str, _said_at: datetime, _now: datetime) -> list[Answer]:
    return [{"text": rest or "Like this: !echo Hello"}]


def _help(_rest: str, _said_at: datetime, _now: datetime) -> list[Answer]:
    return [{"text": HELP}]


def _remind(rest: str, said_at: datetime, now: datetime) -> list[Answer]:
    found = _REMIND.fullmatch(rest)
    if found is None:
        return [{"text": "Like this: !remind 10m Take the tea out"}]
    number, unit, what = found.groups()
    wait = timedelta(seconds=int(number) * _SECONDS[unit])
    if wait > _LONGEST:
        return [{"text": "I do not look ahead further than a year."}]
    due = said_at + wait
    later = {"send_at": due.isoformat()} if due > now else {}
    return [{"text": f"I will remind you in {number} {unit}."}, {"text": f"Reminder: {what[:7_000]}", **later}]


def _poll(rest: str, _said_at: datetime, _now: datetime) -> list[Answer]:
    question, *options = (part.strip() for part in rest.split("|"))
    if not question or not 2 <= len(options) <= 12 or not all(options):
        return [{"text": "Like this: !poll Where to? | The sea | The hills"}]
    return [{"poll": {"question": question[:300], "options": [option[:100] for option in options]}}]


_COMMANDS: dict[str, Callable[[str, datetime, datetime], list[Answer]]] = {
    "echo": _echo,
    "help": _help,
    "remind": _remind,
    "poll": _poll,
}
