"""`./charla up --demo`, against the running stack."""

import os

import pytest

from stack import demo
from stack.lifecycle import Stack
from stack.rundir import RunDir

pytestmark = pytest.mark.skipif("CHARLA_RUN_DIR" not in os.environ, reason="no stack is running")


def test_the_demo_made_twice_is_there_once() -> None:
    said: list[str] = []
    stack = Stack(RunDir.current(), said.append)
    demo.make(stack)
    first, said[:] = list(said), []
    demo.make(stack)
    assert said == first

    ben = {"username": "ben", "password": said[-1].split()[-1]}
    token = demo._ask(stack, "/auth/login", ben)["access_token"]
    lookup = demo._ask(stack, "/sync", {"heads": {}}, token)
    talk = [each for each in lookup["items"] if each["ver"] >= len(demo._TALK)]
    assert len(talk) == 1
