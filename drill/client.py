"""A client that insists: it asks again, whatever happens, until it is told yes or no."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping

from bench.lane import Lane
from bench.people import People, Person, SetupError
from bench.wire import NO_ANSWER, NOTHING_MORE, Response

REQUEST_TIMEOUT_S = 6.0
RETRYABLE = {NO_ANSWER, 408, 425, 429, 500, 502, 503, 504}
_LONGEST_PAUSE_S = 2.0


class Client:
    """One person's connection, on which one thing is asked after the other; there is one for each person.

    Args:
        people: Refreshes tokens.
        person: Whose it is.
        dice: Spreads the retries.

    Attributes:
        retries: How often something was asked again.
    """

    def __init__(self, people: People, person: Person, dice: random.Random) -> None:
        self.person = person
        self.retries = 0
        self._people = people
        self._dice = dice
        self._lane = Lane(people.target, person.source)

    async def ask(
        self, method: str, path: str, body: object | None = None, headers: Mapping[str, str] = NOTHING_MORE
    ) -> Response:
        """Ask once, with a token that is good if one is to be had."""
        raw = self._people.target.request(method, path, self.person.token, body, headers)
        answer = await self._lane.request(raw, REQUEST_TIMEOUT_S)
        if answer.status == 401 or self.person.stale:
            await self._renew()
        return answer

    async def insist(
        self, method: str, path: str, body: object | None = None, headers: Mapping[str, str] = NOTHING_MORE
    ) -> Response:
        """Repeat one request until it gets a definite answer."""
        while True:
            answer = await self.ask(method, path, body, headers)
            if answer.status not in RETRYABLE and answer.status != 401:
                return answer
            self.retries += 1
            await self.pause(answer)

    async def pause(self, answer: Response) -> None:
        """Wait as long as a refusal says, or a little."""
        told = float(answer.header("retry-after") or 0.1)
        await asyncio.sleep(min(_LONGEST_PAUSE_S, told) * (0.5 + self._dice.random()))

    def leave(self) -> None:
        """Close the connection."""
        self._lane.close()

    async def _renew(self) -> None:
        if not self.person.refresh_token:
            return  # a stranger, whose one token is good again where whoever refused it has the right time again
        try:
            await self._people.refresh(self.person, patience_s=0.0)
        except SetupError:
            return  # auth is away; the token in hand, which has half its life left, is tried until it is back
