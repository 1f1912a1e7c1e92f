"""One trace through gateway, bus, service, outbox and handlers, as a real receiver of OTLP gets it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from threading import Event as Flag
from typing import Any

import eventlet
import pytest

from gateway_flask.batcher import Batcher
from gateway_flask.edge import _name_request
from gateway_flask.operation import Operation
from plumbing import tracing
from plumbing.context import CallContext, current_call, working_on
from plumbing.database import Transactions
from plumbing.observer import observes
from plumbing.outbox import Relay, record_event
from plumbing.publisher import ConfirmedPublisher
from plumbing.rpc import ServiceRpc, rpc
from plumbing.settings import settings
from tests.otlp import Receiver, Seen, tree
from tests.plumbing.things import ThingHappened
from tests.plumbing.waiting import until

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
SECRET = "hunter2-and-what-ana-wrote"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def traced(environment: Callable[..., None], receiver: Receiver) -> Iterator[Callable[..., None]]:
    """Send spans to the receiver; call it with another share of requests."""

    def begin(ratio: float = 1.0) -> None:
        environment(OTEL_ENDPOINT=receiver.url, OTEL_SAMPLE_RATIO=str(ratio), OTEL_DELAY_MS="50")
        forget()

    begin()
    yield begin
    for provider in tracing._providers:
        provider.shutdown()
    forget()


def forget() -> None:
    tracing._bound.cache_clear()
    tracing._tracer.cache_clear()
    tracing._providers.clear()


@pytest.fixture
def relay(database: Transactions, engine: Any) -> Iterator[None]:
    """Publishes what is in the outbox."""
    publisher = ConfirmedPublisher(settings().amqp_uri, "trace-test")
    publisher.start()
    stopped = Flag()
    running = eventlet.spawn(Relay("things_relay", engine, publisher).run, stopped)
    yield
    stopped.set()
    with eventlet.Timeout(15):
        running.wait()
    publisher.stop()


def ask(name: str, method: str, rpc_caller: Any, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
    """Answer a request as the gateway does."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/v1/things/{SECRET}",
        "wsgi.url_scheme": "http",
        **(headers or {}),
    }
    _name_request(environ)

    def handler(call: Any) -> Any:
        context = CallContext(deadline=time.time() + 5, traceparent=call.traceparent)
        return rpc_caller.call(name, method, arguments, context)

    operation = Operation(handler=handler, name="do_things", summary="", status=200, returns=object, auth=False)
    reply = operation.run(environ, {})
    return reply, environ["charla.traceparent"]


def arrived(receiver: Receiver, trace_id: str, count: int) -> list[Seen]:
    until(lambda: len(receiver.of(trace_id)) >= count, 30)
    return receiver.of(trace_id)


def traceparents(count: int) -> list[str]:
    return [tracing.new_traceparent() for _ in range(count)]


def named(spans: list[Seen], start: str) -> Seen:
    (found,) = [each for each in spans if each.name.startswith(start)]
    return found


@pytest.fixture
def things(name: str, run_service: Any, traced: Any, relay: None, database: Transactions, leftovers: Any) -> list[str]:
    """Two services: one calls the other, which records an event, that the first one hears of."""
    heard: list[str] = []
    other = f"{name}b"
    leftovers.of_event(ThingHappened)

    class Front:
        back = ServiceRpc(other)

        @rpc
        def do(self, *, text: str) -> str:
            return str(self.back.store(text=text))

        @rpc
        def fail(self, *, text: str) -> None:
            raise RuntimeError(text)

        @observes(ThingHappened)
        def on_thing(self, event: ThingHappened) -> None:
            heard.append(current_call().traceparent or "")

    class Back:
        @rpc
        def store(self, *, text: str) -> str:
            with database.transaction() as session:
                record_event(session, ThingHappened(thing_id=text, version=1))
            return "stored"

    Front.name, Back.name = name, other
    run_service(Front)
    run_service(Back)
    return heard


def test_a_request_is_one_tree_from_the_gateway_to_whoever_hears_of_it(
    things: list[str], name: str, rpc_caller: Any, receiver: Receiver
) -> None:
    reply, traceparent = ask(name, "do", rpc_caller, text=SECRET)
    assert reply.status == 200
    until(lambda: len(things) == 1)
    trace_id, span_id = traceparent.split("-")[1:3]
    spans = arrived(receiver, trace_id, 7)
    assert [re.sub(r" [\d.]+ ms", "", line.partition(": ")[2]) for line in tree(spans)] == [
        "POST /v1/conversations/<id:conversation_id>/messages",
        f"{name}/do",
        f"{name}/do",
        f"{name}b/store",
        f"{name}b/store",
        "send thing_happened",
        "process thing_happened",
    ]
    assert [line.index(line.strip()) // 2 for line in tree(spans)] == [0, 1, 2, 3, 4, 5, 6]
    assert named(spans, "POST").span_id == span_id  # what the client was told
    assert things[0].split("-")[1:3] == [trace_id, named(spans, "process").span_id]
    assert receiver.strange == []


def test_spans_are_described_by_the_conventions(
    things: list[str], name: str, rpc_caller: Any, receiver: Receiver
) -> None:
    _, traceparent = ask(name, "do", rpc_caller, text=SECRET)
    spans = arrived(receiver, traceparent.split("-")[1], 7)
    asked, sent, processed = named(spans, "POST"), named(spans, "send"), named(spans, "process")
    assert (asked.kind, sent.kind, processed.kind) == (SERVER, PRODUCER, CONSUMER)
    assert asked.attributes["http.request.method"] == "POST"
    assert asked.attributes["http.response.status_code"] == 200
    calls = [each for each in spans if each.name == f"{name}b/store"]
    assert sorted(each.kind for each in calls) == [SERVER, CLIENT]
    for each in calls:
        assert each.attributes["rpc.service"] == f"{name}b"
        assert each.attributes["rpc.method"] == "store"
    for each, what in ((sent, "send"), (processed, "process")):
        assert each.attributes["messaging.system"] == "rabbitmq"
        assert each.attributes["messaging.operation.type"] == what
        assert each.attributes["messaging.rabbitmq.destination.routing_key"] == "thing_happened"


def test_what_people_wrote_is_in_no_span(things: list[str], name: str, rpc_caller: Any, receiver: Receiver) -> None:
    _, good = ask(name, "do", rpc_caller, text=SECRET)
    arrived(receiver, good.split("-")[1], 7)
    reply, bad = ask(name, "fail", rpc_caller, text=SECRET)
    assert reply.status == 500
    spans = arrived(receiver, bad.split("-")[1], 3)
    assert SECRET not in repr(receiver.spans)
    assert all(each.failed for each in spans)
    assert named(spans, "POST").attributes["error.type"] == "500"


def test_a_client_brings_its_trace_but_does_not_decide_whether_spans_are_made(
    things: list[str], name: str, rpc_caller: Any, receiver: Receiver, traced: Callable[..., None]
) -> None:
    theirs = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
    _, traceparent = ask(name, "do", rpc_caller, {"HTTP_TRACEPARENT": theirs}, text="x")
    assert traceparent[:-2] == theirs[:-2]
    spans = arrived(receiver, theirs.split("-")[1], 7)
    assert named(spans, "POST").parent_id == theirs.split("-")[2]
    traced(ratio=0.0)
    wanted = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    _, traceparent = ask(name, "do", rpc_caller, {"HTTP_TRACEPARENT": wanted}, text="x")
    assert traceparent == f"{wanted[:-2]}00"
    until(lambda: len(things) == 2)
    assert receiver.of(wanted.split("-")[1]) == []


def test_the_share_of_traced_requests_is_the_setting(traced: Callable[..., None]) -> None:
    traced(ratio=0.25)
    flags = [tracing.new_traceparent()[-2:] for _ in range(4_000)]
    assert 700 < flags.count("01") < 1_300


def test_all_processes_decide_alike(traced: Callable[..., None]) -> None:
    """A trace is whole or not there."""
    traced(ratio=0.5)
    for trace in (tracing.new_traceparent() for _ in range(100)):
        assert tracing.taken_over(trace) == trace
        assert tracing.is_traced(CallContext(traceparent=trace)) == trace.endswith("01")


def test_a_batch_is_done_for_the_first_and_linked_to_the_others(
    name: str, run_service: Any, traced: Any, rpc_caller: Any, receiver: Receiver
) -> None:
    go_on = eventlet.event.Event()

    class Service:
        @rpc
        def do_many(self, *, items: list[int]) -> list[dict[str, int]]:
            if items == [0]:
                go_on.wait()
            return [{"item": each} for each in items]

    Service.name = name
    run_service(Service)
    batcher = Batcher(rpc_caller, name, "do_many", in_flight=1)
    requests = [
        tracing.begin("request", CallContext(traceparent=tracing.new_traceparent()), root=True) for _ in range(4)
    ]
    asking = [eventlet.spawn(batcher.submit, n, 10.0, call.traceparent) for n, (call, _) in enumerate(requests)]
    until(lambda: len(batcher._waiting) == 3)
    go_on.send(None)
    assert [each.wait()["item"] for each in asking] == [0, 1, 2, 3]
    ids = [tuple(call.traceparent.split("-")[1:3]) for call, _ in requests]
    spans = arrived(receiver, ids[1][0], 2)
    batch = next(each for each in spans if each.kind == CLIENT)
    assert (batch.trace_id, batch.parent_id) == ids[1]
    assert set(batch.links) == {ids[2], ids[3]}


def test_events_that_are_handled_together_are_linked(
    name: str, run_service: Any, traced: Any, relay: None, database: Transactions, receiver: Receiver, leftovers: Any
) -> None:
    batches: list[int] = []
    go_on = eventlet.event.Event()
    leftovers.of_event(ThingHappened)

    class Service:
        @observes(ThingHappened, together=10)
        def on_things(self, events: list[ThingHappened]) -> None:
            batches.append(len(events))
            go_on.wait()

    Service.name = name
    run_service(Service)
    traces = traceparents(4)
    for number, trace in enumerate(traces):
        with working_on(CallContext(traceparent=trace)), database.transaction() as session:
            record_event(session, ThingHappened(thing_id=f"{name}-{number}", version=1))
        if number == 0:
            until(lambda: batches == [1])
    until(lambda: len([each for each in receiver.spans if each.name.startswith("send")]) == 4)
    eventlet.sleep(0.2)  # they are on their way from the broker, and nothing says when they have come
    go_on.send(None)
    until(lambda: sum(batches) == 4)
    ids = {each.split("-")[1] for each in traces}
    until(lambda: sum(1 + len(each.links) for each in receiver.spans if each.name.startswith("process")) == 4)
    handled = [each for each in receiver.spans if each.name.startswith("process")]
    assert {each.trace_id for each in handled} | {link for each in handled for link, _ in each.links} == ids


def test_without_an_address_no_span_is_made_and_the_trace_still_travels(
    name: str, run_service: Any, rpc_caller: Any
) -> None:
    forget()
    traces: list[str | None] = []

    class Service:
        @rpc
        def do(self) -> None:
            traces.append(current_call().traceparent)

    Service.name = name
    run_service(Service)
    trace = tracing.new_traceparent()
    assert trace.endswith("-00")
    rpc_caller.call(name, "do", {}, CallContext(deadline=time.time() + 5, traceparent=trace))
    assert traces == [trace]
    assert tracing._providers == []
