"""Webhooks: signed, in order, retried from their cursor, and none in the way of another."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from contracts.subscriptions import AddressRefused, ChannelRoleTooLow, TooManyObservers, UnknownObserver
from plumbing.outgoing import Limits
from svc_subscriptions.actions import webhooks
from svc_subscriptions.providers import Webhooks
from svc_subscriptions.workers.delivering import WebhookQueue
from tests.services import calling
from tests.svc_subscriptions_notifications.outside import Receiver, is_signed, until
from tests.svc_subscriptions_notifications.people import Hand


@pytest.fixture
def queue(db, push):
    """Serves webhooks like a worker."""
    made = WebhookQueue(db, push, Webhooks(Limits(total_s=1.0, max_bytes=1_000)))
    yield made
    made.finish()


@pytest.fixture
def attach(service, club):
    """Attaches a webhook as the channel's admin."""

    def do(url, **facts):
        with calling(club.admin):
            return service.attach_observer(channel_id=club.id, kind="webhook", url=url, **facts)

    return do


@pytest.fixture
def look(service, club):
    """Returns an observer as it is now."""

    def do(observer):
        with calling(club.admin):
            found = service.list_observers(channel_id=club.id)["items"]
        return next(each for each in found if each["id"] == observer["id"])

    return do


@pytest.fixture
def serve(db, queue):
    """Serves everything that is due."""

    def do():
        with db.transaction() as session:
            session.execute(webhooks.WAKE)
        queue.turn()
        queue._pool.waitall()

    return do


def now_due(hand: Hand) -> None:
    hand.run("UPDATE observers SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")


def test_a_webhook_gets_each_entry_in_order_signed(club, attach, serve, receiver, look):
    observer = attach(receiver.url)
    post = club.post(text="hello")
    club.post(text="again")
    serve()
    first, second = receiver.requests
    assert [json.loads(each.body)["seq"] for each in (first, second)] == [post["seq"], post["seq"] + 1]
    assert json.loads(first.body)["post"]["text"] == "hello"
    assert first.headers["charla-event"] == "post.published"
    assert first.headers["charla-delivery"] != second.headers["charla-delivery"]
    assert is_signed(first, observer["secret"])
    assert not is_signed(first, "another secret")
    assert "secret" not in look(observer)
    assert (look(observer)["behind"], look(observer)["state"]) == (0, "active")


def test_it_begins_now_or_at_the_beginning(club, attach, serve, receiver):
    club.post(), club.post()
    attach(receiver.url, from_seq=0)
    serve()
    assert receiver.seqs() == [1, 2]
    attach(f"{receiver.url}/late")
    serve()
    assert receiver.seqs() == [1, 2]


def test_it_gets_the_events_that_it_asked_for_alone(club, attach, serve, receiver, look):
    observer = attach(receiver.url, events=["channel.updated"])
    club.post()
    serve()
    assert receiver.requests == []
    assert look(observer)["behind"] == 0


def test_a_late_observer_misses_nothing(club, attach, serve, receiver, look, hand):
    observer = attach(receiver.url)
    receiver.answer = lambda _: (500, {}, b"")
    for _ in range(45):
        club.post()
    serve()
    serve()
    assert receiver.seqs() == [1], "nothing goes past a failure, and not before its time"
    assert (look(observer)["state"], look(observer)["failures"]) == ("failing", 1)
    receiver.answer = lambda _: (204, {}, b"")
    now_due(hand)
    serve()
    assert receiver.seqs() == [1, *range(1, 46)]
    assert len({each.headers["charla-delivery"] for each in receiver.requests}) == 45
    assert (look(observer)["state"], look(observer)["failures"], look(observer)["behind"]) == ("active", 0, 0)


def test_a_replay_begins_where_it_is_told_to(club, attach, serve, receiver, service):
    observer = attach(receiver.url)
    for _ in range(5):
        club.post()
    serve()
    with calling(club.admin):
        seen = service.replay_observer(channel_id=club.id, observer_id=observer["id"], from_seq=3)
    assert seen["behind"] == 3
    serve()
    assert receiver.seqs() == [1, 2, 3, 4, 5, 3, 4, 5]


def test_a_slow_webhook_delays_no_other(club, attach, db, queue, receiver, allow):
    with Receiver() as slow:
        allow(slow.place)
        slow.answer = lambda _: (time.sleep(8), (200, {}, b""))[1]
        for number in range(3):
            attach(f"{slow.url}/{number}")
        attach(receiver.url)
        started = time.monotonic()
        for _ in range(3):
            club.post()
        with db.transaction() as session:
            webhooks.wake(session, club.id)
        queue.turn()
        until(lambda: receiver.seqs() == [1, 2, 3], 60)
        assert time.monotonic() - started < 8
        queue._pool.waitall()


def _in_half_an_hour() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)


@pytest.mark.parametrize(
    ("retry_after", "least_s", "most_s"),
    [
        (lambda: None, 8, 13),
        (lambda: "600", 598, 601),
        (_in_half_an_hour, 1_500, 1_801),
        (lambda: "99999999", 86_000, 86_401),
    ],
    ids=["none", "seconds", "date", "far too long"],
)
def test_a_failing_webhook_is_left_alone_for_a_while(club, attach, serve, receiver, hand, retry_after, least_s, most_s):
    attach(receiver.url)
    after = retry_after()
    receiver.answer = lambda _: (503, {"Retry-After": after} if after else {}, b"")
    club.post()
    serve()
    ((wait_s,),) = hand.rows("SELECT extract(epoch FROM next_attempt_at - now()) FROM observers")
    assert least_s < wait_s <= most_s


def test_waits_grow_to_three_days_in_all():
    waits = [webhooks.wait_s(failures, None) for failures in range(1, webhooks.MAX_FAILURES)]
    assert waits[0] < 13
    assert max(waits) <= 6 * 3_600 * 1.2
    assert 1.5 < sum(waits) / 86_400 < 3.5


def test_it_is_disabled_after_twenty_failures_and_its_owners_are_told(
    club, attach, serve, receiver, hand, look, service
):
    observer = attach(receiver.url)
    receiver.answer = lambda _: (500, {}, b"")
    club.post()
    for _ in range(25):
        now_due(hand)
        serve()
    assert len(receiver.requests) == 20
    assert (look(observer)["state"], look(observer)["next_attempt_at"]) == ("disabled", None)
    for person in (club.owner, club.admin):
        (line,) = hand.lines(person)
        assert (line["kind"], line["why"]["rule"]) == ("system", "webhook_disabled")
    receiver.answer = lambda _: (200, {}, b"")
    with calling(club.admin):
        service.update_observer(channel_id=club.id, observer_id=observer["id"], changes={"state": "active"})
    serve()
    assert look(observer)["behind"] == 0


def test_one_that_is_gone_is_disabled_at_once(club, attach, serve, receiver, look):
    observer = attach(receiver.url)
    receiver.answer = lambda _: (410, {}, b"")
    club.post()
    serve()
    assert look(observer)["state"] == "disabled"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((307, {"Location": "http://169.254.169.254/"}, b""), "address_refused: address"),
        ((307, {"Location": "/again"}, b""), "too_many_redirects"),
        ((200, {}, b"x" * 5_000), "too_large"),
        ((302, {"Location": "http://example.org/"}, b""), "status_302"),
    ],
)
def test_bad_answers_are_recorded_failures(club, attach, serve, receiver, look, service, answer, error):
    observer = attach(receiver.url)
    receiver.answer = lambda _: answer
    club.post()
    serve()
    assert look(observer)["last_error"] == error
    assert look(observer)["behind"] == 1
    with calling(club.admin):
        (delivery,) = service.list_deliveries(channel_id=club.id, observer_id=observer["id"])["items"]
    assert (delivery["seq"], delivery["error"]) == (1, error)


def test_one_that_hangs_is_a_recorded_failure(club, attach, serve, receiver, look):
    observer = attach(receiver.url)
    receiver.answer = lambda _: (time.sleep(3), (200, {}, b""))[1]
    club.post()
    serve()
    assert look(observer)["last_error"] == "timeout"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost:8080/", "http://[::1]/", "http://10.0.0.1/", "http://2130706433/",
        "http://user:secret@example.org/", "ftp://example.org/", "file:///etc/passwd", "http://example.org:25/",
        "http://no-such-host.invalid/", "http://[::ffff:192.168.0.1]/", 7,
    ],
)  # fmt: skip
def test_addresses_inside_are_refused_and_nothing_is_half_done(club, attach, hand, url):
    with pytest.raises(AddressRefused):
        attach(url)
    assert hand.rows("SELECT 1 FROM observers") == []


def test_an_address_that_turned_private_is_a_recorded_failure(club, attach, serve, receiver, look, hand):
    observer = attach(receiver.url)
    hand.run("UPDATE observers SET url = 'http://192.168.1.1/'")
    club.post()
    serve()
    assert look(observer)["last_error"] == "address_refused: address"


def test_replays_stop_whoever_serves_meanwhile(club, attach, serve, receiver, db, service):
    observer = attach(receiver.url)
    for _ in range(3):
        club.post()
    receiver.answer = lambda _: (time.sleep(0.1), (200, {}, b""))[1]
    with db.transaction() as session:
        session.execute(webhooks.WAKE)
        (claimed,) = webhooks.claim(session, 5)
    with calling(club.admin):
        service.replay_observer(channel_id=club.id, observer_id=observer["id"], from_seq=2)
    with db.transaction() as session:
        assert not webhooks.move(session, claimed, 3, None), "the claim is over"
    serve()
    assert receiver.seqs() == [2, 3]


def test_admins_alone_attach_and_detach_them(club, attach, service, receiver, serve):
    observer = attach(receiver.url)
    for person in (club.author, club.follower, club.stranger):
        with calling(person), pytest.raises(ChannelRoleTooLow):
            service.attach_observer(channel_id=club.id, kind="webhook", url=receiver.url)
        with calling(person), pytest.raises(ChannelRoleTooLow):
            service.list_observers(channel_id=club.id)
    with calling(club.owner):
        service.detach_observer(channel_id=club.id, observer_id=observer["id"])
        service.detach_observer(channel_id=club.id, observer_id=observer["id"])
        with pytest.raises(UnknownObserver):
            service.replay_observer(channel_id=club.id, observer_id=observer["id"], from_seq=0)
    club.post()
    serve()
    assert receiver.requests == []


def test_a_channel_has_fifty_observers_at_most(club, attach, receiver):
    for _ in range(50):
        attach(receiver.url)
    with pytest.raises(TooManyObservers):
        attach(receiver.url)


def test_a_paused_one_gets_nothing_until_it_goes_on(club, attach, serve, receiver, service):
    observer = attach(receiver.url)
    key = {"channel_id": club.id, "observer_id": observer["id"]}
    with calling(club.admin):
        service.update_observer(**key, changes={"state": "paused"})
    club.post()
    serve()
    assert receiver.requests == []
    with calling(club.admin):
        service.update_observer(**key, changes={"state": "active"})
    serve()
    assert receiver.seqs() == [1]


def test_secrets_are_encrypted_at_rest(club, attach, receiver, hand):
    secret = attach(receiver.url)["secret"]
    ((kept,),) = hand.rows("SELECT secret_enc FROM observers")
    assert secret.encode() not in bytes(kept)


def test_two_workers_at_once_deliver_once(club, attach, db, push, receiver):
    attach(receiver.url)
    club.post()
    with db.transaction() as session:
        session.execute(webhooks.WAKE)
    queues = [WebhookQueue(db, push, Webhooks()) for _ in range(3)]
    for each in queues:
        each.turn()
    for each in queues:
        each._pool.waitall()
    assert receiver.seqs() == [1]
