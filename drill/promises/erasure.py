"""Erasure: whoever had their account erased while they were at work has left nothing of themselves behind.

What they wrote stays under nobody's name (`keep`) or goes (`delete`), as they chose; docs/adr/0015 says what else goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.finding import Finding


@dataclass
class Leaver:
    """Somebody who had their account erased.

    Attributes:
        choice: What was to become of their messages: `keep` or `delete`.
        written: The texts of their acknowledged messages, by id.
    """

    user_id: str
    choice: str
    written: dict[str, str] = field(default_factory=dict)


class Line(NamedTuple):
    """A message of the room that they wrote in, as it is shown in the end."""

    id: str
    author: str
    text: str
    deleted: bool


@dataclass
class Left:
    """What is to be seen of a leaver in the end.

    Attributes:
        lines: Of the room that they wrote in.
        member: Whether the room has them as a member.
        follower: Whether their channel has them as a follower.
        known: Whether they can still be looked up.
        signs_in: Whether their password is still good.
    """

    lines: Sequence[Line] = ()
    member: bool = False
    follower: bool = False
    known: bool = False
    signs_in: bool = False


def check_erasure(leaver: Leaver, left: Left) -> list[Finding]:
    """Return everything that should have gone, or should not have."""
    who = leaver.user_id
    still = (
        (left.member, "still_a_member"), (left.follower, "still_a_follower"),
        (left.known, "still_known"), (left.signs_in, "still_signs_in"),
    )  # fmt: skip
    return [*(Finding(rule, who, f"{who} is erased") for true, rule in still if true), *_words(leaver, left.lines)]


def _words(leaver: Leaver, lines: Sequence[Line]) -> Iterator[Finding]:
    who = leaver.user_id
    signed = [line.id for line in lines if line.author == who]
    if signed:
        yield Finding("still_the_author", who, f"of {len(signed)} messages, as of {signed[0]}")
    shown = {line.id: line for line in lines}
    for message_id, text in leaver.written.items():
        line = shown.get(message_id)
        readable = line is not None and not line.deleted and line.text == text
        if leaver.choice == "keep" and not readable:
            yield Finding("words_lost", who, f"message {message_id} was to be kept and is {line}")
        if leaver.choice == "delete" and line is not None and not line.deleted:
            yield Finding("words_left", who, f"message {message_id} was to be deleted and is {line}")
