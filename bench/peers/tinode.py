"""Tinode's server, built of its Go module, on PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

from bench.peers.adapter import PAGE, Done, Member, OnMark, Page, Peer, Places, marks_in
from bench.peers.servers import Database, database, free_port, process
from bench.people import SetupError, for_each
from bench.websocket import Socket
from bench.wire import Target

PATIENCE_S = 30.0


class TinodeMember(Member):
    """Somebody who sends and listens on one WebSocket."""

    def __init__(self) -> None:
        self.on_mark: OnMark = lambda _moment, _mark: None
        self.socket = Socket(self._hear)
        self._asked = 0
        self._waiting: dict[bytes, Callable[[bytes], None]] = {}
        self._pages = 0
        self._reading = False

    def _hear(self, moment: float, frame: bytes) -> None:
        if frame.startswith((b'{"ctrl":', b'{"meta":')):
            answered = self._waiting.pop(frame.partition(b'"id":"')[2].partition(b'"')[0], None)
            if answered is not None:
                answered(frame)
            return
        for mark in marks_in(frame):
            if self._reading:
                self._pages += 1
            else:
                self.on_mark(moment, mark)

    async def ask(self, kind: str, **what: Any) -> dict[str, Any]:
        """Return the answer to a call.

        Raises:
            SetupError: It was refused, or did not come.
        """
        self._asked += 1
        key = f"q{self._asked}"
        answer: asyncio.Future[bytes] = asyncio.Future()
        self._waiting[key.encode()] = answer.set_result
        self.socket.send(json.dumps({kind: {"id": key, **what}}).encode())
        async with asyncio.timeout(PATIENCE_S):
            ((_, found),) = json.loads(await answer).items()
        if found.get("code", 200) >= 400:
            msg = f"{kind}: {found}"
            raise SetupError(msg)
        return dict(found)

    def send(self, room: str, mark: bytes, text: str, done: Done) -> None:
        """Send a message; 202 comes after PostgreSQL's commit."""
        self._waiting[mark] = lambda frame: done(b'"code":202' in frame)
        message = {"id": mark.decode(), "topic": room, "noecho": True, "content": text}
        self.socket.send(json.dumps({"pub": message}).encode())

    async def page(self, room: str, before: str | None) -> Page:
        """Return a page of history."""
        if not before:
            described = await self.ask("get", topic=room, what="desc")
            before = str(int(described["desc"]["seq"]) + 1)
        self._reading, self._pages = True, 0
        try:
            await self.ask("get", topic=room, what="data", data={"before": int(before), "limit": PAGE})
        finally:
            self._reading = False
        return Page(self._pages, str(int(before) - PAGE))


class TinodeServer:
    """A server whose API key is known."""

    def __init__(self, port: int, api_key: str, processes: Sequence[int]) -> None:
        self.processes = processes
        self._target = Target("127.0.0.1", port, "/v0")
        self._path = f"/channels?apikey={quote(api_key)}"
        self._members: list[TinodeMember] = []

    async def people(self, count: int) -> Sequence[TinodeMember]:
        """Make accounts and sign in."""
        self._members = await for_each(range(count), 2, self._register)
        return self._members

    async def _register(self, number: int) -> TinodeMember:
        member = TinodeMember()
        if not await member.socket.open(self._target, path=self._path):
            msg = "the WebSocket upgrade was refused"
            raise SetupError(msg)
        await member.ask("hi", ver="0.22", ua="bench")
        secret = base64.b64encode(f"bench{number}:{secrets.token_hex(8)}".encode()).decode()
        await member.ask("acc", user="new", scheme="basic", secret=secret, login=True)
        return member

    async def room(self, members: Sequence[Member]) -> str:
        """Make a group and have all join it."""
        there = [member for member in members if isinstance(member, TinodeMember)]
        access = {"defacs": {"auth": "JRWPS", "anon": "N"}}
        made = await there[0].ask("sub", topic="new", set={"desc": access})
        for member in there[1:]:
            await member.ask("sub", topic=made["topic"])
        return str(made["topic"])

    async def prepare(self) -> None:
        """Nothing: tokens last a day."""

    def close(self) -> None:
        """Drop all connections."""
        for member in self._members:
            member.socket.abort()


def _settings(at: Database, port: int, salt: bytes) -> dict[str, Any]:
    store = {
        "User": at.user, "Passwd": at.password, "Host": at.host, "Port": str(at.port), "DBName": at.name,
        "max_open_conns": 50, "max_idle_conns": 50, "sql_timeout": 10,
    }  # fmt: skip
    return {
        "listen": f"127.0.0.1:{port}",
        "api_path": "/",
        "grpc_listen": "",
        "ws_compression_disabled": True,
        "api_key_salt": base64.b64encode(salt).decode(),
        "max_message_size": 262_144,
        "max_subscriber_count": 128,
        "push": [],
        "plugins": [],
        "auth_config": {
            "basic": {"min_login_length": 3, "min_password_length": 3},
            "token": {
                "expire_in": 86_400, "serial_num": 1, "key": base64.b64encode(secrets.token_bytes(32)).decode(),
            },
        },
        "store_config": {
            "uid_key": base64.b64encode(secrets.token_bytes(16)).decode(),
            "use_adapter": "postgres",
            "adapters": {"postgres": store},
        },
    }  # fmt: skip


def _api_key(salt: bytes) -> str:
    # Version 1, application 0, number 1, an ordinary client.
    data = bytes([1, 0, 0, 0, 0, 0, 1, 0])
    return base64.urlsafe_b64encode(data + hmac.new(salt, data, "md5").digest()).decode()


@asynccontextmanager
async def _run(places: Places) -> AsyncIterator[TinodeServer]:
    port, salt = free_port(), secrets.token_bytes(32)
    with database(places.stack, "tinode", may_create=True) as at:
        settings = places.home / "tinode.json"
        settings.write_text(json.dumps(_settings(at, port, salt)))
        making = await asyncio.create_subprocess_exec(
            str(places.programs / "tinode-db"), f"-config={settings}", cwd=places.home,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await making.communicate()
        if making.returncode:
            msg = f"no tables: {said[-300:]!r}"
            raise SetupError(msg)
        command = [str(places.programs / "server"), f"-config={settings}", f"-static_data={places.home}"]
        async with process(command, places.home, port) as pid:
            server = TinodeServer(port, _api_key(salt), [pid, places.stack.pid("postgres")])
            try:
                yield server
            finally:
                server.close()


TINODE = Peer(
    name="tinode",
    acknowledged="202: the message committed in PostgreSQL",
    listening="a WebSocket",
    program="server",
    run=_run,
)
