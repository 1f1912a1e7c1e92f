"""The people of a bench: they register, keep their tokens fresh, and make conversations."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from bench.lane import Lane
from bench.wire import NO_ANSWER, Response, Target

T = TypeVar("T")
R = TypeVar("R")

#: How many argon2 hashes are asked for at once: as many as two cores work on, so that none waits past its deadline.
REGISTRATIONS_AT_ONCE = 2
MEMBERS_PER_CALL = 100


class SetupError(Exception):
    """The system under test refused something that a bench needs before it can measure."""


@dataclass
class Person:
    """Somebody with an account.

    Attributes:
        source: The loopback address they call from, a few people each, as homes have.
        turn: Who exchanges their tokens holds it.
    """

    username: str
    password: str
    source: str
    id: str = ""
    token: str = ""
    refresh_token: str = ""
    expires_at: float = 0.0
    lifetime_s: float = 0.0
    lane: Lane = field(repr=False, default=None)  # type: ignore[assignment]
    turn: asyncio.Lock = field(repr=False, default_factory=asyncio.Lock)

    def take_tokens(self, pair: dict[str, Any]) -> None:
        """Keep a TokenPairView."""
        self.id = pair.get("user", {}).get("id", self.id)
        self.token = pair["access_token"]
        self.refresh_token = pair["refresh_token"]
        self.lifetime_s = float(pair["expires_in"])
        self.expires_at = monotonic() + self.lifetime_s

    @property
    def stale(self) -> bool:
        """Whether more than half of the access token's life is over."""
        return monotonic() > self.expires_at - self.lifetime_s / 2


_LATER = {NO_ANSWER, 429, 500, 502, 503, 504}


async def settled(call: Callable[[], Awaitable[Response]], patience_s: float) -> Response:
    """Repeat `call` while the answer is 429, 5xx or silence, and return the last one."""
    deadline = monotonic() + patience_s
    while True:
        response = await call()
        if response.status not in _LATER or monotonic() >= deadline:
            return response
        await asyncio.sleep(min(5.0, float(response.header("retry-after") or 0.2)))


async def patient(call: Callable[[], Awaitable[Response]], what: str, patience_s: float = 60.0) -> Response:
    """Repeat `call` while the answer is 429, 5xx or silence.

    Raises:
        SetupError: Another refusal came, or patience ended.
    """
    response = await settled(call, patience_s)
    if not response.ok:
        msg = f"{what}: {response.status} {response.body[:300].decode(errors='replace')}"
        raise SetupError(msg)
    return response


async def for_each(items: Sequence[T], at_once: int, do: Callable[[T], Awaitable[R]]) -> list[R]:
    """Return what `do` gives for each of `items`, in their order, `at_once` at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with gate:
            return await do(item)

    return list(await asyncio.gather(*(one(item) for item in items)))


class People:
    """A growing crowd with accounts.

    Args:
        target: The gateway.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._run = secrets.token_hex(4)
        self._crowd: list[Person] = []

    async def first(self, count: int) -> list[Person]:
        """Return `count` people with fresh tokens, registering those that are missing."""
        known = len(self._crowd)
        if count > known:
            print(f"  registering {count - known} people ...", file=sys.stderr, flush=True)
            fresh = [self._stranger(index) for index in range(known, count)]
            await for_each(fresh, REGISTRATIONS_AT_ONCE, self._register)
            self._crowd += fresh
        await self.freshen(count)
        return self._crowd[:count]

    async def freshen(self, count: int | None = None) -> None:
        """Refresh the stale tokens of the first `count` people, of all by default."""
        await for_each([person for person in self._crowd[:count] if person.stale], 16, self.refresh)

    async def leave(self) -> None:
        """Close everybody's connection."""
        for person in self._crowd:
            person.lane.close()
        await asyncio.sleep(0)

    def _stranger(self, index: int) -> Person:
        source = f"127.{1 + index // 2500}.{1 + index // 10 % 250}.{1 + index % 10}"
        person = Person(f"b{self._run}.{index}", secrets.token_urlsafe(15), source)
        person.lane = Lane(self.target, source)
        return person

    async def _register(self, person: Person) -> None:
        sign_in = {"username": person.username, "password": person.password}
        body = sign_in | {"display_name": f"Bench {person.username}"}

        async def attempt() -> Response:
            answer = await person.lane.call("POST", "/auth/register", body=body)
            if b"username_taken" in answer.body:  # by this person, whose first answer was lost on the way
                return await person.lane.call("POST", "/auth/login", body=sign_in)
            return answer

        person.take_tokens((await patient(attempt, "register", 240.0)).json())

    async def refresh(self, person: Person, patience_s: float = 60.0) -> None:
        """Exchange the person's refresh token, or sign in again where the next one was lost on the way.

        Whoever signs in because the server is away has its passwords hashed by everybody at once when it is back.

        Raises:
            SetupError: It is away for `patience_s`.
        """
        token = person.token
        async with person.turn:
            if person.token == token:  # nobody else who uses this person's account was quicker
                await self._refresh(person, patience_s)

    async def _refresh(self, person: Person, patience_s: float) -> None:
        body = {"refresh_token": person.refresh_token}
        answer = await settled(lambda: person.lane.call("POST", "/auth/refresh", body=body), patience_s)
        if answer.status in _LATER:
            msg = f"refresh: {answer.status}"
            raise SetupError(msg)
        if not answer.ok:
            again = {"username": person.username, "password": person.password}
            answer = await patient(lambda: person.lane.call("POST", "/auth/login", body=again), "login", patience_s)
        person.take_tokens(answer.json())

    async def room(self, title: str, members: Sequence[Person]) -> str:
        """Make a group of `members`, the first of whom owns it, and return its id."""
        owner, others = members[0], [person.id for person in members[1:]]
        first, rest = others[:MEMBERS_PER_CALL], others[MEMBERS_PER_CALL:]
        body = {"kind": "group", "title": title, "member_ids": first}
        answer = await patient(lambda: owner.lane.call("POST", "/conversations", owner.token, body), "room")
        room = str(answer.json()["id"])
        for at in range(0, len(rest), MEMBERS_PER_CALL):
            part = {"user_ids": rest[at : at + MEMBERS_PER_CALL]}
            await patient(
                lambda part=part: owner.lane.call("POST", f"/conversations/{room}/members", owner.token, part),  # type: ignore[misc]
                "members",
            )
        return room
