"""The whole client."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx

from charla_sdk.commands import Answering, Commands
from charla_sdk.errors import SessionEnded
from charla_sdk.events import Event, Handler, Handlers
from charla_sdk.follower import Follower
from charla_sdk.generated.models import CommandBody, OwnUserView
from charla_sdk.generated.operations import Operations
from charla_sdk.live import Live, together
from charla_sdk.outbox import Outbox, Sending
from charla_sdk.pace import Pace
from charla_sdk.session import Session, SignedAsk
from charla_sdk.store import Store
from charla_sdk.transport import Transport

H = TypeVar("H", bound=Handler)
A = TypeVar("A", bound=Answering)


class Charla:
    """A client of one Charla, for one account; a context manager.

    Args:
        url: where Charla answers, such as `https://chat.example.org`.
        store: a file for what shall outlive the process; none keeps it in memory.
        pace: how long to pause.
        on_refresh_token: called with each new refresh token, for programs that stay signed in across restarts.
        http: an httpx client to use instead of a new one.

    Attributes:
        api: every operation of the wire API, typed.
        session: signs in and out.
        outbox: messages on their way.
    """

    def __init__(
        self,
        url: str,
        *,
        store: str | Path | None = None,
        pace: Pace | None = None,
        on_refresh_token: Callable[[str], None] | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._pace = pace or Pace()
        self._transport = Transport(url, self._pace.answer_s, http)
        self._store = Store(":memory:" if store is None else store)
        self._handlers = Handlers()
        self._live: Live | None = None
        self.session = Session(self._transport, on_refresh_token)
        self.api = Operations(SignedAsk(self._transport, self.session))
        self.outbox = Outbox(self.api, self._store, self._pace)
        self._commands: Commands | None = None

    async def __aenter__(self) -> Charla:
        try:
            await self._store.open()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()
        await self._store.close()

    @property
    def me(self) -> OwnUserView:
        """Who is signed in.

        Raises:
            SessionEnded: nobody is.
        """
        if self.session.user is None:
            message = "nobody is signed in"
            raise SessionEnded(message)
        return self.session.user

    async def login(self, username: str, password: str) -> OwnUserView:
        """Signs in by password; `session` knows other ways."""
        return await self.session.login(username, password, device="charla-sdk")

    def on(self, type_: str) -> Callable[[H], H]:
        """Decorates a coroutine function that handles events of a type; `*` is all of them."""

        def add(handler: H) -> H:
            self._handlers.add(type_, handler)
            return handler

        return add

    def command(self, name: str, description: str = "", *, usage: str = "") -> Callable[[A], A]:
        """Decorates a coroutine function that answers `/name` in every conversation that this account is in.

        Args:
            name: 1 to 32 of `a-z`, `0-9` and `_`.
            description: what people are shown of it; the first line of the function's docstring unless given.
            usage: what may come after the name, such as `<minutes> <words>`.

        Raises:
            ValueError: nothing says what it does.
        """

        def add(answer: A) -> A:
            said = description or (inspect.getdoc(answer) or "").partition("\n")[0]
            if not said:
                message = f"say what /{name} does"
                raise ValueError(message)
            body: CommandBody = {"name": name, "description": said, "usage": usage}
            self._answering().add(body, answer)
            return answer

        return add

    def _answering(self) -> Commands:
        if self._commands is None:
            commands = self._commands = Commands(self.api, self._store, self.outbox, self._pace)

            async def on_message(event: Event) -> None:
                await commands.on_message(event, self.me["id"])

            self._handlers.add("message.created", on_message)
            self._handlers.add("conversation.joined", commands.on_joined)
        return self._commands

    async def send(self, conversation_id: str, text: str = "", **fields: Any) -> Sending:
        """Stores a message, which `run` then sends exactly once, now or after any number of restarts.

        Args:
            conversation_id: where it goes.
            text: what it says.
            **fields: others of `SendBody`, such as `reply_to`, `media_ids` or a `client_msg_id` of one's own.

        Returns:
            What knows its id, and waits for the server's answer if asked to.
        """
        return await self.outbox.add(conversation_id, {"text": text, **fields})

    async def say(self, frame: dict[str, Any]) -> None:
        """Says something over the socket that need not arrive, such as `{"t": "typing", "conv": …}`."""
        if self._live is not None:
            await self._live.say(frame)

    async def wait_until_connected(self) -> None:
        """Waits until a socket is ready; `run` has to run."""
        await self._living().connected.wait()

    async def run(self) -> None:
        """Follows events and sends what waits, until it is cancelled.

        Raises:
            SessionEnded: nobody is signed in any more.
            StoreOfAnother: the store is another account's.
        """
        await self._store.belong_to(self.me["id"])
        try:
            await together(self._living().run(), self.outbox.run(), self._answering().run())
        finally:
            self._live = None

    def _living(self) -> Live:
        if self._live is None:
            follower = Follower(self.api, self._store, self._handlers, self._pace, self.me["id"])

            def hurry() -> None:
                self.outbox.hurry()
                follower.hurry()

            url = self._transport.url.replace("http", "ws", 1) + "/v1/ws"
            self._live = Live(url, self.api, follower, self._pace, hurry)
        return self._live
