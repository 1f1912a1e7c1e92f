"""How the drill's people renew their tokens while the one who signs them in is away."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bench.people import People, Person, SetupError
from bench.wire import NO_ANSWER, Response, Target

PAIR = {"user": {"id": "u1"}, "access_token": "next", "refresh_token": "r2", "expires_in": 600}


class Lane:
    """Gives the answers that it was told to, and notes what was asked."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = iter(statuses)
        self.asked: list[str] = []

    async def call(self, _method: str, path: str, **_more: Any) -> Response:
        self.asked.append(path)
        return Response(next(self._statuses), b"HTTP/1.1 -\r\nRetry-After: 0\r\n", json.dumps(PAIR).encode())


def renew(lane: Lane, patience_s: float) -> Person:
    person = Person("ada", "secret", "127.0.0.1", token="old", refresh_token="r1", lane=lane)  # type: ignore[arg-type]
    asyncio.run(People(Target.from_url("http://127.0.0.1:1")).refresh(person, patience_s))
    return person


@pytest.mark.parametrize("away", [503, NO_ANSWER])
def test_nobody_signs_in_anew_because_the_server_is_away(away: int) -> None:
    lane = Lane(away, away, 200)
    assert renew(lane, 60.0).token == "next"
    assert set(lane.asked) == {"/auth/refresh"}


def test_who_has_no_patience_keeps_the_token_in_hand() -> None:
    lane = Lane(503)
    with pytest.raises(SetupError):
        renew(lane, 0.0)
    assert lane.asked == ["/auth/refresh"]


def test_a_token_that_was_lost_on_the_way_is_replaced_by_signing_in() -> None:
    lane = Lane(401, 200)
    assert renew(lane, 60.0).token == "next"
    assert lane.asked == ["/auth/refresh", "/auth/login"]
