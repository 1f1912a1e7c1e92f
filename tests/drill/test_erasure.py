"""The checker of erasures finds whatever is left of somebody, and what should have been left and is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drill.promises.erasure import Leaver, Left, Line, check_erasure

NOBODY = "0"
KEPT = Left([Line("m1", NOBODY, "hello", deleted=False), Line("m2", "ben", "hi", deleted=False)])
DELETED = Left([Line("m1", NOBODY, "", deleted=True), Line("m2", "ben", "hi", deleted=False)])


def rules(choice: str, left: Left) -> set[str]:
    return {finding.rule for finding in check_erasure(Leaver("ana", choice, {"m1": "hello"}), left)}


@pytest.mark.parametrize(("choice", "left"), [("keep", KEPT), ("delete", DELETED), ("delete", Left())])
def test_who_left_as_promised_is_not_blamed(choice: str, left: Left) -> None:
    assert rules(choice, left) == set()


@pytest.mark.parametrize(
    ("still", "rule"),
    [
        ("member", "still_a_member"),
        ("follower", "still_a_follower"),
        ("known", "still_known"),
        ("signs_in", "still_signs_in"),
    ],
)
def test_what_is_left_of_a_person_is_found(still: str, rule: str) -> None:
    held: dict[str, Any] = {still: True}
    assert rules("keep", replace(KEPT, **held)) == {rule}


def test_a_name_above_a_message_is_found_also_above_one_that_nobody_acknowledged() -> None:
    lines = [*KEPT.lines, Line("m3", "ana", "never acknowledged", deleted=False)]
    assert rules("keep", replace(KEPT, lines=lines)) == {"still_the_author"}


def test_words_that_were_to_be_kept_and_went_are_found() -> None:
    assert rules("keep", DELETED) == {"words_lost"}
    assert rules("keep", Left()) == {"words_lost"}


def test_words_that_were_to_go_and_stayed_are_found() -> None:
    assert rules("delete", KEPT) == {"words_left"}
