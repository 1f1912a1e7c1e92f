"""The comparison of a channel's log with what its author was told finds each kind of loss."""

from __future__ import annotations

from typing import Any

import pytest

from bench.people import People, Person
from bench.wire import Target
from drill.channel import Author, differences


def entry(seq: int, post: str, type_: str = "post.published") -> dict[str, Any]:
    return {"seq": seq, "type": type_, "post": {"id": post}}


@pytest.fixture
def author() -> Author:
    """Somebody who was told of posts a and b; c came out by itself."""
    person = Person("ana", "", "127.0.0.1")
    made = Author(People(Target("127.0.0.1", 1)), person, "channel", person)
    made.acknowledged = {"a": {"id": "a", "seq": 1}, "b": {"id": "b", "seq": 2}}
    made.scheduled = {"c"}
    return made


WHOLE = [entry(1, "a"), entry(2, "b"), entry(3, "c"), {"seq": 4, "type": "channel.updated", "post": None}]


def test_a_whole_log_is_well(author: Author) -> None:
    assert differences(WHOLE, author) == []


@pytest.mark.parametrize(
    ("log", "finding"),
    [
        ([WHOLE[0], WHOLE[1], WHOLE[3]], "the log has gaps"),
        (WHOLE[:2], "post c is lost"),
        ([entry(1, "a"), entry(2, "c")], "post b is lost"),
        ([*WHOLE, entry(5, "b")], "a post was published twice"),
        ([*WHOLE, entry(5, "d")], "post d was never acknowledged"),
        ([entry(1, "b"), entry(2, "a"), entry(3, "c")], "post a has another seq than was told"),
    ],
)
def test_what_is_wrong_is_found(author: Author, log: list[dict[str, Any]], finding: str) -> None:
    assert finding in differences(log, author)
