"""The worker in a real container, on the test broker."""

from __future__ import annotations

import eventlet
import pytest
from nameko.testing.services import entrypoint_hook
from sqlalchemy import func, select

from plumbing.container import CharlaContainer
from svc_messaging.actions import editing, history, searching
from svc_messaging.message_models import MessageSearch
from svc_messaging.worker import MessagingWorker

INDEXED = select(func.count()).select_from(MessageSearch)


@pytest.fixture
def worker(talk, configured):
    """The worker's container, set up but with its timers at rest."""
    container = CharlaContainer(MessagingWorker, {"AMQP_URI": configured.amqp_uri, "max_workers": 5})
    for extension in container.extensions:
        extension.setup() if extension in container.dependencies else None
    yield container
    for extension in container.dependencies:
        extension.stop()


def index(worker):
    with entrypoint_hook(worker, "index_messages") as tick:
        tick()


def find(talk, query):
    return [each.text for each in talk.do(searching.search_messages, talk.ada, query, None, 10, None)]


def test_a_new_message_becomes_findable(talk, worker):
    talk.say(talk.group(talk.ada), talk.ada, "apple")
    assert find(talk, "apple") == []
    index(worker)
    assert find(talk, "apple") == ["apple"]


def test_an_edited_message_is_found_by_its_new_words_alone(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    index(worker)
    talk.do(editing.edit_message, message["id"], talk.ada, "pear", [])
    index(worker)
    assert (find(talk, "apple"), find(talk, "pear")) == ([], ["pear"])


def test_a_message_that_is_deleted_before_it_is_indexed_is_never_found(talk, worker):
    message = talk.say(talk.group(talk.ada), talk.ada, "apple")
    talk.do(editing.delete_message, message["id"], talk.ada)
    index(worker)
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


def until(fact, seconds=60.0):
    """Wait until `fact()` holds."""
    with eventlet.Timeout(seconds):
        while not fact():
            eventlet.sleep(0.05)


@pytest.fixture
def running_worker(talk, configured, container_factory):
    """The worker as it runs, timers and all."""
    config = {
        "AMQP_URI": configured.amqp_uri,
        "max_workers": 5,
        "SERVICE_CONTAINER_CLS": "plumbing.container.CharlaContainer",
    }
    container = container_factory(MessagingWorker, config)
    container.start()
    return container


def test_the_running_worker_makes_messages_findable(talk, running_worker):
    here = talk.group(talk.ada)
    talk.say(here, talk.ada, "apple tree")
    talk.say(here, talk.ada, "pear tree")
    until(lambda: len(find(talk, "tree")) == 2)


def test_the_timers_send_what_is_due_exactly_once(talk, running_worker):
    here = talk.group(talk.ada)
    for number in range(5):
        talk.schedule(here, talk.ada, f"number {number}")
    until(lambda: len(talk.do(history.list_messages, here, talk.ada, 50)) >= 5)
    texts = [each["text"] for each in talk.do(history.list_messages, here, talk.ada, 50)]
    assert sorted(texts) == [f"number {number}" for number in range(5)]
