"""Lanes against a small HTTP server on loopback, and the drill's client on top of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from bench.lane import Lane
from bench.people import People, Person
from bench.wire import NO_ANSWER, Target
from drill.client import Client

Answer = Callable[[str, int], tuple[int, float]]


class Server:
    """Answers each request with its own path.

    Args:
        answer: Gives the status and the delay in seconds, of the path and how many requests came before.
    """

    def __init__(self, answer: Answer) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split()[1].decode()
                status, delay_s = self._answer(path, len(self.asked))
                self.asked.append(path)
                await asyncio.sleep(delay_s)
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(path)}\r\n\r\n{path}".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the other end closed

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[Server, Target]]:
    found = Server(answer)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    async with server:
        yield found, Target("127.0.0.1", server.sockets[0].getsockname()[1])
        await found.close()


def test_two_who_share_a_lane_take_turns() -> None:
    async def both() -> list[bytes]:
        async with serving(lambda _path, _number: (200, 0.05)) as (_, target):
            lane = Lane(target)
            await lane.connect()
            answers = await asyncio.gather(*(lane.call("GET", f"/{name}") for name in "abc"))
            lane.close()
            return [each.body for each in answers]

    assert asyncio.run(both()) == [b"/v1/a", b"/v1/b", b"/v1/c"]


def test_an_answer_that_is_late_is_not_the_next_ones() -> None:
    async def late() -> tuple[int, bytes]:
        async with serving(lambda path, _number: (200, 0.3 if path.endswith("slow") else 0.0)) as (_, target):
            lane = Lane(target)
            first = await lane.call("GET", "/slow", timeout_s=0.05)
            second = await lane.call("GET", "/quick")
            lane.close()
            return first.status, second.body

    assert asyncio.run(late()) == (NO_ANSWER, b"/v1/quick")


def test_a_request_that_was_given_up_leaves_the_lane_usable() -> None:
    async def given_up() -> bytes:
        async with serving(lambda path, _number: (200, 0.3 if path.endswith("slow") else 0.0)) as (_, target):
            lane = Lane(target)
            slow = asyncio.create_task(lane.call("GET", "/slow"))
            await asyncio.sleep(0.1)
            slow.cancel()
            answer = await lane.call("GET", "/quick")
            lane.close()
            return answer.body

    assert asyncio.run(given_up()) == b"/v1/quick"


def test_a_stranger_is_refused_for_a_while_and_has_nothing_to_renew() -> None:
    """A service whose clock is behind takes a token that was just signed for one of the future."""

    async def insisting() -> tuple[int, list[str]]:
        async with serving(lambda _path, number: (401 if number < 2 else 200, 0.0)) as (server, target):
            stranger = Person("stranger", "", "127.0.0.1", token="once")
            stranger.lane = Lane(target)
            client = Client(People(target), stranger, random.Random(1))
            answer = await client.insist("GET", "/ad")
            client.leave()
            return answer.status, server.asked

    assert asyncio.run(insisting()) == (200, ["/v1/ad"] * 3)
