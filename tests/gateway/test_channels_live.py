"""Channels on the live path: whoever follows one hears it, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from channels import Channel, done, running, subscriptions_database
from client import Person, WebSocket

from plumbing.live_channels import user_channel
from stack.running import RunningStack
from stack.supervisor import wait_for

Open = Callable[..., WebSocket]


@pytest.fixture(scope="module")
def own_stack(stack: str) -> RunningStack:
    """The processes behind the address."""
    return running()


@pytest.fixture(scope="module")
def operator(own_stack: RunningStack) -> Iterator[redis.Redis]:
    """Redis as its operator sees it."""
    with redis.Redis.from_url(own_stack.env("ops")["REDIS_URL"]) as found:
        yield found


@pytest.fixture
def channel(ana: Person) -> Channel:
    """Ana's public channel."""
    return Channel(ana)


@pytest.fixture
def fan(new_person: Callable[[str], Person]) -> Person:
    """Somebody who is nowhere yet."""
    return new_person("fan")


def hears_nothing_before(socket: WebSocket, channel: Channel, last: dict[str, Any]) -> None:
    """Check that no frame of the channel comes before `last`, which was caused after all of them."""
    while (frame := socket.next()) is not None:
        assert frame.get("channel") != channel.id, frame
        if last.items() <= frame.items():
            return
    raise AssertionError(f"closed with {socket.close_code}")


def waits(person: Person, operator: redis.Redis) -> bool:
    """Tell whether some poll or socket of a person is there."""
    name = user_channel(person.id)
    return bool(dict(operator.pubsub_numsub(name))[name.encode()])


# who hears what
def test_a_follower_gets_a_post_as_it_was_published(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    socket = open_socket(fan)
    post = channel.post()
    frame = socket.until(channel.frame())
    assert frame == {**channel.frame(), "seq": post["seq"], "data": post}


def test_open_screens_hear_what_was_read_and_reacted_to(
    channel: Channel, fan: Person, ana: Person, open_socket: Open
) -> None:
    channel.follow(fan)
    socket = open_socket(ana)
    post = channel.post()
    done(fan, "POST", f"/v1/channels/{channel.id}/read", {"up_to_seq": post["seq"]})
    done(fan, "PUT", f"/v1/posts/{post['id']}/reactions/👍")
    counts: list[dict[str, Any]] = []
    while counts != [{"id": post["id"], "views": 1, "reactions": [{"emoji": "👍", "count": 1}]}]:
        counts = socket.until({"t": "channel_counts", "channel": channel.id})["posts"]


def test_all_devices_get_everything_in_the_order_of_the_log(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    sockets = [open_socket(fan, device) for device in ("phone", "laptop")]
    first = channel.post()
    channel.change("PATCH", first, body={"text": "The ferry came."})
    channel.change("PUT", first, "/pin")
    channel.do("PATCH", body={"title": "Other news"})
    channel.change("DELETE", first)
    wanted = ["post.published", "post.edited", "post.pinned", "channel.updated", "post.deleted"]
    for socket in sockets:
        frames = [socket.until({"t": "channel_event", "channel": channel.id}) for _ in wanted]
        assert [frame["type"] for frame in frames] == wanted
        assert [frame["seq"] for frame in frames] == list(range(first["seq"], first["seq"] + len(wanted)))
        assert frames[-1]["data"]["text"] == ""


def test_following_begins_on_open_sockets_at_once(channel: Channel, fan: Person, open_socket: Open) -> None:
    socket = open_socket(fan)
    channel.follow(fan)
    socket.until(channel.user_event("channel.joined"))
    post = channel.post()
    assert socket.until(channel.frame())["data"]["id"] == post["id"]


def test_who_stops_following_hears_no_more(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    socket = open_socket(fan)
    channel.unfollow(fan)
    socket.until(channel.user_event("channel.left"))
    channel.post("not for them")
    channel.owner.make_group([fan])
    hears_nothing_before(socket, channel, {"t": "user_event", "type": "conversation.joined"})


def test_following_and_leaving_in_one_breath_ends_in_not_following(
    channel: Channel, fan: Person, open_socket: Open
) -> None:
    """Both frames may be read at once; the second one is what holds."""
    socket = open_socket(fan)
    for _ in range(5):
        channel.follow(fan)
        channel.unfollow(fan)
    for _ in range(5):
        socket.until(channel.user_event("channel.left"))
    channel.post("not for them")
    channel.owner.make_group([fan])
    hears_nothing_before(socket, channel, {"t": "user_event", "type": "conversation.joined"})


def test_a_stranger_hears_nothing_of_a_channel(channel: Channel, eve: Person, open_socket: Open) -> None:
    socket = open_socket(eve)
    channel.post("for followers")
    channel.owner.make_group([eve])
    hears_nothing_before(socket, channel, {"t": "user_event", "type": "conversation.joined"})


def test_who_is_removed_from_a_private_channel_hears_no_more(ana: Person, fan: Person, open_socket: Open) -> None:
    channel = Channel(ana, "private")
    assert channel.invite(fan) == "joined"
    socket = open_socket(fan)
    channel.do("DELETE", f"/followers/{fan.id}")
    socket.until(channel.user_event("channel.left"), 30)
    channel.post("not for them")
    ana.make_group([fan])
    hears_nothing_before(socket, channel, {"t": "user_event", "type": "conversation.joined"})


def test_a_removal_whose_push_was_lost_holds_within_5_s(
    channel: Channel, fan: Person, open_socket: Open, own_stack: RunningStack
) -> None:
    """The rows are written as the service does, and nothing is pushed."""
    channel.follow(fan)
    socket = open_socket(fan)
    channel.post()
    socket.until(channel.frame())
    with subscriptions_database(own_stack) as cursor:
        cursor.execute("DELETE FROM subscriptions WHERE channel_id = %s AND user_id = %s", (channel.id, fan.id))
        cursor.execute("INSERT INTO channel_access_removed VALUES (%s, %s, now())", (fan.id, channel.id))
    socket.until(channel.user_event("channel.left"))
    channel.post("not for them")
    channel.owner.make_group([fan])
    hears_nothing_before(socket, channel, {"t": "user_event", "type": "conversation.joined"})


def test_a_deleted_channel_is_told_once_with_the_last_seq(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    socket = open_socket(fan)
    post = channel.post()
    channel.do("DELETE")
    assert socket.until(channel.frame("channel.deleted"))["seq"] == post["seq"]
    socket.until(channel.user_event("channel.left"), 30)


# what concerns a person alone
def test_a_person_is_told_of_their_role_level_and_reading(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    phone, laptop = open_socket(fan, "phone"), open_socket(fan, "laptop")
    post = channel.post()
    channel.do("PATCH", f"/followers/{fan.id}", {"role": "author"})
    channel.follow(fan, "silent")
    channel.ask(fan, "POST", "/read", {"up_to_seq": post["seq"]})
    wanted = {
        "channel.role": {"role": "author"},
        "channel.level": {"level": "silent"},
        "channel.read": {"read_seq": post["seq"], "unread": 0},
    }
    for socket in (phone, laptop):
        for type_, facts in wanted.items():
            data = socket.until({"t": "user_event", "type": type_})["data"]
            assert data == {"channel_id": channel.id, **facts}


def test_admins_are_told_who_asks_and_whoever_asked_is_told_no(ana: Person, fan: Person, open_socket: Open) -> None:
    channel = Channel(ana, "private")
    at_anas, at_fans = open_socket(ana), open_socket(fan)
    assert channel.invite(fan, needs_approval=True) == "requested"
    asked = at_anas.until({"t": "user_event", "type": "channel.join_requested"})
    assert asked["data"] == {"channel_id": channel.id, "user_id": fan.id}
    channel.do("POST", f"/join-requests/{fan.id}", {"accept": False})
    at_fans.until(channel.user_event("channel.join_refused"))


def test_an_author_is_told_what_became_of_a_scheduled_post(channel: Channel, open_socket: Open) -> None:
    socket = open_socket(channel.owner)
    scheduled = channel.schedule(in_s=1.0)
    told = socket.until({"t": "user_event", "type": "scheduled_post.changed"}, 20)
    assert told["data"] == {"channel_id": channel.id, "post_id": scheduled["id"], "state": "published"}


def test_reading_on_one_device_is_told_on_the_other(channel: Channel, fan: Person, open_socket: Open) -> None:
    """A mention makes a line of the list, and reading the list elsewhere takes it away."""
    channel.follow(fan)
    phone, laptop = open_socket(fan, "phone"), open_socket(fan, "laptop")
    entity = {"type": "mention", "offset": 0, "length": 4, "user_id": fan.id}
    channel.post("@fan look", entities=[entity])
    changed = {"t": "user_event", "type": "notifications.changed"}
    grew = [socket.until(changed)["data"] for socket in (phone, laptop)]
    assert [each["unread"] for each in grew] == [1, 1]
    line = done(fan, "GET", "/v1/notifications")["items"][0]
    done(fan, "POST", "/v1/notifications/read", {"ids": [line["id"]]})
    cleared = laptop.until(changed)["data"]
    assert (cleared["unread"], cleared["as_of"] > grew[1]["as_of"]) == (0, True)


def test_an_open_socket_is_what_live_means(fan: Person, open_socket: Open, operator: redis.Redis) -> None:
    """The notifier asks Redis who listens on `user:{id}`, and spares them the push."""
    assert not waits(fan, operator)
    socket = open_socket(fan)
    assert waits(fan, operator)
    socket.close()
    assert wait_for(lambda: not waits(fan, operator), 60)


# catching up
def test_sync_names_channels_that_differ(channel: Channel, fan: Person, unknown_id: str) -> None:
    channel.follow(fan)
    seq = channel.post()["seq"]
    same = Channel(channel.owner)
    same.follow(fan)
    heads = {channel.id: 0, same.id: 0, unknown_id: 3}
    found = fan.ask("POST", "/v1/sync", {"heads": {}, "channels": heads}).json
    assert found["items"] == []
    by_id = {item["channel"]: item for item in found["channels"]}
    assert by_id == {
        channel.id: {"channel": channel.id, "seq": seq, "unread": 1},
        unknown_id: {"channel": unknown_id, "seq": 0, "unread": 0, "gone": True},
    }
    level = fan.ask("POST", "/v1/sync", {"heads": {}, "channels": {channel.id: seq, same.id: 0}}).json
    assert level["channels"] == []
    ahead = fan.ask("POST", "/v1/sync", {"heads": {}, "channels": {channel.id: seq + 1, same.id: 0}}).json
    assert ahead["channels"] == [{"channel": channel.id, "seq": seq, "unread": 1, "reset": True}]


def test_sync_without_channels_says_nothing_of_them(fan: Person) -> None:
    found = fan.ask("POST", "/v1/sync", {"heads": {}}).json
    assert found["items"] == []
    assert "channels" not in found


@pytest.mark.parametrize("field", ["heads", "channels"])
def test_sync_takes_at_most_5000_of_each(fan: Person, field: str) -> None:
    many = {f"00000000-0000-7000-8000-{number:012x}": 0 for number in range(5_001)}
    refused = fan.ask("POST", "/v1/sync", {"heads": {}, field: many})
    assert (refused.status, refused.code, refused.json["field"]) == (400, "invalid_field", field)
    many.popitem()
    assert fan.ask("POST", "/v1/sync", {"heads": {}, field: many}).status == 200


def poll(person: Person, cursor: str | None = None, timeout: int = 0) -> dict[str, Any]:
    reply = person.ask("POST", "/v1/poll", {"cursor": cursor, "timeout": timeout})
    assert reply.status == 200, reply.raw
    found: dict[str, Any] = reply.json
    return found


def test_a_poll_brings_missed_entries_as_a_socket_has_them(channel: Channel, fan: Person, open_socket: Open) -> None:
    channel.follow(fan)
    socket = open_socket(fan)
    first = poll(fan)
    channel.post("one")
    channel.do("PATCH", body={"title": "Other news"})
    channel.post("two", silent=True)
    live = [socket.until({"t": "channel_event", "channel": channel.id}) for _ in range(3)]
    second = poll(fan, first["cursor"])
    assert second["frames"] == live
    assert poll(fan, second["cursor"])["frames"] == []


def test_a_waiting_poll_ends_with_the_post(channel: Channel, fan: Person, operator: redis.Redis) -> None:
    channel.follow(fan)
    cursor = poll(fan)["cursor"]
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(poll, fan, cursor, 25)
        assert wait_for(lambda: waits(fan, operator), 60)
        post = channel.post("now")
        found = answer.result(10)
    assert [(frame["t"], frame["data"]["id"]) for frame in found["frames"]] == [("channel_event", post["id"])]
    assert poll(fan, found["cursor"])["frames"] == []


def test_a_poll_tells_of_channels_joined_and_left(channel: Channel, fan: Person) -> None:
    cursor = poll(fan)["cursor"]
    channel.follow(fan)
    joined = poll(fan, cursor)
    assert joined["frames"] == [channel.user_event("channel.joined")]
    channel.unfollow(fan)
    channel.post("not for them")
    assert poll(fan, joined["cursor"])["frames"] == [channel.user_event("channel.left")]


def test_a_lost_redis_is_announced_and_channels_come_back(
    channel: Channel, fan: Person, open_socket: Open, operator: redis.Redis
) -> None:
    channel.follow(fan)
    socket = open_socket(fan)
    operator.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    socket.until({"t": "resync"})
    post = channel.post("after the loss")
    assert socket.until(channel.frame())["data"]["id"] == post["id"]
