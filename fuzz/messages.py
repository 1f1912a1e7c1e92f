"""AMQP: calls and events as no service sends them, made by a grammar, at the queues of the running services."""

from __future__ import annotations

import importlib
import inspect
import json
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, replace
from itertools import count
from typing import Any

import amqp
from hypothesis import strategies as st

from drill.broker import DEAD, consumed, depth, operator_channel, queue_names
from fuzz.amqp_grammar import Sent, an_object, messages, tables, values
from fuzz.budget import Budget
from fuzz.site import Site
from fuzz.tally import Tally
from plumbing.describe import event_classes
from plumbing.topology import DIRECT_REPLY, event_exchange
from stack.running import RunningStack
from stack.topology import SERVICES

_RPC = "nameko-rpc"
#: Messages of one throw, which are heard of before the next one.
_AT_ONCE = 25
#: How long calls may be without an answer, and events without an end, in seconds.
_ANSWER_S, _QUIET_S = 60.0, 240.0
#: An answer that says that it was our mistake.
_OURS = "internal"
Method = tuple[str, str, list[str]]


def methods() -> list[Method]:
    """Return every method that a contract promises: its service, its name, its arguments."""
    found = []
    for service in SERVICES:
        contract = importlib.import_module(f"contracts.{service}")
        protocol = getattr(contract, f"{service.title()}Service")
        for name, method in vars(protocol).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                found.append((service, name, list(inspect.signature(method).parameters)[1:]))
    return found


class Caller:
    """Sends messages as they are, and hears the answers."""

    def __init__(self, channel: amqp.Channel, tally: Tally) -> None:
        self._channel, self._tally = channel, tally
        self._numbers = count(1)
        self._waiting: dict[str, str] = {}
        channel.basic_consume(DIRECT_REPLY, no_ack=True, callback=self._on_answer)
        channel.events["basic_return"].add(lambda *told: self._waiting.pop(told[-1].properties["correlation_id"], ""))

    def call(self, sent: Sent) -> None:
        """Send a call; where it says nothing of an answer, to here."""
        key = sent.key.decode("latin-1")
        if sent.reply_to is None:
            number = f"n{next(self._numbers)}"
            self._waiting[number] = key
            sent = replace(sent, reply_to=DIRECT_REPLY.encode(), correlation_id=number.encode())
        self._channel.basic_publish(sent.outgoing(), _RPC, sent.key, mandatory=True)

    def hear(self) -> None:
        """Wait for all answers."""
        deadline = time.monotonic() + _ANSWER_S
        while self._waiting and time.monotonic() < deadline:
            with suppress(TimeoutError):
                self._channel.connection.drain_events(timeout=0.05)
        for key in self._waiting.values():
            self._tally.fault(f"{key} was not answered")
        self._waiting.clear()

    def _on_answer(self, message: amqp.Message) -> None:
        key = self._waiting.pop(message.properties["correlation_id"], "")
        error = json.loads(message.body)["error"]
        code = error["charla"]["code"] if error else "done"
        self._tally.case(code)
        self._tally.demand(code != _OURS, f"{key} was answered `{_OURS}`")


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack("B", len(name)) + name + b"S" + struct.pack(">I", len(value)) + value


def calls(token: str, things: list[str]) -> st.SearchStrategy[list[Sent]]:
    """Return calls of any kind, half of which have a person's token.

    Args:
        token: An access token.
        things: Ids of what there is.
    """
    ids = st.sampled_from([json.dumps(each) for each in things])
    plain = st.sampled_from(['""', '"a"', "0", "1", "-1", "null", "true", "[]", "{}", '"2026-11-28T00:00:00Z"', "50"])
    signed = st.one_of(
        st.just(_header(b"nameko.token", token.encode())),
        st.just(_header(b"nameko.token", token.encode())),
        tables.map(lambda table: _header(b"nameko.token", token.encode()) + table),
        tables,
    )
    return st.lists(
        st.sampled_from(methods()).flatmap(lambda method: _call(method, ids, plain, signed)), max_size=_AT_ONCE
    )


def _call(
    method: Method, ids: st.SearchStrategy[str], plain: st.SearchStrategy[str], headers: st.SearchStrategy[bytes]
) -> st.SearchStrategy[Sent]:
    service, name, arguments = method
    junk = st.one_of(ids, plain, plain, values(arguments))
    kwargs = st.fixed_dictionaries({each: _fitting(each, ids, junk) for each in arguments})
    right = kwargs.map(lambda found: '{"args":[],"kwargs":' + an_object(list(found.items())) + "}")
    fewer = st.lists(st.tuples(st.sampled_from([*arguments, "self", "colour"]), junk), max_size=4)
    whole = st.one_of(right, right, right, fewer.map(lambda pairs: '{"args":[],"kwargs":' + an_object(pairs) + "}"))
    key = st.sampled_from([*[name] * 12, "__init__", "_" + name, "no_such", ""])
    keys = key.map(lambda text: f"{service}.{text}".encode())
    plainly = st.builds(Sent, keys, whole.map(lambda text: text.encode("utf-8", "surrogatepass")), headers=headers)
    return st.one_of(
        plainly,
        plainly,
        plainly,
        plainly,
        messages(keys, whole, headers=headers, reply_to=st.none() | st.just(b"nobody")),
    )


def _fitting(name: str, ids: st.SearchStrategy[str], junk: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return values for an argument, which a method of that name may well take."""
    if name.endswith("_ids"):
        return st.one_of(ids.map(lambda each: f"[{each}]"), junk)
    return st.one_of(ids, ids, junk) if name.endswith("_id") else junk


def events() -> st.SearchStrategy[list[tuple[str, Sent]]]:
    """Return events with the exchange that each goes to: fields left out, of another kind, and others."""
    return st.lists(st.sampled_from(event_classes()).flatmap(_event), max_size=_AT_ONCE)


def _event(kind: Any) -> st.SearchStrategy[tuple[str, Sent]]:
    names = [field.name for field in fields(kind)]
    odd = st.lists(st.tuples(st.sampled_from([*names, "colour"]), values(names)), max_size=len(names))
    keys = st.sampled_from([kind.name, kind.name, f"{kind.name}.addressed", f"{kind.name}.media"]).map(str.encode)
    exchange = event_exchange(kind.source).name
    plainly = st.builds(Sent, keys, odd.map(lambda pairs: an_object(pairs).encode("utf-8", "surrogatepass")))
    strange = messages(keys, odd.map(an_object), reply_to=st.none() | st.just(b"nobody"))
    return st.one_of(plainly, strange).map(lambda sent: (exchange, sent))


def run(site: Site, budget: Budget) -> Tally:
    """Throw calls, then events; afterwards every queue is empty, and has somebody who consumes it."""
    tally = Tally("amqp")
    person, other = site.person("amy"), site.person("bob")
    room = person.need("POST", "/v1/conversations", {"kind": "group", "title": "x", "member_ids": [other.id]})["id"]
    channel_id = person.need("POST", "/v1/channels", {"title": "x", "visibility": "public"})["id"]
    things = [room, channel_id, person.id, other.id, "00000000-0000-0000-0000-000000000000"]
    with _heard(site.stack, tally), _Line(site.stack, tally) as line:
        budget.explore(calls(person.token, things), line.call, share=0.6)
        budget.explore(events(), line.tell)
    return tally


class _Line:
    """A connection to the broker, opened anew where the broker ends it because of what was said on it."""

    def __init__(self, stack: RunningStack, tally: Tally) -> None:
        self._stack, self._tally = stack, tally
        self._open = ExitStack()

    def __enter__(self) -> _Line:
        self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(amqp.AMQPError, OSError):
            self._open.close()

    def call(self, thrown: list[Sent]) -> None:
        """Send calls and hear the answers."""
        with self._anew():
            for sent in thrown:
                self._caller.call(sent)
            self._caller.hear()

    def tell(self, thrown: list[tuple[str, Sent]]) -> None:
        """Send events."""
        with self._anew():
            for exchange, sent in thrown:
                self._channel.basic_publish(sent.outgoing(), exchange, sent.key)
                self._tally.case("event")

    def _connect(self) -> None:
        self._channel = self._open.enter_context(operator_channel(self._stack))
        self._caller = Caller(self._channel, self._tally)

    @contextmanager
    def _anew(self) -> Iterator[None]:
        try:
            yield
        except (amqp.AMQPError, OSError):
            self._tally.case("refused by the broker itself")
            with suppress(amqp.AMQPError, OSError):
                self._open.close()
            self._open = ExitStack()
            self._connect()


@contextmanager
def _heard(stack: RunningStack, tally: Tally) -> Iterator[None]:
    """Demand that in the end everything was taken or put aside, and that all are still there; then tidy up."""
    queues = consumed(queue_names(stack))
    parked = sum(_parked(stack, queues).values())
    yield
    deadline = time.monotonic() + _QUIET_S
    while left := _waiting(stack, queues):
        if time.monotonic() > deadline:
            tally.fault(f"after {_QUIET_S:.0f} s there wait {left}")
            break
        time.sleep(1.0)
    with operator_channel(stack) as channel:
        for queue in queues:
            tally.demand(depth(channel, queue).consumers > 0, f"nobody consumes {queue}")
    now = _parked(stack, queues)
    tally.notes.append(f"{sum(now.values()) - parked:,} messages put aside, which no handler could take")
    with operator_channel(stack) as channel:
        for queue in now:
            channel.queue_purge(queue + DEAD)


def _waiting(stack: RunningStack, queues: list[str]) -> dict[str, int]:
    with operator_channel(stack) as channel:
        return {queue: number for queue in queues if (number := depth(channel, queue).waiting)}


def _parked(stack: RunningStack, queues: list[str]) -> dict[str, int]:
    with operator_channel(stack) as channel:
        return {queue: number for queue in queues if (number := depth(channel, queue + DEAD).waiting)}
