"""The doors of notifications, preferences and devices: who may, and what is refused."""

from __future__ import annotations

import pytest

from contracts.base import Invalid, Unauthenticated, new_id
from contracts.subscriptions import PushEndpointInvalid, TooManyPushEndpoints, UnknownPushEndpoint
from svc_subscriptions.actions import collapse
from tests.services import calling

CALLS = [
    ("list_notifications", {}),
    ("mark_notifications_read", {}),
    ("mark_conversation_read", {"conversation_id": new_id(), "up_to_seq": 1}),
    ("get_preferences", {}),
    ("update_preferences", {"changes": {"push": False}}),
    ("get_push_key", {}),
    ("add_push_endpoint", {"endpoint": "https://push.example.org/x", "p256dh": "x", "auth": "x", "device": "x"}),
    ("list_push_endpoints", {}),
    ("update_push_endpoint", {"endpoint_id": new_id(), "changes": {"enabled": False}}),
    ("delete_push_endpoint", {"endpoint_id": new_id()}),
    ("attach_observer", {"channel_id": new_id(), "kind": "webhook", "url": "https://example.org/"}),
    ("list_observers", {"channel_id": new_id()}),
    ("update_observer", {"channel_id": new_id(), "observer_id": new_id(), "changes": {"state": "paused"}}),
    ("detach_observer", {"channel_id": new_id(), "observer_id": new_id()}),
    ("replay_observer", {"channel_id": new_id(), "observer_id": new_id(), "from_seq": 0}),
    ("list_deliveries", {"channel_id": new_id(), "observer_id": new_id()}),
]


@pytest.mark.parametrize(("method", "kwargs"), CALLS, ids=[name for name, _ in CALLS])
def test_nobody_without_a_token_is_let_in(service, method, kwargs):
    with pytest.raises(Unauthenticated):
        getattr(service, method)(**kwargs)


def test_a_list_is_paged_and_belongs_to_its_person(club, hand, service):
    hand.device(club.follower)
    for _ in range(3):
        club.post()
        hand.walk()
        with calling(club.follower):
            service.mark_notifications_read()
    with calling(club.follower):
        first = service.list_notifications(limit=2)
        second = service.list_notifications(limit=2, after=first["next"])
        assert service.list_notifications(unread_only=True)["items"] == []
    ids = [line["id"] for page in (first, second) for line in page["items"]]
    assert len(set(ids)) == 3
    assert ids == sorted(ids, reverse=True)
    assert (second["next"], second["unread"]) == (None, 0)
    with calling(club.stranger):
        assert service.list_notifications()["items"] == []
        assert service.mark_notifications_read(ids=ids) == {"unread": 0}


def test_a_line_that_comes_meanwhile_is_neither_listed_nor_counted(club, hand, service, monkeypatch):
    hand.device(club.follower)
    club.post()
    hand.walk()
    list_lines = collapse.list_lines

    def slowly(session, user_id, *args, **facts):
        rows = list_lines(session, user_id, *args, **facts)
        with calling(club.follower):
            service.mark_notifications_read()
        return rows

    monkeypatch.setattr(collapse, "list_lines", slowly)
    with calling(club.follower):
        page = service.list_notifications()
    assert ([line["read"] for line in page["items"]], page["unread"]) == ([False], 1)


def test_reading_on_one_device_is_told_to_all(club, hand, service):
    hand.device(club.follower)
    club.post()
    hand.walk()
    with calling(club.follower):
        (line,) = service.list_notifications()["items"]
        assert service.mark_notifications_read(ids=[line["id"]]) == {"unread": 0}
        assert service.mark_notifications_read(up_to=line["id"]) == {"unread": 0}
    assert hand.told(club.follower) == [1, 0]


def test_reading_the_channel_clears_what_it_told(club, hand, service):
    hand.device(club.follower)
    post = club.post()
    hand.walk()
    with calling(club.follower):
        service.mark_channel_read(channel_id=club.id, up_to_seq=post["seq"])
        assert service.list_notifications()["unread"] == 0
    assert hand.told(club.follower) == [1, 0]
    assert hand.pushes() == [("dropped", "read")]


@pytest.mark.parametrize(
    "kwargs", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"after": "x"}, {"after": "WyJ4Il0"}, {"unread_only": 1}]
)
def test_bad_pages_are_refused(service, kwargs):
    with calling(new_id()), pytest.raises(Invalid):
        service.list_notifications(**kwargs)


@pytest.mark.parametrize(
    "kwargs", [{"ids": ["x"]}, {"ids": [new_id()] * 201}, {"up_to": 5}, {"ids": [], "up_to": new_id()}]
)
def test_bad_marks_are_refused(service, kwargs):
    with calling(new_id()), pytest.raises(Invalid):
        service.mark_notifications_read(**kwargs)


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://user:x@push.example.org/"},
        {"endpoint": "ftp://push.example.org/"},
        {"endpoint": "x"},
        {"p256dh": "AAAA"},
        {"p256dh": "é"},
        {"auth": "AAAA"},
        {"auth": "*"},
    ],
)
def test_what_is_no_push_subscription_is_refused(hand, service, changes):
    with calling(new_id()), pytest.raises(PushEndpointInvalid):
        service.add_push_endpoint(**{**hand.service.browser("x"), **changes})
    assert hand.rows("SELECT 1 FROM push_endpoints") == []


def test_a_device_is_added_once_changed_and_removed(club, hand, service):
    with calling(club.follower):
        assert len(service.get_push_key()["public_key"]) == 87
        first = service.add_push_endpoint(**hand.service.browser("laptop"))
        again = service.add_push_endpoint(**{**hand.service.browser("laptop"), "device": "old laptop"})
        assert (again["id"], again["device"]) == (first["id"], "old laptop")
        assert "push/laptop" not in str(again)
        assert hand.rows("SELECT user_id::text FROM subscriptions WHERE push") == [(club.follower,)]
        service.update_push_endpoint(endpoint_id=first["id"], changes={"enabled": False})
        assert hand.rows("SELECT 1 FROM subscriptions WHERE push") == []
        service.delete_push_endpoint(endpoint_id=first["id"])
        service.delete_push_endpoint(endpoint_id=first["id"])
        assert service.list_push_endpoints()["items"] == []
        with pytest.raises(UnknownPushEndpoint):
            service.update_push_endpoint(endpoint_id=first["id"], changes={"quiet": True})


def test_a_person_has_twenty_devices_at_most(hand, service):
    with calling(new_id()):
        for number in range(20):
            service.add_push_endpoint(**hand.service.browser(str(number)))
        with pytest.raises(TooManyPushEndpoints):
            service.add_push_endpoint(**hand.service.browser("one-more"))


def test_old_things_are_pruned(club, hand, configured):
    from svc_subscriptions.workers.pruning import prune_all

    hand.device(club.follower)
    club.post(), club.post()
    hand.walk()
    assert prune_all(hand.db) == 0
    hand.run("UPDATE notifications SET created_at = now() - interval '100 days'")
    hand.run("UPDATE pushes SET created_at = now() - interval '100 days'")
    hand.run("UPDATE fanout_jobs SET created_at = now() - interval '100 days'")
    assert prune_all(hand.db) == 6
