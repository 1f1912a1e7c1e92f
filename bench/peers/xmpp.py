"""Members of an XMPP server: RFC 6120 streams, rooms by XEP-0045, history by XEP-0313."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from bench.peers.adapter import PAGE, Done, Marks, Member, OnMark, Page, Places, marks_in
from bench.peers.servers import process
from bench.people import SetupError, for_each

DOMAIN = "localhost"
ROOMS = f"rooms.{DOMAIN}"
PATIENCE_S = 30.0
#: What a `Peer` says of such a server.
ACKNOWLEDGED = "the room's echo: archived (MAM) and committed in PostgreSQL, then sent to all"
LISTENING = "an XMPP stream"
_FIRST = re.compile(rb"<first[^>]*>([^<]+)</first>")
_JID = re.compile(rb"<jid>([^<]+)</jid>")


class Stream(asyncio.Protocol):
    """One connection. What comes is searched for marks, except while an answer is waited for."""

    def __init__(self) -> None:
        self.on_mark: OnMark = lambda _moment, _mark: None
        self.own: dict[bytes, Done] = {}
        self._marks = Marks()
        self._answer: asyncio.Future[bytes] | None = None
        self._until: re.Pattern[bytes] | None = None
        self._collected = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - asyncio's own promise
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take marks, or a part of the answer."""
        if self._answer is not None and self._until is not None:
            self._collect(data)
            return
        now = perf_counter()
        for mark in self._marks.feed(data):
            done = self.own.pop(mark, None)
            if done is not None:
                done(True)
            else:
                self.on_mark(now, mark)

    def _collect(self, data: bytes) -> None:
        assert self._answer is not None  # noqa: S101 - the caller looked
        assert self._until is not None  # noqa: S101 - the caller looked
        self._collected += data
        if self._until.search(self._collected) and not self._answer.done():
            self._answer.set_result(self._collected)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that nothing under way is acknowledged."""
        for done in self.own.values():
            done(False)
        self.own.clear()

    def write(self, stanza: str) -> None:
        """Write a stanza."""
        assert self._transport is not None  # noqa: S101 - set before anybody has the stream
        self._transport.write(stanza.encode())

    async def ask(self, stanza: str, until: str) -> bytes:
        """Write a stanza and return all that comes until a pattern.

        Raises:
            SetupError: It did not come.
        """
        self._answer, self._until, self._collected = asyncio.Future(), re.compile(until.encode()), b""
        self.write(stanza)
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._answer
        except TimeoutError:
            msg = f"no {until} after {stanza[:80]}: {self._collected[-300:]!r}"
            raise SetupError(msg) from None
        finally:
            self._answer = None

    def close(self) -> None:
        """End the stream."""
        if self._transport is not None:
            self._transport.abort()


class XmppMember(Member):
    """Somebody with one stream, in as many rooms as they like."""

    def __init__(self, nick: str, stream: Stream) -> None:
        self.nick = nick
        self.stream = stream

    @property
    def on_mark(self) -> OnMark:
        """Who hears of messages of others."""
        return self.stream.on_mark

    @on_mark.setter
    def on_mark(self, hears: OnMark) -> None:
        self.stream.on_mark = hears

    def send(self, room: str, mark: bytes, text: str, done: Done) -> None:
        """Send to a room; it is acknowledged by its coming back."""
        self.stream.own[mark] = done
        self.stream.write(f"<message to='{room}' type='groupchat' id='{mark.decode()}'><body>{text}</body></message>")

    async def join(self, room: str) -> None:
        """Enter a room."""
        await self.stream.ask(
            f"<presence to='{room}/{self.nick}'><x xmlns='http://jabber.org/protocol/muc'>"
            "<history maxstanzas='0'/></x></presence>",
            "<subject",  # comes last
        )

    async def page(self, room: str, before: str | None) -> Page:
        """Return a page of the room's archive."""
        place = f"<before>{before}</before>" if before else "<before/>"
        answer = await self.stream.ask(
            f"<iq to='{room}' type='set' id='page'><query xmlns='urn:xmpp:mam:2'>"
            f"<set xmlns='http://jabber.org/protocol/rsm'><max>{PAGE}</max>{place}</set></query></iq>",
            "</fin>|type=['\"]error",
        )
        first = _FIRST.search(answer)
        return Page(len(marks_in(answer)), first.group(1).decode() if first else "")


class XmppServer:
    """A server that listens without TLS, as the others do here.

    Args:
        port: Where.
        processes: Which processes its work is done by.
    """

    def __init__(self, port: int, processes: Sequence[int]) -> None:
        self.processes = processes
        self._port = port
        self._members: list[XmppMember] = []
        self._rooms = 0

    async def people(self, count: int) -> Sequence[XmppMember]:
        """Sign in, anonymously (XEP-0175): it is once for each stream, and no part of what is measured."""
        self._members = await for_each(range(count), 8, self._sign_in)
        return self._members

    async def _sign_in(self, number: int) -> XmppMember:
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(Stream, "127.0.0.1", self._port)
        opening = (
            f"<stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' "
            "xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        await stream.ask(opening, "</stream:features>")
        await stream.ask("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>", "<success")
        await stream.ask(opening, "</stream:features>")
        bound = await stream.ask(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>"
        )
        if not _JID.search(bound):
            msg = f"no JID: {bound[:300]!r}"
            raise SetupError(msg)
        stream.write("<presence/>")
        return XmppMember(f"n{number}", stream)

    async def room(self, members: Sequence[Member]) -> str:
        """Make a room that stays and is archived, and have all enter it."""
        there = [member for member in members if isinstance(member, XmppMember)]
        self._rooms += 1
        room = f"room{self._rooms}@{ROOMS}"
        await there[0].join(room)
        await there[0].stream.ask(
            f"<iq to='{room}' type='set' id='own'><query xmlns='http://jabber.org/protocol/muc#owner'>"
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'>"
            "<value>http://jabber.org/protocol/muc#roomconfig</value></field>"
            "<field var='muc#roomconfig_persistentroom'><value>1</value></field></x></query></iq>",
            "type=['\"]result|type=['\"]error",
        )
        for member in there[1:]:
            await member.join(room)
        return room

    async def prepare(self) -> None:
        """Nothing: a stream stays signed in."""

    def close(self) -> None:
        """End all streams."""
        for member in self._members:
            member.stream.close()


@asynccontextmanager
async def serving(
    places: Places, command: Sequence[str], port: int, environment: Mapping[str, str]
) -> AsyncIterator[XmppServer]:
    """Run such a server, and sign its people out before it ends."""
    async with process(command, places.home, port, environment) as pid:
        server = XmppServer(port, [pid, places.stack.pid("postgres")])
        try:
            yield server
        finally:
            server.close()
