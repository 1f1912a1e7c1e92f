"""Signed-in live sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from bench.lane import Lane
from bench.people import Person, SetupError, for_each, patient
from bench.websocket import OnText, Socket
from bench.wire import Target

#: How many sockets are opened at once.
OPENINGS_AT_ONCE = 16
READY_TIMEOUT_S = 10.0


async def sign_in(target: Target, person: Person, device: str, on_text: OnText, lane: Lane | None = None) -> Socket:
    """Return an open socket that the server called ready.

    Args:
        target: The gateway.
        person: Whose socket it is.
        device: The client's label; a second socket of the same device replaces the first.
        on_text: Sees every frame after `ready`.
        lane: The connection to ask for the ticket on; the person's own by default.

    Raises:
        SetupError: The server did not let the person in.
    """
    asker = lane or person.lane
    answer = await patient(lambda: asker.call("POST", "/ws-ticket", person.token), "ws-ticket")
    ready = asyncio.Event()

    def first(_: float, payload: bytes) -> None:
        if payload.startswith(b'{"t":"ready"') or json.loads(payload).get("t") == "ready":
            socket.on_text = on_text
            ready.set()

    socket = Socket(first)
    if not await socket.open(target, person.source):
        msg = "the WebSocket upgrade was refused"
        raise SetupError(msg)
    hello = {"t": "auth", "ticket": answer.json()["ticket"], "device": device}
    socket.send(json.dumps(hello).encode())
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await ready.wait()
    except TimeoutError:
        socket.abort()
        msg = f"no ready frame; close code {socket.close_code}"
        raise SetupError(msg) from None
    return socket


async def sign_in_all(target: Target, people: Sequence[Person], count: int, on_text: OnText) -> list[Socket]:
    """Return `count` ready sockets, dealt out over `people`, each on a device of its own."""
    seats = [(people[index % len(people)], f"bench-{index}") for index in range(count)]

    async def take(seat: tuple[Person, str]) -> Socket:
        lane = Lane(target, seat[0].source)
        try:
            return await sign_in(target, *seat, on_text, lane)
        finally:
            lane.close()

    return await for_each(seats, OPENINGS_AT_ONCE, take)
