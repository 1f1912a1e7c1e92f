"""Every operation on a direct conversation x the two in it, one of whom has blocked the other.

What shows the other one something new is refused to both. All else is answered as in a conversation without a block.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from channels import done
from client import Person, ask
from rights import TABLE, Row, filled, named

Things = dict[str, str]
ROLES = ("blocker", "blocked")
SHOW_SOMETHING_NEW = {
    "send_message", "edit_message", "forward_message", "add_reaction", "pin_message", "vote_poll",
}  # fmt: skip
OPERATIONS = [name for name, row in TABLE.items() if named(row) & {"conversation", "message", "poll"}]


class Direct:
    """A direct conversation of two, and for each cell what its caller wrote there."""

    def __init__(self, new_person: Callable[[str], Person]) -> None:
        self.people = {role: new_person(role) for role in ROLES}
        first, second = self.people.values()
        self.id = done(first, "POST", "/v1/conversations", {"kind": "direct", "member_ids": [second.id]})["id"]
        self._things = {
            (operation, role): self._made(TABLE[operation], role) for operation in OPERATIONS for role in ROLES
        }

    def _made(self, row: Row, role: str) -> Things:
        caller = self.people[role]
        other = next(person for name, person in self.people.items() if name != role)
        things = {"conversation": self.id, "bystander": other.id, "stranger": other.id}
        things |= {name: str(uuid.uuid4()) for name in ("unknown", "new_id", "webhook", "scheduled", "report")}
        if "message" in named(row):
            things["message"] = self._sent(caller, "hello there")
        if "poll" in named(row):
            things["poll"] = self._sent(caller, "", poll={"question": "Tea?", "options": ["yes", "no"]})
        return things

    def _sent(self, caller: Person, text: str, **more: object) -> str:
        reply = caller.send(self.id, text, **more)
        assert reply.status == 201, reply.raw
        return str(reply.json["id"])

    def block(self) -> None:
        done(self.people["blocker"], "PUT", f"/v1/blocks/{self.people['blocked'].id}")

    def answer(self, operation: str, role: str) -> str:
        """Return the status of that request by that one, and the code of a refusal."""
        row, things = TABLE[operation], self._things[(operation, role)]
        token = self.people[role].token
        reply = ask(row.method, filled(row.path, things), filled(row.body, things), token=token)
        return str(reply.status) if reply.status < 400 else f"{reply.status} {reply.code}"


@pytest.fixture(scope="module")
def as_usual(new_person: Callable[[str], Person]) -> Direct:
    return Direct(new_person)


@pytest.fixture(scope="module")
def with_a_block(new_person: Callable[[str], Person]) -> Direct:
    found = Direct(new_person)
    found.block()
    return found


def test_the_exceptions_are_operations() -> None:
    assert set(OPERATIONS) >= SHOW_SOMETHING_NEW


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_block_refuses_both_whatever_is_new(operation: str, as_usual: Direct, with_a_block: Direct) -> None:
    usual = {role: as_usual.answer(operation, role) for role in ROLES}
    found = {role: with_a_block.answer(operation, role) for role in ROLES}
    if operation in SHOW_SOMETHING_NEW:
        assert [answer[0] for answer in usual.values()] == ["2", "2"], usual
        usual = dict.fromkeys(ROLES, "403 blocked")
    assert found == usual


def test_a_vote_can_be_taken_back(new_person: Callable[[str], Person]) -> None:
    """What is no longer to be seen is nothing new."""
    here = Direct(new_person)
    caller = here.people["blocked"]
    poll = caller.send(here.id, "", poll={"question": "Tea?", "options": ["yes", "no"]}).json["id"]
    done(caller, "PUT", f"/v1/messages/{poll}/vote", {"option_ids": [0]})
    here.block()
    found = done(caller, "PUT", f"/v1/messages/{poll}/vote", {"option_ids": []})
    assert found["poll"]["voters"] == 0
