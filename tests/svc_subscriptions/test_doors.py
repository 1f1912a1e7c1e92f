"""The doors: what arguments fit, what is answered, and what is pushed after the commit."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.base import ServiceError, new_id
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_subscriptions.service import SubscriptionsService
from tests.services import calling
from tests.svc_subscriptions.channels import Club, in_an_hour

BAD: list[tuple[str, dict[str, Any]]] = [
    ("create_channel", {"title": "", "visibility": "public"}),
    ("create_channel", {"title": "   ", "visibility": "public"}),
    ("create_channel", {"title": "x" * 101, "visibility": "public"}),
    ("create_channel", {"title": "x", "visibility": "hidden"}),
    ("create_channel", {"title": "x", "visibility": "public", "handle": "1ab"}),
    ("create_channel", {"title": "x", "visibility": "public", "handle": "ab"}),
    ("create_channel", {"title": "x", "visibility": "public", "handle": "áéí"}),
    ("create_channel", {"title": "x", "visibility": "public", "topics": ["a"] * 11}),
    ("create_channel", {"title": "x", "visibility": "public", "topics": [""]}),
    ("create_channel", {"title": "x", "visibility": "public", "topics": "a"}),
    ("create_channel", {"title": "x", "visibility": "public", "language": "English"}),
    ("create_channel", {"title": "x", "visibility": "public", "picture": "x"}),
    ("create_channel", {"title": "a\x00", "visibility": "public"}),
    ("get_channel", {"channel_id": "x"}),
    ("search_channels", {"query": 1}),
    ("search_channels", {"query": "x" * 201}),
    ("search_channels", {"limit": 101}),
    ("search_channels", {"after": "%%%"}),
    ("search_channels", {"topic": ""}),
    ("list_my_channels", {"limit": 0}),
    ("list_my_channels", {"after": "abc"}),
    ("update_channel", {"channel_id": new_id(), "changes": {}}),
    ("update_channel", {"channel_id": new_id(), "changes": {"owner_id": new_id()}}),
    ("update_channel", {"channel_id": new_id(), "changes": {"title": None}}),
    ("update_channel", {"channel_id": new_id(), "changes": {"verified": True}}),
    ("get_channel_stats", {"channel_id": new_id(), "days": 0}),
    ("get_channel_stats", {"channel_id": new_id(), "days": 367}),
    ("subscribe", {"channel_id": new_id(), "level": "loud"}),
    ("subscribe", {"channel_id": new_id(), "muted_until": "soon"}),
    ("set_channel_role", {"channel_id": new_id(), "user_id": new_id(), "role": "king"}),
    ("create_invite", {"channel_id": new_id(), "max_uses": 0}),
    ("create_invite", {"channel_id": new_id(), "expires_in_s": -1}),
    ("create_invite", {"channel_id": new_id(), "needs_approval": 1}),
    ("accept_invite", {"code": "x" * 101}),
    ("answer_join_request", {"channel_id": new_id(), "user_id": new_id(), "accept": "yes"}),
    ("publish_post", {"channel_id": new_id(), "client_post_id": "a", "text": ""}),
    ("publish_post", {"channel_id": new_id(), "client_post_id": None, "text": "x"}),
    ("list_posts", {"channel_id": new_id(), "before_seq": 1, "after_seq": 1}),
    ("list_posts", {"channel_id": new_id(), "limit": True}),
    ("edit_post", {"post_id": new_id(), "text": "x" * 16_001}),
    ("pin_post", {"post_id": new_id(), "pinned": 1}),
    ("add_post_reaction", {"post_id": new_id(), "emoji": "yes"}),
    ("mark_channel_read", {"channel_id": new_id(), "up_to_seq": -1}),
    ("mark_channel_read", {"channel_id": new_id(), "up_to_seq": 2**60}),
    ("list_log", {"channel_id": new_id(), "after_seq": "0"}),
    ("list_log", {"channel_id": new_id(), "after_seq": 0, "limit": 501}),
    ("sync_channels", {"heads": []}),
    ("sync_channels", {"heads": {"x": 1}}),
]


@pytest.mark.parametrize(("method", "arguments"), BAD)
def test_wrong_arguments_are_refused(service: SubscriptionsService, method: str, arguments: dict[str, Any]) -> None:
    with calling(new_id()), pytest.raises(ServiceError) as caught:
        getattr(service, method)(**arguments)
    assert caught.value.kind == "invalid"


def test_a_whole_channel_through_the_doors(service: SubscriptionsService) -> None:
    ada, bob = new_id(), new_id()
    with calling(ada):
        made = service.create_channel(
            title=" Night birds ", visibility="public", handle="Owls", topics=["Birds", "birds"], language="en"
        )
        assert (made["title"], made["topics"], made["follower_count"], made["seq"]) == ("Night birds", ["birds"], 1, 0)
        assert made["subscription"] and made["subscription"]["role"] == "owner"
    with calling(bob):
        assert service.find_channel_by_handle(handle="owls")["subscription"] is None
        assert service.search_channels(query="bird")["items"][0]["id"] == made["id"]
        assert service.subscribe(channel_id=made["id"], level="mentions")["level"] == "mentions"
    with calling(ada):
        sent = service.publish_post(channel_id=made["id"], client_post_id="1", text="hoot")
        again = service.publish_post(channel_id=made["id"], client_post_id="1", text="hoot")
        assert (again["post"], again["replayed"], sent["replayed"]) == (sent["post"], True, False)
        later = service.publish_post(channel_id=made["id"], client_post_id="2", text="x", publish_at=in_an_hour())
        assert later["scheduled"] == service.list_scheduled_posts(channel_id=made["id"])["items"][0]
    with calling(bob):
        assert [each["unread"] for each in service.list_my_channels()["items"]] == [1]
        assert service.sync_channels(heads={})["items"] == [{"channel": made["id"], "seq": 1, "unread": 1}]
        assert service.mark_channel_read(channel_id=made["id"], up_to_seq=1)["read_seq"] == 1
        assert service.get_channel(channel_id=made["id"])["unread"] == 0
        assert service.list_posts(channel_id=made["id"])[0]["views"] == 1
        replay = service.list_log(channel_id=made["id"], after_seq=0)
        assert [each["type"] for each in replay["items"]] == ["post.published"]
        assert (replay["seq"], replay["more"]) == (1, False)
        service.unsubscribe(channel_id=made["id"])
        assert service.list_my_channel_ids() == []


def test_lists_go_on_where_they_stopped(service: SubscriptionsService) -> None:
    ada = new_id()
    with calling(ada):
        made = [service.create_channel(title=f"c{n}", visibility="public")["id"] for n in range(5)]
        for method in (service.list_my_channels, service.search_channels):
            seen: list[str] = []
            after = None
            while True:
                page = method(limit=2, after=after)
                seen += [each["id"] for each in page["items"]]
                after = page["next"]
                if after is None:
                    break
            assert sorted(seen) == sorted(made)


def test_a_post_is_pushed_after_its_commit(club: Club, service: SubscriptionsService, configured: Settings) -> None:
    service.push = Pusher(new_redis(configured.redis_url))  # type: ignore[assignment]
    listener = new_redis(configured.redis_url).pubsub()
    listener.subscribe(f"chan:{club.id}")
    assert listener.get_message(timeout=60)["type"] == "subscribe"
    with calling(club.author):
        sent = service.publish_post(channel_id=club.id, client_post_id="1", text="hoot")
    frame = msgspec.json.decode(listener.get_message(timeout=60)["data"])
    assert frame == {
        "t": "channel_event",
        "channel": club.id,
        "seq": 1,
        "type": "post.published",
        "data": msgspec.to_builtins(sent["post"]),
    }
    listener.close()


def test_redis_being_away_loses_no_post(club: Club, service: SubscriptionsService) -> None:
    service.push = Pusher(new_redis("redis://127.0.0.1:1/0"))  # type: ignore[assignment]
    with calling(club.author):
        assert service.publish_post(channel_id=club.id, client_post_id="1", text="hoot")["post"]["seq"] == 1
