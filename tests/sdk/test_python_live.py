"""The Python SDK on a real stack: nothing is lost and nothing doubled, whatever breaks in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from charla_sdk import Charla, Event, Pace, ProblemError, SessionEnded, StoreInUse, StoreOfAnother, Unreachable
from people import PASSWORD, PATIENCE_S, Account
from tcp_proxy import TcpProxy

T = TypeVar("T")

QUICK = Pace(first_pause_s=0.05, longest_pause_s=0.3, connect_s=10)


async def until(work: Awaitable[T]) -> T:
    return await asyncio.wait_for(work, PATIENCE_S)


async def arrived(person: Account, group: str, text: str) -> None:
    while text not in await asyncio.to_thread(person.texts, group):
        await asyncio.sleep(0.05)


@asynccontextmanager
async def client_of(
    account: Account, url: str, store: Path | None = None, *, pace: Pace = QUICK, http: httpx.AsyncClient | None = None
) -> AsyncIterator[Charla]:
    """A client of the account's session, which needs no hashing of a password."""
    async with Charla(url, store=store, pace=pace, http=http) as client:
        client.session.enter(account.signed_in)
        yield client


@asynccontextmanager
async def running(client: Charla) -> AsyncIterator[None]:
    """Runs a client, and waits until it is connected."""
    task = asyncio.create_task(client.run())
    try:
        await until(client.wait_until_connected())
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Heard:
    """Keeps what the handlers of a client were told, and waits for more."""

    def __init__(self, client: Charla, group: str) -> None:
        self.events: list[Event] = []
        self._group = group
        self._more = asyncio.Condition()
        client.on("message.created")(self._hear)

    async def _hear(self, event: Event) -> None:
        if event.conversation_id == self._group:
            async with self._more:
                self.events.append(event)
                self._more.notify_all()

    async def until_text(self, text: str) -> None:
        async with self._more:
            await until(self._more.wait_for(lambda: text in self.texts))

    @property
    def texts(self) -> list[str]:
        return [each.data["text"] for each in self.events]

    @property
    def numbers(self) -> list[int | None]:
        return [each.number for each in self.events]


def test_what_is_sent_while_the_connection_is_down_arrives_once_and_in_order(
    proxy: TcpProxy, ana: Account, ben: Account, group: str
) -> None:
    async def act() -> None:
        async with client_of(ana, proxy.url) as charla, running(charla):
            await until((await charla.send(group, "before")).answer())
            proxy.cut()
            for number in range(5):
                await charla.send(group, f"down {number}")
            assert await asyncio.to_thread(ben.texts, group) == ["before"]
            proxy.mend()
            await until(charla.outbox.wait_until_empty())

    asyncio.run(act())
    assert ben.texts(group) == ["before", *(f"down {number}" for number in range(5))]


def test_a_lost_answer_sends_nothing_twice(proxy: TcpProxy, ana: Account, ben: Account, group: str) -> None:
    async def act() -> None:
        async with client_of(ana, proxy.url) as charla, running(charla):
            proxy.state = "deaf"
            sending = await charla.send(group, "once")
            await until(arrived(ben, group, "once"))
            proxy.mend()
            assert (await until(sending.answer()))["client_msg_id"] == sending.client_msg_id

    asyncio.run(act())
    assert ben.texts(group) == ["once"]


def test_what_the_server_refuses_is_kept_and_lets_the_next_ones_pass(stack: str, ana: Account, group: str) -> None:
    async def act() -> None:
        async with client_of(ana, stack) as charla, running(charla):
            refused = await charla.send(group, "x" * 8_001)
            await until((await charla.send(group, "short")).answer())
            with pytest.raises(ProblemError, match="invalid_field"):
                await until(refused.answer())
            kept = [(each.client_msg_id, (each.problem or {}).get("code")) for each in await charla.outbox.entries()]
            assert kept == [(refused.client_msg_id, "invalid_field")]

    asyncio.run(act())
    assert ana.texts(group) == ["short"]


def test_sockets_that_are_cut_lose_no_event_and_double_none(
    proxy: TcpProxy, ana: Account, ben: Account, group: str
) -> None:
    async def act() -> Heard:
        async with client_of(ben, proxy.url) as charla:
            heard = Heard(charla, group)
            async with running(charla):
                for number in range(30):
                    if number % 10 == 4:
                        proxy.cut()
                    await asyncio.to_thread(ana.write, group, f"m{number}")
                    if number % 10 == 7:
                        proxy.mend()
                await heard.until_text("m29")
        return heard

    heard = asyncio.run(act())
    assert heard.texts == [f"m{number}" for number in range(30)]
    assert heard.numbers == list(range(1, 31))


def test_a_network_that_falls_silent_is_noticed(proxy: TcpProxy, ana: Account, ben: Account, group: str) -> None:
    async def act() -> Heard:
        pace = Pace(first_pause_s=0.05, longest_pause_s=0.3, heartbeat_s=1)
        # Requests shall not wait for an answer over a dead connection: it is the socket's that is looked at.
        http = httpx.AsyncClient(timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
        async with client_of(ben, proxy.url, pace=pace, http=http) as charla:
            heard = Heard(charla, group)
            async with running(charla):
                await asyncio.to_thread(ana.write, group, "heard")
                await heard.until_text("heard")
                proxy.silence()
                await asyncio.to_thread(ana.write, group, "said into a dead connection")
                await heard.until_text("said into a dead connection")
        return heard

    assert asyncio.run(act()).numbers == [1, 2]


def test_what_happened_while_the_program_was_away_is_handled_when_it_is_back(
    stack: str, ana: Account, ben: Account, group: str, tmp_path: Path
) -> None:
    old = group
    ana.write(old, "before the first time")

    async def listen(place: str, last: str) -> list[str]:
        async with client_of(ben, stack, tmp_path / "ben.db") as charla:
            heard = Heard(charla, place)
            async with running(charla):
                await asyncio.to_thread(ana.write, place, last)
                await heard.until_text(last)
            return heard.texts

    assert asyncio.run(listen(old, "here")) == ["here"]
    new = ana.make_group(ben)
    for place in (old, new):
        ana.write(place, "while away")
    assert asyncio.run(listen(new, "back")) == ["while away", "back"]


def test_a_session_that_was_ended_ends_the_run(stack: str, new_account: Callable[[], Account]) -> None:
    ana = new_account()

    async def act() -> None:
        async with client_of(ana, stack) as charla:
            task = asyncio.create_task(charla.run())
            await until(charla.wait_until_connected())
            await asyncio.to_thread(ana.log_out)
            with pytest.raises(SessionEnded):
                await until(task)

    asyncio.run(act())


def test_a_password_signs_in_again_where_the_session_has_ended(stack: str, ana: Account) -> None:
    async def act() -> list[str]:
        told: list[str] = []
        async with Charla(stack, on_refresh_token=told.append) as charla:
            while charla.session.user is None:
                with suppress(ProblemError, Unreachable):
                    await charla.login(ana.username, PASSWORD)
            await charla.api.logout()
            while len(told) < 2:
                with suppress(ProblemError, Unreachable):
                    assert (await charla.api.get_me())["id"] == ana.id
        return told

    assert len(set(asyncio.run(act()))) == 2


def test_a_store_is_one_process_and_one_accounts(stack: str, ana: Account, ben: Account, tmp_path: Path) -> None:
    async def act() -> None:
        async with client_of(ana, stack, tmp_path / "one.db") as charla, running(charla):
            with pytest.raises(StoreInUse):
                await Charla(stack, store=tmp_path / "one.db").__aenter__()
        async with client_of(ben, stack, tmp_path / "one.db") as charla:
            with pytest.raises(StoreOfAnother):
                await charla.run()

    asyncio.run(act())


def test_where_no_socket_opens_polls_bring_everything_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch, stack: str, ana: Account, ben: Account, group: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("charla_sdk.live_socket.connect", refuse)

    async def act() -> None:
        async with client_of(ana, stack) as charla:
            heard = Heard(charla, group)
            async with running(charla):
                for number in range(4):
                    await asyncio.to_thread(ben.write, group, f"said {number}")
                await until((await charla.send(group, "heard")).answer())
                await heard.until_text("heard")
                await asyncio.to_thread(ben.write, group, "later")
                await heard.until_text("later")
            assert heard.texts == [*(f"said {number}" for number in range(4)), "heard", "later"]
            assert heard.numbers == sorted(set(heard.numbers), key=lambda number: number or 0)

    asyncio.run(act())
