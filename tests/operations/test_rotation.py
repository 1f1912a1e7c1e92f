"""Secrets change while people use Charla: nobody is refused anything, and the old ones are good no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drill.calm import Calm
from drill.rotating import LOGINS
from stack import rotation
from stack.credentials import KEY_FOLDERS
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.running import RunningStack


@pytest.mark.parametrize("what", rotation.KINDS)
def test_what_nobody_has_is_refused(stack: Stack, what: str) -> None:
    with pytest.raises(StackError, match="one of"):
        rotation.rotate(stack, what, "nobody")


def test_every_signing_key_can_be_rotated() -> None:
    assert {rotation.folder_of(who) for who in rotation.WHOSE["jwt"]} == set(KEY_FOLDERS)


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("what", "service"), [("database", "auth"), ("broker", "gateway")])
def test_new_passwords_are_taken_and_the_old_ones_are_good_no_more(
    running: RunningStack, stack: Stack, calm: Callable[[], Calm], what: str, service: str
) -> None:
    setting, lets_in = LOGINS[what]
    before = running.env(service)
    with calm() as people:
        rotation.rotate(stack, what, service)
    after = running.env(service)
    assert people.failures == []
    assert people.missing == set()
    assert people.done["read"] > 0, "it asks auth's database, too"
    assert lets_in(after[setting])
    assert not lets_in(before[setting])
