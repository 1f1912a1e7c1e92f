"""Every route x every role x every state of what it names: made of OpenAPI, expected by rules, asked for real."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import right_calls
from channels import running
from client import Person, ask
from right_scene import Scene
from right_states import NO_THINGS, ROLES, STATES, THINGS, Cell, cells, expected, operations, row_of, rows_of, thing_of
from rights import filled, fits

_AT_ONCE = 4
_ALL_THINGS = sorted({*THINGS.values(), *STATES})
#: What names things by words.
_WORDS = {"provider": "nowhere", "handle": f"h{uuid.uuid4().hex[:20]}", "coupon": "NOSUCH", "method": "pm_nobodys"}


@pytest.fixture(scope="module")
def document(stack: str) -> Any:
    return ask("GET", "/v1/openapi.json").json


@pytest.fixture(scope="module")
def scene(new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]) -> Scene:
    people = {name: new_person(name) for name in (*ROLES[1:], "bystander")}
    people["admin"] = make_admin(people["admin"])
    found = Scene(people)
    found.set_up()
    return found


def test_every_path_id_names_a_thing(document: Any) -> None:
    """A new one needs a name, and so gets its cells."""
    named = {parameter for operation in operations(document) for parameter in operation.parameters}
    assert named - set(THINGS) == NO_THINGS
    things = {thing_of(each.name, name) for each in operations(document) for name in each.parameters if name in THINGS}
    assert things == set(_ALL_THINGS)


def test_every_cell_has_a_policy(document: Any) -> None:
    without = sorted({str(cell) for cell in cells(document) if expected(cell) is None})
    assert not without, "\n".join(without)


def test_a_signed_operation_lets_nobody_in_without_a_token(document: Any) -> None:
    """What OpenAPI says of security is what the tables say of anonymous ones, and the other way round."""
    named = {each.name: each for each in operations(document)}
    for name, operation in named.items():
        for row in rows_of(name):
            cells_of = row.private if hasattr(row, "private") else row.cells
            assert cells_of["anonymous"] == 401 or not operation.signed, name


@pytest.mark.parametrize("thing", _ALL_THINGS)
def test_each_role_gets_what_the_rules_say(thing: str, document: Any, scene: Scene) -> None:
    asked, wrong = [cell for cell in cells(document) if cell.thing == thing], []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        replies = list(pool.map(lambda cell: _ask(cell, scene), asked))
    for cell, reply in zip(asked, replies, strict=True):
        wanted = expected(cell)
        if wanted is None or not fits(wanted, reply.status, reply.raw):
            wrong.append(f"{cell}: {wanted} expected, got {reply.status} {reply.raw[:150]!r}")
    assert not wrong, "\n".join(wrong)


def test_each_caller_gets_what_the_rules_say(scene: Scene, new_person: Callable[[str], Person]) -> None:
    """Every method of the contracts x who calls it, over the bus, past all doors."""
    tokens = {"nobody": None, "forger": right_calls.forged(), "stranger": new_person("eve").token}
    asked = [(caller, call) for caller in tokens for call in right_calls.calls(scene.live)]
    wrong = _wrong_calls(asked, lambda caller, _: tokens[caller])
    assert not wrong, "\n".join(wrong)


def test_services_get_by_themselves_what_the_rules_say(scene: Scene) -> None:
    """Every method of the contracts x each service, with a token of its own."""
    asked = right_calls.refused_services(right_calls.calls(scene.live))
    wrong = _wrong_calls(asked, right_calls.ServiceTokens(running()).made_for)
    assert not wrong, "\n".join(wrong)


def _wrong_calls(
    asked: list[tuple[str, right_calls.Call]], token_of: Callable[[str, right_calls.Call], str | None]
) -> list[str]:
    found = right_calls.answers(running(), asked, token_of)
    return [
        f"{call.method} by {caller}: {found[(caller, call.method)]}"
        for caller, call in asked
        if not right_calls.fits(call.method, caller, found[(caller, call.method)])
    ]


def test_the_exceptions_are_methods() -> None:
    methods = {call.method for call in right_calls.calls({})}
    assert methods >= right_calls.OPEN | right_calls.OWN | set(right_calls.OF_SERVICES)
    assert not right_calls.OPEN & (right_calls.OWN | set(right_calls.OF_SERVICES))


def _ask(cell: Cell, scene: Scene) -> Any:
    row = row_of(cell.operation.name)
    query = row.path.partition("?")[2]
    path = cell.operation.path + (f"?{query}" if query else "")
    for parameter in cell.operation.parameters:
        path = path.replace(f"{{{parameter}}}", _named(cell, parameter, scene))
    things = {**scene.live, "new_id": str(uuid.uuid4())}
    headers = {"Idempotency-Key": str(uuid.uuid4())} if getattr(row, "keyed", False) else {}
    token = scene.people[cell.role].token if cell.role in scene.people else None
    return ask(cell.operation.method, filled(path, things), filled(row.body, things), token=token, headers=headers)


def _named(cell: Cell, parameter: str, scene: Scene) -> str:
    """Return what stands for a path id: in the cell's state where it is that one, else as it should be."""
    thing = thing_of(cell.operation.name, parameter) if parameter not in NO_THINGS else parameter
    if parameter == cell.parameter and cell.state != "unknown":
        return scene.dead[(thing, cell.state)]
    if parameter == cell.parameter or thing not in scene.live:
        return _WORDS.get(thing, str(uuid.uuid4()))
    return scene.live[thing]
