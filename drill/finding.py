"""What a checker says of a broken promise."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """One broken promise.

    Attributes:
        rule: A stable name, such as lost, duplicate, overspent or outlived.
        room: The room, account or other thing that it was found in.
        detail: What was found there.
    """

    rule: str
    room: str
    detail: str
