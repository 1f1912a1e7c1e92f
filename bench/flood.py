"""An open loop over raw sockets: requests leave at a fixed rate, whatever the answers do.

It is a process of its own, so that it can take a core for itself and its cost is known. A real client's connection has
one request under way; so has each of these. An arrival that finds none free is not offered, and counted as such.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import resource
import select
import socket
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

from bench.tally import Outcome, PhaseTally
from bench.wire import Target, cut_response

#: Whoever has no answer by then gives up and comes back on another connection.
SILENT_S = 10.0
_LOOK_S = 0.5
_READ = 262_144
_POLLED = 1_024
#: Requests that may leave between two looks at the answers.
_BURST = 64


@dataclass(frozen=True)
class Template:
    """A request that was built ahead. Between `before` and `after` stands a message id of its own, where `after` is."""

    kind: str
    before: bytes
    after: bytes | None = None


@dataclass(frozen=True)
class Phase:
    """A part of a run.

    Attributes:
        rate: Requests a second; None sends the next one as soon as a connection is free (a closed loop).
        lanes: How many connections take part; all where it is None.
    """

    name: str
    seconds: float
    rate: float | None
    lanes: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a flood does: `templates` in turn, over one connection from each of `sources`."""

    target: Target
    sources: tuple[str, ...]
    templates: tuple[Template, ...]
    phases: tuple[Phase, ...]


@dataclass
class Flooded:
    """What came of it: a tally for each phase, and the bodies of acknowledged sends."""

    tallies: list[PhaseTally]
    acknowledged: list[bytes]


async def flooded(plan: Plan) -> Flooded:
    """Carry out `plan` in another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, flood, plan)


def flood(plan: Plan) -> Flooded:
    """Carry out `plan` in this process, and nothing else meanwhile."""
    gc.disable()
    return _Flood(plan).run()


class _Connection:
    __slots__ = ("busy", "kind", "lane", "missing", "parts", "sent_at", "sock", "status", "told")

    def __init__(self, lane: int, sock: socket.socket) -> None:
        self.lane = lane
        self.sock = sock
        self.busy = False
        self.kind = ""
        self.sent_at = 0.0
        self.parts: list[bytes] = []
        self.missing = 0
        self.status = 0
        self.told = False


class _Flood:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._poll = select.epoll()
        self._connections: dict[int, _Connection] = {}
        self._free: deque[_Connection] = deque()
        self._lost: deque[int] = deque()
        self._run_id = str(uuid4())[:24].encode()
        self._next = 0
        self._acknowledged: list[bytes] = []
        self._tally = PhaseTally("", 0.0, None)
        self._began = 0.0

    def run(self) -> Flooded:
        for lane in range(len(self._plan.sources)):
            self._connect(lane, patience_s=5.0)
        tallies = [self._phase(phase) for phase in self._plan.phases]
        self._tally = PhaseTally("rest", 0.0, None)
        self._settle(perf_counter() + SILENT_S)
        # Sends that were answered after the last phase are acknowledged all the same.
        return Flooded(tallies, self._acknowledged)

    def _phase(self, phase: Phase) -> PhaseTally:
        tally = self._tally = PhaseTally(phase.name, phase.seconds, phase.rate)
        used, self._began = _cpu_s(), perf_counter()
        ends = self._began + phase.seconds
        look_at, due = self._began + _LOOK_S, 0
        lanes = phase.lanes or len(self._plan.sources)
        while (now := perf_counter()) < ends:
            if phase.rate is None:
                self._fire_closed(lanes, now)
            else:
                wanted = int((now - self._began) * phase.rate)
                due += self._fire(min(wanted - due, _BURST), now)
                tally.most_behind = max(tally.most_behind, wanted - due)
            self._take_answers(0.0 if phase.rate and due < (now - self._began) * phase.rate - 1 else 0.001)
            if now >= look_at:
                look_at = now + _LOOK_S
                self._look_after_silent(now)
        tally.cpu_s = _cpu_s() - used
        tally.wall_s = perf_counter() - self._began
        return tally

    def _fire(self, count: int, now: float) -> int:
        """Let `count` requests go, as far as there are connections."""
        for _ in range(count):
            if not self._free and not self._come_back():
                self._tally.no_connection += 1
                continue
            self._send(self._free.popleft(), now)
        return max(count, 0)

    def _fire_closed(self, lanes: int, now: float) -> None:
        busy = len(self._connections) - len(self._free)
        for _ in range(lanes - busy):
            if not self._free and not self._come_back():
                return
            self._send(self._free.popleft(), now)

    def _send(self, connection: _Connection, now: float) -> None:
        templates = self._plan.templates
        template = templates[self._next % len(templates)]
        self._next += 1
        raw = template.before
        if template.after is not None:
            raw = b"%b%b%012x%b" % (raw, self._run_id, self._next, template.after)
        connection.busy, connection.kind, connection.sent_at = True, template.kind, now
        self._tally.offered += 1
        try:
            connection.sock.send(raw)
        except OSError:
            self._lose(connection, now, Outcome.RESET)

    def _take_answers(self, wait_s: float) -> None:
        events = self._poll.poll(wait_s, _POLLED)
        now = perf_counter()
        for descriptor, _ in events:
            connection = self._connections.get(descriptor)
            if connection is not None:
                self._read(connection, now)

    def _read(self, connection: _Connection, now: float) -> None:
        try:
            data = connection.sock.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(connection, now, Outcome.RESET)
            return
        if connection.missing:
            connection.missing -= len(data)
            if connection.status == 201:
                connection.parts.append(data)
            if connection.missing <= 0:
                self._finish(connection, now)
            return
        if connection.parts:
            data = b"".join((*connection.parts, data))
        self._begin_answer(connection, data, now)

    def _begin_answer(self, connection: _Connection, data: bytes, now: float) -> None:
        end = data.find(b"\r\n\r\n")
        if end < 0:
            connection.parts = [data]
            return
        at = data.find(b"\r\nContent-Length: ", 0, end)
        if at < 0:  # in pieces, or without a body
            cut = cut_response(data)
            connection.parts = [data] if cut is None else []
            missing = cut is None
        else:
            length = int(data[at + 18 : data.find(b"\r\n", at + 18)])
            connection.missing = end + 4 + length - len(data)
            connection.parts = [data[end + 4 :]]
            missing = connection.missing > 0
        connection.status = int(data[9:12])
        connection.told = connection.status in (429, 503) and b"\r\nRetry-After: " in data[:end]
        if not missing:
            self._finish(connection, now)

    def _finish(self, connection: _Connection, now: float) -> None:
        took = now - connection.sent_at
        if connection.status == 201:
            self._acknowledged.append(b"".join(connection.parts))
        self._tally.answered(connection.kind, now - self._began, connection.status, took, told=connection.told)
        connection.parts, connection.missing, connection.busy = [], 0, False
        self._free.append(connection)

    def _look_after_silent(self, now: float) -> None:
        silent = [each for each in self._connections.values() if each.busy and now - each.sent_at > SILENT_S]
        for connection in silent:
            self._lose(connection, now, Outcome.SILENT)
        while self._lost and self._come_back():
            pass

    def _lose(self, connection: _Connection, now: float, outcome: Outcome) -> None:
        descriptor = connection.sock.fileno()
        self._connections.pop(descriptor, None)
        connection.sock.close()
        self._lost.append(connection.lane)
        if connection.busy:
            self._tally.lost(connection.kind, now - self._began, outcome)
        else:
            self._tally.closed_idle += 1
            self._free.remove(connection)

    def _come_back(self) -> bool:
        return bool(self._lost) and self._connect(self._lost.popleft(), patience_s=0.05)

    def _connect(self, lane: int, patience_s: float) -> bool:
        target = self._plan.target
        try:
            sock = socket.create_connection(
                (target.host, target.port), patience_s, source_address=(self._plan.sources[lane], 0)
            )
        except OSError:
            self._lost.append(lane)
            self._tally.no_door += 1
            return False
        sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(lane, sock)
        self._connections[sock.fileno()] = connection
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._free.append(connection)
        return True

    def _settle(self, deadline: float) -> None:
        while any(each.busy for each in self._connections.values()) and perf_counter() < deadline:
            self._take_answers(0.05)
        for connection in self._connections.values():
            connection.sock.close()
        self._poll.close()


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
