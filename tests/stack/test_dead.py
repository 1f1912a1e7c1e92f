from argparse import Namespace
from types import SimpleNamespace
from typing import Any

import pytest

from stack import dead
from stack.errors import StackError

QUEUES = {"evt-auth--x--on_x.dead": 1, "evt-messaging--x--on_x.dead": 2, "rpc-messaging.dead": 3}


class FakeChannel:
    """Remembers in which order messages were sent and acknowledged."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Any]] = []

    def basic_publish(self, message: Any, exchange: str, routing_key: str, mandatory: bool) -> None:
        assert (exchange, mandatory) == ("", True)
        self.done.append(("sent", routing_key))

    def basic_ack(self, tag: int) -> None:
        self.done.append(("acknowledged", tag))


def parked() -> SimpleNamespace:
    headers = {"x-attempt": 5, "x-death": [], "event_id": "1"}
    return SimpleNamespace(headers=headers, properties={"expiration": "100"}, delivery_tag=7)


def test_a_message_is_acknowledged_only_after_it_was_handed_back() -> None:
    channel = FakeChannel()
    dead._hand_back(channel, parked(), "evt-auth--x--on_x")
    assert channel.done == [("sent", "evt-auth--x--on_x"), ("acknowledged", 7)]


def test_a_message_begins_a_new_life() -> None:
    message = parked()
    dead._hand_back(FakeChannel(), message, "q")
    assert message.properties == {"application_headers": {"event_id": "1"}}


@pytest.mark.parametrize("name", ["rpc-messaging", "rpc-messaging.dead"])
def test_a_queue_is_named_with_or_without_its_ending(name: str) -> None:
    assert dead._chosen(QUEUES, Namespace(queue=name, service=None)) == {"rpc-messaging.dead": 3}


def test_all_queues_of_a_service_are_chosen_by_its_name() -> None:
    chosen = dead._chosen(QUEUES, Namespace(queue=None, service="messaging"))
    assert list(chosen) == ["evt-messaging--x--on_x.dead", "rpc-messaging.dead"]


@pytest.mark.parametrize(("queue", "service"), [(None, None), ("rpc-messaging", "messaging"), ("nowhere", None)])
def test_what_cannot_be_meant_is_refused(queue: str | None, service: str | None) -> None:
    with pytest.raises(StackError):
        dead._chosen(QUEUES, Namespace(queue=queue, service=service))
