"""Calls: what comes back, what is parked, and what happens when time or processes run out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from eventlet.event import Event
from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ClusterRpcProxy

from contracts.base import Conflict, Invalid, ServiceError, Unavailable, new_id
from plumbing.caller import RpcCaller, ServiceAway
from plumbing.container import call_from
from plumbing.context import DeadlineExceeded, current_call
from plumbing.identity import service_token
from plumbing.rpc import Caller, ServiceRpc, rpc
from plumbing.topology import rpc_queue
from tests.plumbing.broker import Broker
from tests.plumbing.conftest import consumer_of, deadline_in
from tests.plumbing.keys import KeysDir
from tests.plumbing.waiting import until


class NameTaken(Conflict):
    code = "name_taken"
    detail = "Somebody has that name."


class Gate:
    """Lets a test hold calls inside of a service."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.open = Event()

    def pass_through(self, who: str) -> str:
        self.begun.append(who)
        self.open.wait()
        return who


def make_service(service_name: str, gate: Gate | None = None, replica: str = "") -> type[Any]:
    class Service:
        name = service_name
        caller = Caller()

        @rpc
        def add(self, *, a: int, b: int = 2) -> int:
            return a + b

        @rpc
        def repeat(self, *, letter: str, times: int) -> str:
            return letter * times

        @rpc
        def refuse(self) -> None:
            raise NameTaken(suggestion="ada2")

        @rpc
        def break_down(self) -> None:
            raise RuntimeError("password=hunter2")

        @rpc
        def break_refusing(self) -> None:
            raise NameTaken(secret=object())

        @rpc
        def get_object(self) -> object:
            return object()

        @rpc
        def get_surrogate(self) -> str:
            return "\ud800"

        @rpc
        def wait(self, *, who: str) -> str:
            assert gate
            return gate.pass_through(who)

        @rpc
        def get_replica(self) -> str:
            return replica

        @rpc
        def get_deadline(self) -> float | None:
            return current_call().deadline

        @rpc
        def get_caller(self) -> str:
            return self.caller.service("t-somebody", service_name).issuer

    return Service


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def service(name: str, gate: Gate, run_service: Callable[..., Any]) -> Any:
    return run_service(make_service(name, gate))


def put_call(broker: Broker, name: str, body: bytes = b'{"args":[],"kwargs":{"a":1}}', **properties: Any) -> None:
    broker.put("nameko-rpc", f"{name}.add", body, **({"reply_to": "nowhere"} | properties))


@pytest.mark.usefixtures("service")
class TestAnswers:
    def test_result_comes_back(self, call: Any) -> None:
        assert call("add", a=1, b=5) == 6

    def test_refusal_comes_back_with_code_and_facts(self, call: Any) -> None:
        with pytest.raises(Conflict) as told:
            call("refuse")
        assert (told.value.code, told.value.detail, told.value.facts) == (
            "name_taken",
            "Somebody has that name.",
            {"suggestion": "ada2"},
        )

    @pytest.mark.parametrize("method", ["break_down", "break_refusing", "get_object", "get_surrogate"])
    def test_mistake_of_ours_shows_nothing(self, call: Any, method: str) -> None:
        with pytest.raises(ServiceError) as told:
            call(method)
        assert (told.value.kind, told.value.code, told.value.detail, told.value.facts) == (
            "internal",
            "internal",
            ServiceError.detail,
            {},
        )
        assert call("add", a=1) == 3

    def test_unknown_method_is_told(self, call: Any) -> None:
        with pytest.raises(Invalid) as told:
            call("no_such_method")
        assert told.value.code == "unknown_method"

    @pytest.mark.parametrize("kwargs", [{}, {"a": 1, "c": 2}, {"self": 1, "a": 1}], ids=str)
    def test_wrong_arguments_are_told(self, rpc_caller: RpcCaller, name: str, kwargs: dict[str, Any]) -> None:
        with pytest.raises(Invalid) as told:
            rpc_caller.call(name, "add", kwargs, deadline_in(5))
        assert told.value.code == "bad_arguments"

    def test_unknown_service_is_told_at_once(self, rpc_caller: RpcCaller) -> None:
        started = time.monotonic()
        with pytest.raises(ServiceAway):
            rpc_caller.call(f"t{new_id()}", "add", {}, deadline_in(10))
        assert time.monotonic() - started < 9

    def test_nameko_callers_are_answered_too(self, name: str, broker: Broker) -> None:
        with ClusterRpcProxy({"AMQP_URI": broker.uri}, timeout=5) as cluster:
            assert cluster[name].add(a=2, b=3) == 5
            with pytest.raises(RemoteError, match="Somebody has that name"):
                cluster[name].refuse()

    def test_service_recognises_its_caller(self, call: Any, keys: KeysDir, name: str) -> None:
        keys.add(name, name, "own-1")
        assert call("get_caller", token=service_token(name)) == name
        with pytest.raises(ServiceError) as told:
            call("get_caller")
        assert told.value.kind == "unauthenticated"


@pytest.mark.usefixtures("service")
class TestPoison:
    @pytest.mark.parametrize(
        ("reason", "body", "properties"),
        [
            ("no_reply_to", b'{"args":[],"kwargs":{"a":1}}', {"reply_to": None}),
            ("undecodable", b"\xff\xfe", {}),
            ("undecodable", b"", {}),
            ("undecodable", b"[" * 50_000, {}),
            ("undecodable", b"[]", {}),
            ("undecodable", b'{"args":[]}', {}),
            ("undecodable", b'{"args":[1],"kwargs":{}}', {}),
            ("undecodable", b'{"args":[],"kwargs":[]}', {}),
            ("undecodable", b"\x80\x04K\x01.", {"content_type": "application/x-python-serialize"}),
            ("undecodable", b'{"args":[],"kwargs":{"a":1}}', {"content_type": "text/plain"}),
            ("undecodable", b'{"args":[],"kwargs":{"a":1}}', {"content_type": None}),
        ],
        ids=lambda each: repr(each)[:30],
    )
    def test_message_that_cannot_be_read_is_parked_and_the_service_goes_on(
        self,
        name: str,
        broker: Broker,
        dead: Any,
        call: Any,
        reason: str,
        body: bytes,
        properties: dict[str, Any],
    ) -> None:
        put_call(broker, name, body, message_id="m1", **properties)
        parked = dead(f"rpc-{name}")
        assert parked.headers["x-parked"] == reason
        assert bytes(parked.body if isinstance(parked.body, bytes) else parked.body.encode()) == body
        assert parked.properties["message_id"] == "m1"
        assert call("add", a=1) == 3

    def test_parked_message_tells_where_it_was_sent(self, name: str, broker: Broker, dead: Any) -> None:
        put_call(broker, name, b"junk")
        assert dead(f"rpc-{name}").headers["x-routing-key"] == f"{name}.add"

    def test_answer_that_nobody_waits_for_is_dropped(self, name: str, broker: Broker, call: Any) -> None:
        put_call(broker, name, reply_to="nobody-listens-here")
        put_call(broker, name, reply_to="amq.rabbitmq.reply-to.gone")
        assert call("add", a=1) == 3

    @pytest.mark.parametrize("deadline", ["soon", "", "nan", "inf", [1], None], ids=repr)
    def test_deadline_that_is_no_time_is_none(self, deadline: Any) -> None:
        assert call_from({"deadline": deadline}).deadline is None


class TestDeadlines:
    def test_caller_waits_no_longer_than_its_deadline(self, service: Any, gate: Gate, call: Any) -> None:
        started = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            call("wait", who="slow", seconds=0.3)
        assert time.monotonic() - started > 0.25
        gate.open.send()
        assert call("add", a=1) == 3

    def test_call_without_time_left_is_not_sent(self, service: Any, gate: Gate, call: Any) -> None:
        with pytest.raises(DeadlineExceeded):
            call("wait", who="late", seconds=-1)
        assert gate.begun == []

    def test_deadline_reaches_the_service(self, service: Any, call: Any) -> None:
        assert call("get_deadline", seconds=3) == pytest.approx(time.time() + 3, abs=1)

    def test_call_that_expired_before_it_began_is_not_executed(
        self, name: str, gate: Gate, run_service: Any, rpc_caller: RpcCaller, call: Any
    ) -> None:
        run_service(make_service(name, gate), max_workers=1)
        first = eventlet.spawn(call, "wait", who="first")
        until(lambda: gate.begun == ["first"])
        late = [eventlet.spawn(self._late, call, number) for number in range(3)]
        assert [each.wait() for each in late] == ["deadline_exceeded"] * 3
        gate.open.send()
        assert first.wait() == "first"
        assert call("add", a=1) == 3
        assert gate.begun == ["first"]

    def test_call_that_expired_on_its_way_is_not_executed(
        self, name: str, service: Any, gate: Gate, broker: Broker, call: Any
    ) -> None:
        gate.open.send()
        over = {"nameko.deadline": repr(time.time() - 1)}
        broker.put("nameko-rpc", f"{name}.wait", b'{"kwargs":{"who":"x"}}', reply_to="x", application_headers=over)
        assert call("add", a=1) == 3
        until(lambda: not consumer_of(service)._in_flight)
        assert gate.begun == []

    @staticmethod
    def _late(call: Any, number: int) -> str:
        with pytest.raises(Unavailable) as told:
            call("wait", who=f"late-{number}", seconds=0.2)
        return told.value.code


class TestManyCalls:
    def test_more_calls_at_once_than_workers_are_all_answered(self, name: str, run_service: Any, call: Any) -> None:
        run_service(make_service(name), max_workers=3)
        calls = [eventlet.spawn(call, "add", a=number, b=0) for number in range(200)]
        assert [each.wait() for each in calls] == list(range(200))


class TestStopping:
    def test_work_in_hand_is_finished_and_answered(self, service: Any, gate: Gate, call: Any) -> None:
        waiting = [eventlet.spawn(call, "wait", who=f"w{number}") for number in range(3)]
        until(lambda: len(gate.begun) == 3)
        stopping = eventlet.spawn(service.stop)
        until(lambda: not consumer_of(service)._consumers)
        gate.open.send()
        assert sorted(each.wait() for each in waiting) == ["w0", "w1", "w2"]
        stopping.wait()

    def test_idle_service_stops_soon(self, service: Any) -> None:
        started = time.monotonic()
        service.stop()
        assert time.monotonic() - started < 9

    def test_container_whose_consumer_breaks_ends(self, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def break_down() -> None:
            raise RuntimeError("a mistake of ours")

        monkeypatch.setattr(consumer_of(service), "on_iteration", break_down)
        with pytest.raises(RuntimeError), eventlet.Timeout(30):
            service.wait()

    def test_what_was_not_begun_is_answered_by_another_replica(
        self, name: str, gate: Gate, run_service: Any, call: Any
    ) -> None:
        first = run_service(make_service(name, gate, "first"), max_workers=1)
        holding = eventlet.spawn(call, "wait", who="in hand")
        until(lambda: gate.begun == ["in hand"])
        waiting = [eventlet.spawn(call, "get_replica") for _ in range(10)]
        until(lambda: consumer_of(first)._in_flight)
        stopping = eventlet.spawn(first.stop)
        until(lambda: not consumer_of(first)._consumers)
        run_service(make_service(name, gate, "second"))
        until(lambda: sum(bool(each) for each in waiting) <= 1)
        gate.open.send()
        assert holding.wait() == "in hand"
        answers = [each.wait() for each in waiting]
        assert set(answers) <= {"first", "second"}
        assert answers.count("second") >= 9
        stopping.wait()

    def test_calls_are_answered_exactly_once_over_a_rolling_restart(
        self, name: str, run_service: Any, call: Any
    ) -> None:
        old = run_service(make_service(name))
        answers: list[int] = []

        def keep_calling() -> None:
            for number in range(300):
                answers.append(call("add", a=number, b=0))

        calling = [eventlet.spawn(keep_calling) for _ in range(3)]
        until(lambda: len(answers) > 50)
        run_service(make_service(name))
        old.stop()
        for each in calling:
            each.wait()
        assert sorted(answers) == sorted(list(range(300)) * 3)


class TestServiceRpc:
    def test_token_and_deadline_go_along(
        self, name: str, service: Any, run_service: Any, leftovers: Any, rpc_caller: RpcCaller
    ) -> None:
        class Front:
            name = f"f{new_id()[-8:]}"
            behind = ServiceRpc(service.service_name)

            @rpc
            def ask(self) -> list[Any]:
                return [current_call().deadline, self.behind.get_deadline()]

            @rpc
            def refuse(self) -> None:
                self.behind.refuse()

        run_service(Front)
        here, there = rpc_caller.call(Front.name, "ask", {}, deadline_in(4))
        assert there == pytest.approx(here, abs=0.1)
        with pytest.raises(Conflict) as told:
            rpc_caller.call(Front.name, "refuse", {}, deadline_in(4))
        assert told.value.code == "name_taken"

    def test_service_acts_for_itself_with_its_own_token(
        self, name: str, service: Any, run_service: Any, rpc_caller: RpcCaller, keys: KeysDir
    ) -> None:
        keys.add(name, name, "own-1")

        class Front:
            name = f"f{new_id()[-8:]}"
            behind = ServiceRpc(service.service_name)

            @rpc
            def ask(self) -> str:
                return self.behind.as_service().get_caller()

        run_service(Front)
        assert rpc_caller.call(Front.name, "ask", {}, deadline_in(4)) == name


def test_queue_of_calls_has_its_limits(name: str, service: Any, broker: Broker) -> None:
    arguments = rpc_queue(name).queue_arguments
    assert (arguments["x-max-length"], arguments["x-overflow"]) == (20_000, "reject-publish")
    with broker.channel() as channel:
        channel.queue_declare(f"rpc-{name}", durable=True, auto_delete=False, arguments=arguments)


def test_many_big_answers_at_once_arrive_whole(service: Any, call: Any) -> None:
    asked = [eventlet.spawn(call, "repeat", letter=letter, times=700_000) for letter in "abcdefgh"]
    assert [each.wait() for each in asked] == [letter * 700_000 for letter in "abcdefgh"]
