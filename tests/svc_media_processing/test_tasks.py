"""What goes over the broker: an id, kept until somebody has carried it out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from kombu import Connection, pools

from contracts.base import new_id
from plumbing.topology import dead_name
from svc_media import tasks
from tests.services import operator


@pytest.fixture
def broker() -> Iterator[Connection]:
    """The running stack's broker, in the place for tests, with empty queues."""
    uri, before = operator()["TEST_AMQP_URI"], tasks.app.conf.broker_url
    _speak_with(uri)
    with Connection(uri) as connection:
        for queue in tasks.QUEUES:
            queue(connection.default_channel).declare()
            queue(connection.default_channel).purge()
        yield connection
    _speak_with(before)


def _speak_with(uri: str) -> None:
    """Have Celery forget its connections, and make new ones to that address."""
    tasks.app.conf.broker_url = uri
    tasks.app._pool = tasks.app.amqp._producer_pool = None
    pools.reset()


def taken(connection: Connection, queue: str) -> list[tuple[str, list[str]]]:
    """Return (task, arguments) of what waits in a queue."""
    found = []
    while (message := connection.default_channel.basic_get(queue, no_ack=True)) is not None:
        assert message.properties["content_type"] == "application/json"
        assert message.properties["delivery_mode"] == 2
        arguments, named, _ = json.loads(message.body)
        assert named == {}
        found.append((message.properties["application_headers"]["task"], arguments))
    return found


def test_a_picture_goes_to_the_quick_queue_as_an_id_and_nothing_else(broker: Connection) -> None:
    media_id = new_id()
    tasks.enqueue(media_id, long=False)
    assert taken(broker, tasks.QUICK) == [("media.process", [media_id])]
    assert taken(broker, tasks.LONG) == []


def test_a_video_waits_by_itself_and_its_poster_does_not(broker: Connection) -> None:
    media_id = new_id()
    tasks.enqueue(media_id, long=True)
    assert taken(broker, tasks.QUICK) == [("media.poster", [media_id])]
    assert taken(broker, tasks.LONG) == [("media.process", [media_id])]


def test_an_upload_can_be_stored_by_a_worker(broker: Connection) -> None:
    upload_id = new_id()
    tasks.enqueue_store(upload_id)
    assert taken(broker, tasks.QUICK) == [("media.store", [upload_id])]


def test_queues_are_kept_by_the_broker_and_park_what_nobody_can_do(broker: Connection) -> None:
    for queue in tasks.app.conf.task_queues:
        arguments = queue.queue_arguments
        assert (queue.durable, arguments["x-queue-type"]) == (True, "quorum")
        assert arguments["x-dead-letter-routing-key"] == dead_name(queue.name)
        assert arguments["x-overflow"] == "reject-publish"
    assert {"media.quick.dead", "media.long.dead"} <= {queue.name for queue in tasks.QUEUES}


def test_tasks_are_acknowledged_late_and_believe_no_pickles() -> None:
    conf = tasks.app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (conf.accept_content, conf.task_serializer, conf.result_backend) == (["json"], "json", None)
    assert not conf.worker_enable_remote_control
    for task in (tasks.process_media, tasks.make_poster, tasks.store_upload):
        assert 0 < task.soft_time_limit < task.time_limit
