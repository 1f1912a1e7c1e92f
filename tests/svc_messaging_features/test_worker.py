"""The worker in a real container, on the test broker."""

from __future__ import annotations

import amqp
import eventlet
import pytest
from nameko.testing.services import entrypoint_hook
from sqlalchemy import func, select

from contracts.messaging import MessageCreated, MessageDeleted, MessageEdited
from plumbing import codec, readiness
from plumbing.bus import BusLost, ConfirmedPublisher
from plumbing.container import CharlaContainer
from plumbing.topology import event_exchange
from svc_messaging.actions import editing, history, searching
from svc_messaging.models import MessageSearch
from svc_messaging.worker import MessagingWorker

INDEXED = select(func.count()).select_from(MessageSearch)


@pytest.fixture
def worker(talk, configured):
    """The worker's container, set up but with its timers and queues at rest."""
    container = CharlaContainer(MessagingWorker, {"AMQP_URI": configured.amqp_uri, "max_workers": 5})
    for extension in container.extensions:
        extension.setup() if extension in container.dependencies else None
    yield container
    for extension in container.dependencies:
        extension.stop()


def event(kind, message, ver=None):
    return kind(
        conversation_id=message["conversation_id"],
        ver=ver or message["ver"],
        message_id=message["id"],
        seq=message["seq"],
        **(
            {"author_id": message["author_id"], "mentions": [], "reply_to": None, "media_ids": []}
            if kind is MessageCreated
            else {}
        ),
    )


def tell(worker, happened):
    method = {MessageCreated: "created", MessageEdited: "edited", MessageDeleted: "deleted"}[type(happened)]
    with entrypoint_hook(worker, f"on_message_{method}") as handle:
        handle(happened)


def find(talk, query):
    return [each.text for each in talk.do(searching.search_messages, talk.ada, query, None, 10, None)]


def test_a_new_message_becomes_findable(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    assert find(talk, "apple") == []
    tell(worker, event(MessageCreated, message))
    assert find(talk, "apple") == ["apple"]


def test_the_same_event_twice_is_handled_once(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    happened = event(MessageCreated, message)
    tell(worker, happened)
    tell(worker, happened)
    assert talk.count(INDEXED) == 1


def test_events_may_come_in_any_order(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    talk.do(editing.edit_message, message["id"], talk.ada, "pear", [])
    tell(worker, event(MessageEdited, message, 9))
    tell(worker, event(MessageCreated, message))
    assert (find(talk, "apple"), find(talk, "pear")) == ([], ["pear"])


def test_a_deleted_message_stays_unfindable_when_its_creation_is_told_late(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    talk.do(editing.delete_message, message["id"], talk.ada)
    tell(worker, event(MessageDeleted, message, 9))
    tell(worker, event(MessageCreated, message))
    assert talk.count(INDEXED) == 0


@pytest.mark.parametrize("timer", ["send_scheduled", "expire_messages", "close_polls"])
def test_each_timer_does_what_is_due(talk, worker, timer):
    here = talk.group(talk.ada)
    talk.schedule(here, talk.ada, "later")
    short = talk.say(here, talk.ada, "short", ttl_s=60)
    poll = talk.poll(here, talk.ada, closes_at="2099-01-01T00:00:00Z")
    talk.let_expire(short["id"])
    talk.let_close(poll["id"])
    before = talk.changes(here, talk.ada)
    with entrypoint_hook(worker, timer) as tick:
        tick()
    done = {
        "send_scheduled": ["message.created"],
        "expire_messages": ["message.deleted"],
        "close_polls": ["poll.changed"],
    }
    assert talk.changes(here, talk.ada) == [*before, *done[timer]]
    texts = [each["text"] for each in talk.do(history.list_messages, here, talk.ada, 50)]
    assert ("later" in texts) == (timer == "send_scheduled")


def until(fact, seconds=15.0):
    """Wait until `fact()` holds."""
    with eventlet.Timeout(seconds):
        while not fact():
            eventlet.sleep(0.05)


@pytest.fixture
def running_worker(talk, configured, container_factory):
    """The worker as it runs, timers, queues and all."""
    config = {
        "AMQP_URI": configured.amqp_uri,
        "max_workers": 5,
        "SERVICE_CONTAINER_CLS": "plumbing.container.CharlaContainer",
    }
    container = container_factory(MessagingWorker, config)
    container.start()
    # An event that is told before its queue is bound reaches nobody; `deploy` sees to that elsewhere.
    until(lambda: readiness.report()[1].get("consumer:messaging_worker") == "ok")
    return container


@pytest.fixture
def publish(configured):
    """What the relay does with events: `publish(event, event)`."""
    publisher = ConfirmedPublisher(configured.amqp_uri, "test")
    publisher.start()

    def send(*events):
        exchange = event_exchange("messaging").name
        bodies = [amqp.Message(codec.encode(each), content_type="application/json") for each in events]
        rows = [(exchange, each.name, body) for each, body in zip(events, bodies, strict=True)]
        until(lambda: _published(publisher, rows))

    yield send
    publisher.stop()


def _published(publisher, rows):
    """Like the relay, try again: the worker may not have declared the exchange yet."""
    try:
        publisher.publish(rows)
    except BusLost:
        return False
    return True


def test_events_off_the_broker_are_handled_once_each(talk, running_worker, publish):
    here = talk.group(talk.ada)
    apple, pear = talk.say(here, talk.ada, "apple tree"), talk.say(here, talk.ada, "pear tree")
    first, second = event(MessageCreated, apple), event(MessageCreated, pear)
    publish(first, first, second)
    publish(first)
    until(lambda: len(find(talk, "tree")) == 2)
    assert talk.count(INDEXED) == 2


def test_the_timers_send_what_is_due_exactly_once(talk, running_worker):
    here = talk.group(talk.ada)
    for number in range(5):
        talk.schedule(here, talk.ada, f"number {number}")
    until(lambda: len(talk.do(history.list_messages, here, talk.ada, 50)) >= 5)
    texts = [each["text"] for each in talk.do(history.list_messages, here, talk.ada, 50)]
    assert sorted(texts) == [f"number {number}" for number in range(5)]
