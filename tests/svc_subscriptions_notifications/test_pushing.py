"""Web pushes: really encrypted and signed, collapsed, put off, and not sent to whom it would be a bother."""

from __future__ import annotations

import time
from threading import Thread

import pytest

from plumbing.push import user_channel
from plumbing.redis_client import new_redis
from svc_subscriptions import vapid
from svc_subscriptions.actions import collapse, endpoints, preferences
from svc_subscriptions.providers import Handed, LiveSockets, retry_after
from svc_subscriptions.workers.sending import PushQueue
from tests.svc_subscriptions_notifications.outside import until


@pytest.fixture
def device(club, hand):
    """The follower's device."""
    return hand.device(club.follower)


def test_a_push_can_be_decrypted_and_its_sender_verified(club, hand, device):
    post = club.post()
    hand.walk()
    hand.send()
    (request,) = hand.service.requests
    (line,) = hand.lines(club.follower)
    assert request.path.startswith("/push/laptop-")
    said = hand.service.payload(request)
    assert said == {
        "id": line["id"],
        "kind": "post",
        "title": "Tea",
        "channel_id": club.id,
        "post_id": post["id"],
        "actor_id": club.author,
        "count": 1,
        "silent": False,
    }
    claims = hand.service.claims(request)
    assert claims["sub"].startswith("mailto:")
    assert 0 < claims["exp"] - time.time() <= 24 * 3_600
    assert request.headers["content-encoding"] == "aes128gcm"
    assert (request.headers["ttl"], request.headers["urgency"]) == ("86400", "low")
    assert len(request.headers["topic"]) == 32
    assert hand.pushes() == [("sent", None)]
    assert hand.rows("SELECT last_success_at IS NOT NULL FROM push_endpoints") == [(True,)]


def test_every_device_gets_its_own_and_a_quiet_one_makes_no_sound(club, hand, device):
    other = hand.device(club.follower, "phone")
    club.do(endpoints.change, club.follower, other, {"quiet": True})
    club.post()
    hand.walk()
    hand.send()
    quiet = {
        said["silent"]: request.headers["urgency"]
        for said, request in zip(hand.payloads(), hand.service.requests, strict=True)
    }
    assert quiet == {True: "very-low", False: "low"}


def test_a_disabled_device_gets_nothing(club, hand, device):
    club.post()
    hand.walk()
    club.do(endpoints.change, club.follower, device, {"enabled": False})
    hand.send()
    assert hand.pushes() == [("dropped", "no_device")]
    club.post()
    assert hand.walk() == 0


def test_many_posts_are_one_push_and_later_ones_wait_a_minute(club, hand, device):
    for _ in range(4):
        club.post()
    hand.walk()
    hand.send()
    assert [said["count"] for said in hand.payloads()] == [4]
    for _ in range(3):
        club.post()
        hand.walk()
        hand.send()
    assert len(hand.service.requests) == 1
    hand.due()
    hand.send()
    assert [said["count"] for said in hand.payloads()] == [4, 7]
    assert len({request.headers["topic"] for request in hand.service.requests}) == 1
    assert sorted(set(hand.pushes())) == [("dropped", "collapsed"), ("sent", None)]


def test_nobody_who_is_live_gets_a_push(club, hand, device):
    hand.live.people = {club.follower}
    club.post()
    hand.walk()
    hand.send()
    assert hand.pushes() == [("dropped", "live")]
    assert hand.service.requests == []


def test_live_is_whose_frames_some_gateway_listens_to(configured):
    redis = new_redis(configured.redis_url)
    listening = redis.pubsub()
    listening.subscribe(user_channel("ada"))
    listening.get_message(timeout=1)
    assert LiveSockets(redis).of(["ada", "bob"]) == {"ada"}
    listening.close()
    until(lambda: LiveSockets(redis).of(["ada", "bob"]) == set())
    assert LiveSockets(new_redis("redis://127.0.0.1:1/0")).of(["ada"]) == set()


def test_what_was_read_elsewhere_is_not_pushed(club, hand, device):
    post = club.post()
    hand.walk()
    assert club.do(collapse.mark_channel_read, club.follower, club.id, post["seq"]) == 1
    hand.send()
    assert hand.pushes() == [("dropped", "read")]
    assert hand.service.requests == []


def test_quiet_hours_hold_a_push_back_and_then_all_leave_as_one(club, hand, device):
    hours = {"time_zone": "UTC", "quiet_from": "00:00", "quiet_to": "23:59"}
    club.do(preferences.change, club.follower, hours)
    club.post(), club.post(), club.post()
    hand.walk()
    assert [row.later for row in hand.rows("SELECT next_attempt_at > now() AS later FROM pushes")] == [True] * 3
    hand.send()
    hand.due()
    hand.send()
    assert hand.service.requests == [], "they are judged again when their time comes"
    club.do(preferences.change, club.follower, {"quiet_from": None, "quiet_to": None})
    hand.send()
    assert [said["count"] for said in hand.payloads()] == [3]


def test_who_wants_no_pushes_gets_none(club, hand, device):
    club.post()
    hand.walk()
    club.do(preferences.change, club.follower, {"push": False})
    hand.send()
    assert hand.pushes() == [("dropped", "not_wanted")]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(club, hand, device, status):
    hand.service.answer = lambda _: (status, {}, b"")
    club.post()
    hand.walk()
    hand.send()
    assert hand.pushes() == [("dropped", "gone")]
    assert hand.rows("SELECT 1 FROM push_endpoints") == []
    assert hand.rows("SELECT 1 FROM subscriptions WHERE push") == []


@pytest.mark.parametrize(
    ("status", "headers", "least_s"), [(429, {"Retry-After": "120"}, 119), (503, {}, 3), (500, {}, 3)]
)
def test_an_overloaded_push_service_is_left_alone_for_a_while(club, hand, device, status, headers, least_s):
    hand.service.answer = lambda _: (status, headers, b"")
    club.post()
    hand.walk()
    hand.send()
    hand.send()
    assert len(hand.service.requests) == 1
    assert hand.pushes() == [("waiting", f"status_{status}")]
    ((wait_s,),) = hand.rows("SELECT extract(epoch FROM next_attempt_at - now()) FROM pushes")
    assert wait_s > least_s
    hand.service.answer = lambda _: (201, {}, b"")
    hand.due()
    hand.send()
    assert hand.pushes()[0][0] == "sent"
    assert len({said["id"] for said in hand.payloads()}) == 1


def test_it_gives_up_after_eight_attempts(club, hand, device):
    hand.service.answer = lambda _: (503, {}, b"")
    club.post()
    hand.walk()
    for _ in range(10):
        hand.due()
        hand.send()
    assert hand.pushes() == [("failed", "status_503")]
    assert len(hand.service.requests) == 8


def test_a_push_that_is_refused_is_not_repeated(club, hand, device):
    hand.service.answer = lambda _: (400, {}, b"")
    club.post()
    hand.walk()
    hand.send()
    assert hand.pushes() == [("failed", "status_400")]


def test_two_senders_at_once_send_once(club, hand, device):
    club.post()
    hand.walk()
    queues = [PushQueue(hand.queue._sender, hand.live) for _ in range(4)]
    threads = [Thread(target=queue.turn, args=(hand.db,)) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for queue in queues:
        queue.finish(hand.db)
    assert len(hand.service.requests) == 1


def test_a_push_service_that_hangs_leaves_room_for_others(club, hand, device):
    class Hanging:
        def send(self, *_, **__):
            time.sleep(30)
            return Handed(201)

    queue = PushQueue(Hanging(), hand.live)
    queue._under_way = {str(number): ("slow.example", time.monotonic() - 3) for number in range(8)}
    assert queue._is_slow("slow.example")
    assert not queue._is_slow("other.example")


def test_all_processes_have_the_same_key(tmp_path):
    found: list[str] = []
    threads = [Thread(target=lambda: found.append(vapid.load(tmp_path / "push").public_key)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "push").iterdir()] == ["vapid.pem"]
    assert (tmp_path / "push" / "vapid.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("value", "seconds"), [(None, None), ("7", 7), ("soon", None), ("-1", None)])
def test_retry_after_in_both_of_its_forms(value, seconds):
    assert retry_after(value) == seconds
    assert (retry_after("Fri, 31 Dec 2060 23:59:59 GMT") or 0) > 3_000
