"""Synapse, as PyPI has it: one process, which is how it is installed on one machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Any
from urllib.parse import quote

from bench.lane import Lane
from bench.peers.adapter import PAGE, Done, Member, OnMark, Page, Peer, Places, marks_in
from bench.peers.servers import database, free_port, process
from bench.people import SetupError, for_each
from bench.wire import Target

_LIMITLESS = {"per_second": 1_000_000, "burst_count": 1_000_000}
_LISTEN_S = 600.0
#: All that came meanwhile, and nothing of presence, typing or accounts.
_FILTER = json.dumps(
    {
        "presence": {"types": []},
        "account_data": {"types": []},
        "room": {
            "timeline": {"limit": 1000, "types": ["m.room.message"]},
            "state": {"types": []}, "ephemeral": {"types": []}, "account_data": {"types": []},
        },
    },
    separators=(",", ":"),
)  # fmt: skip


class SynapseMember(Member):
    """Somebody who sends by HTTP and listens by a /sync that hangs."""

    def __init__(self, target: Target, user: str, token: str) -> None:
        self.user = user
        self.on_mark: OnMark = lambda _moment, _mark: None
        self._target = target
        self._token = token
        self._lane = Lane(target)
        self._listening_lane = Lane(target)
        self._listening: asyncio.Task[None] | None = None

    async def call(self, method: str, path: str, body: object | None = None) -> Any:
        """Return what a call answers.

        Raises:
            SetupError: It was refused.
        """
        answer = await self._lane.request(self._target.request(method, path, self._token, body), 60.0)
        if not answer.ok:
            msg = f"{method} {path}: {answer.status} {answer.body[:300]!r}"
            raise SetupError(msg)
        return answer.json()

    def send(self, room: str, mark: bytes, text: str, done: Done) -> None:
        """Send a message; 200 comes after PostgreSQL's commit."""
        path = f"/client/v3/rooms/{quote(room)}/send/m.room.message/{mark.decode()}"
        raw = self._target.request("PUT", path, self._token, {"msgtype": "m.text", "body": text})
        self._lane.send(raw, lambda answer: done(answer.ok))

    async def page(self, room: str, before: str | None) -> Page:
        """Return a page of history."""
        place = f"&from={quote(before)}" if before else ""
        path = f"/client/v3/rooms/{quote(room)}/messages?dir=b&limit={PAGE}{place}"
        answer = await self._lane.request(self._target.request("GET", path, self._token), 60.0)
        if not answer.ok:
            return Page(0, "")
        _, _, end = answer.body.partition(b'"end":"')
        return Page(len(marks_in(answer.body)), end.partition(b'"')[0].decode())

    async def listen(self) -> None:
        """Begin to hear of what comes from now on, once."""
        if self._listening is not None:
            return
        since = (await self.call("GET", f"/client/v3/sync?timeout=0&filter={quote(_FILTER)}"))["next_batch"]
        self._listening = asyncio.create_task(self._hear(since))

    async def _hear(self, since: str) -> None:
        while True:
            path = f"/client/v3/sync?timeout={_LISTEN_S * 1000:.0f}&filter={quote(_FILTER)}&since={since}"
            request = self._target.request("GET", path, self._token)
            answer = await self._listening_lane.request(request, _LISTEN_S + 30.0)
            now = perf_counter()
            if not answer.ok:
                await asyncio.sleep(0.05)
                continue
            for mark in marks_in(answer.body):
                self.on_mark(now, mark)
            since = answer.body.partition(b'"next_batch":"')[2].partition(b'"')[0].decode()

    async def close(self) -> None:
        """Hear no more."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        self._listening_lane.close()
        self._lane.close()


class SynapseServer:
    """A homeserver whose registration secret is known."""

    def __init__(self, port: int, secret: str, processes: Sequence[int]) -> None:
        self.processes = processes
        self._target = Target("127.0.0.1", port, "/_matrix")
        self._admin = Target("127.0.0.1", port, "/_synapse/admin/v1")
        self._secret = secret
        self._members: list[SynapseMember] = []

    async def people(self, count: int) -> Sequence[SynapseMember]:
        """Register people; they listen once they have rooms, since /sync would tell of each invitation."""
        self._members = await for_each(range(count), 2, self._register)
        return self._members

    async def _register(self, number: int) -> SynapseMember:
        lane = Lane(self._admin)
        nonce = (await lane.call("GET", "/register")).json()["nonce"]
        name, password = f"b{number}", secrets.token_hex(8)
        mac = hmac.new(self._secret.encode(), digestmod=hashlib.sha1)  # its protocol's choice
        mac.update(b"\0".join(each.encode() for each in (nonce, name, password, "notadmin")))
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac.hexdigest()}
        answer = await lane.call("POST", "/register", body=body, timeout_s=60.0)
        lane.close()
        if not answer.ok:
            msg = f"register: {answer.status} {answer.body[:300]!r}"
            raise SetupError(msg)
        made = answer.json()
        return SynapseMember(self._target, made["user_id"], made["access_token"])

    async def room(self, members: Sequence[Member]) -> str:
        """Make a private room without end-to-end encryption, have all join it, and all listen."""
        there = [member for member in members if isinstance(member, SynapseMember)]
        owner, others = there[0], there[1:]
        body = {"preset": "private_chat", "invite": [member.user for member in others]}
        room = str((await owner.call("POST", "/client/v3/createRoom", body))["room_id"])
        for member in others:
            await member.call("POST", f"/client/v3/join/{quote(room)}", {})
        return room

    async def prepare(self) -> None:
        """Have everybody listen."""
        await for_each(self._members, 4, SynapseMember.listen)

    async def close(self) -> None:
        """Drop all connections."""
        for member in self._members:
            await member.close()


def _settings(places: Places, port: int, at: Any, secret: str) -> dict[str, Any]:
    limits = dict.fromkeys(
        ("rc_message", "rc_registration", "rc_joins_per_room", "rc_admin_redaction", "rc_presence", "rc_room_creation"),
        _LIMITLESS,
    )
    return {
        "server_name": "localhost",
        "report_stats": False,
        "pid_file": str(places.home / "pid"),
        "signing_key_path": str(places.home / "signing.key"),
        "media_store_path": str(places.home / "media"),
        "log_config": str(places.home / "log.json"),
        "registration_shared_secret": secret,
        "bcrypt_rounds": 4,  # signing in is no part of what is measured
        "trusted_key_servers": [],
        "presence": {"enabled": False},
        "listeners": [
            {
                "port": port, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": False,
                "resources": [{"names": ["client"]}],
            }
        ],
        "database": {
            "name": "psycopg2",
            "args": {
                "user": at.user, "password": at.password, "dbname": at.name, "host": at.host, "port": at.port,
                "cp_min": 5, "cp_max": 10,
            },
        },
        **limits,
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), _LIMITLESS),
        "rc_joins": dict.fromkeys(("local", "remote"), _LIMITLESS),
        "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), _LIMITLESS),
    }  # fmt: skip


@asynccontextmanager
async def _run(places: Places) -> AsyncIterator[SynapseServer]:
    port, secret = free_port(), secrets.token_hex(16)
    python = str(places.programs / "bin/python")
    with database(places.stack, "synapse") as at:
        settings = places.home / "homeserver.yaml"
        settings.write_text(json.dumps(_settings(places, port, at, secret)))  # JSON is YAML
        (places.home / "log.json").write_text('{"version": 1, "root": {"level": "ERROR"}}')
        command = [python, "-m", "synapse.app.homeserver", "-c", str(settings)]
        making = await asyncio.create_subprocess_exec(*command, "--generate-keys", cwd=places.home)
        if await making.wait():
            msg = "it could not make its signing key"
            raise SetupError(msg)
        async with process(command, places.home, port) as pid:
            server = SynapseServer(port, secret, [pid, places.stack.pid("postgres")])
            try:
                yield server
            finally:
                await server.close()


SYNAPSE = Peer(
    name="synapse",
    acknowledged="200: the event committed in PostgreSQL",
    listening="a /sync that hangs",
    program="bin/synapse_homeserver",
    run=_run,
)
