"""Publishing, once; changing and deleting; what is unread and how often something was seen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from contracts.base import Invalid, new_id
from contracts.messaging import EntityInvalid
from contracts.subscriptions import (
    ChannelRoleTooLow,
    PostEmpty,
    PostMismatch,
    PublishTimeInvalid,
    TooManyPostReactions,
    UnknownChannel,
    UnknownFollower,
    UnknownPost,
    UnknownScheduledPost,
)
from plumbing import codec
from svc_subscriptions.actions import following, posts, reactions, reading, scheduling, team
from svc_subscriptions.composing import compose
from svc_subscriptions.models import Outbox, Subscription
from svc_subscriptions.post_models import FanoutJob, Post, ScheduledPost
from svc_subscriptions.post_models import PostView as SeenPost
from tests.svc_subscriptions.channels import Club, in_an_hour


def test_a_post_is_a_row_a_log_entry_a_job_and_an_event(club: Club) -> None:
    mention = {"type": "mention", "offset": 0, "length": 3, "user_id": club.follower}
    post = club.post(text="Ada!", entities=[mention], media_ids=[new_id()])
    assert (post["seq"], post["views"], post["deleted"]) == (1, 0, False)
    (entry,) = club.log()
    assert (entry["type"], entry["post"]) == ("post.published", post)
    assert club.count(select(func.count()).select_from(FanoutJob)) == 1
    published = select(Outbox.body).where(Outbox.name == "post_published.media")
    body = club.look(lambda session: session.scalar(published))
    event = codec.decode(bytes(body))
    assert (event["mentions"], event["post_id"], event["seq"]) == ([club.follower], post["id"], 1)
    assert club.push.on(f"chan:{club.id}") == [
        {"t": "channel_event", "channel": club.id, "seq": 1, "type": "post.published", "data": post}
    ]


def test_a_silent_post_walks_nobody(club: Club) -> None:
    club.post(silent=True)
    assert club.count(select(func.count()).select_from(FanoutJob)) == 0


def test_the_same_id_gives_the_first_post(club: Club) -> None:
    first = club.publish(client_post_id="a", text="one")
    again = club.publish(client_post_id="a", text="one")
    assert (again.post, again.replayed, first.replayed) == (first.post, True, False)
    assert club.seqs() == [1]
    with pytest.raises(PostMismatch):
        club.publish(client_post_id="a", text="two")
    assert not club.publish(club.admin, client_post_id="a", text="two").replayed


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"text": ""}, PostEmpty),
        ({"text": "x" * 16_001}, Invalid),
        ({"text": "a\x00"}, Invalid),
        ({"text": 1}, Invalid),
        ({"media_ids": ["x"]}, Invalid),
        ({"media_ids": [new_id() for _ in range(21)]}, Invalid),
        ({"silent": 1}, Invalid),
        ({"comments": "yes"}, Invalid),
        ({"publish_at": "soon"}, Invalid),
        ({"client_post_id": ""}, Invalid),
        ({"entities": [{"type": "bold", "offset": 0, "length": 9}]}, EntityInvalid),
        ({"entities": [{"type": "link", "offset": 0, "length": 1, "url": "javascript:1"}]}, EntityInvalid),
    ],
)
def test_what_is_no_post_is_refused(facts: dict[str, object], error: type[Invalid]) -> None:
    with pytest.raises(error):
        compose(**{"client_post_id": "a", "text": "news", **facts})


def test_writing_needs_a_role(club: Club, secret: Club) -> None:
    for person in (club.follower, club.stranger):
        with pytest.raises(ChannelRoleTooLow):
            club.publish(person)
    with pytest.raises(UnknownChannel):
        secret.publish(secret.stranger)
    club.do(team.set_role, club.id, club.owner, club.author, "follower")
    with pytest.raises(ChannelRoleTooLow):
        club.publish(club.author)


def test_an_edit_is_logged_and_shown_in_every_entry(club: Club) -> None:
    post = club.post()
    edited = club.do(posts.edit_post, post["id"], club.author, "better", [])
    assert edited["edited_at"]
    club.do(posts.edit_post, post["id"], club.author, "better", [])
    assert club.types() == ["post.published", "post.edited"]
    assert [entry["post"]["text"] for entry in club.log()] == ["better", "better"]
    for person, error in ((club.owner, ChannelRoleTooLow), (club.follower, ChannelRoleTooLow)):
        with pytest.raises(error):
            club.do(posts.edit_post, post["id"], person, "mine", [])
    with pytest.raises(PostEmpty):
        club.do(posts.edit_post, post["id"], club.author, " ", [])


def test_a_deleted_post_keeps_its_place_alone(club: Club) -> None:
    post = club.post()
    club.do(reactions.add_reaction, post["id"], club.follower, "👍")
    other = club.post(club.admin)
    with pytest.raises(ChannelRoleTooLow):
        club.do(posts.delete_post, other["id"], club.author)
    club.do(posts.delete_post, post["id"], club.admin)
    shown = club.look(posts.list_posts, club.id, club.stranger, 10, None, None)
    assert [(each["seq"], each["deleted"], each["text"]) for each in shown] == [(1, True, ""), (2, False, "news")]
    assert club.types() == ["post.published", "post.published", "post.deleted"]
    assert club.log()[0]["post"]["text"] == ""
    for action in (posts.delete_post, lambda *a: posts.pin_post(*a, pinned=True)):
        with pytest.raises(UnknownPost):
            club.do(action, post["id"], club.admin)
    assert club.look(posts.get_post, post["id"], club.stranger)["deleted"]


def test_pinned_posts_are_listed_by_themselves(club: Club) -> None:
    made = [club.post()["id"] for _ in range(4)]
    for post_id in made[1:]:
        club.do(posts.pin_post, post_id, club.admin, pinned=True)
    club.do(posts.pin_post, made[2], club.admin, pinned=False)
    shown = club.do(posts.list_posts, club.id, club.stranger, 10, None, None, pinned=True)
    assert [each["id"] for each in shown] == [made[1], made[3]]
    assert [
        each["id"] for each in club.do(posts.list_posts, club.id, club.stranger, 1, None, None, pinned=True)
    ] == made[3:]
    club.do(posts.delete_post, made[3], club.admin)
    assert [each["id"] for each in club.do(posts.list_posts, club.id, club.stranger, 9, None, 0, pinned=True)] == [
        made[1]
    ]


def test_pins_are_for_admins(club: Club) -> None:
    post = club.post()
    assert club.do(posts.pin_post, post["id"], club.admin, pinned=True)["pinned"]
    club.do(posts.pin_post, post["id"], club.admin, pinned=True)
    assert not club.do(posts.pin_post, post["id"], club.owner, pinned=False)["pinned"]
    assert club.types(1) == ["post.pinned", "post.unpinned"]
    with pytest.raises(ChannelRoleTooLow):
        club.do(posts.pin_post, post["id"], club.author, pinned=True)


def test_posts_are_listed_by_their_numbers(club: Club) -> None:
    seqs = [club.post()["seq"] for _ in range(5)]

    def listed(limit: int, before: int | None, after: int | None) -> list[int]:
        return [each["seq"] for each in club.look(posts.list_posts, club.id, club.stranger, limit, before, after)]

    assert listed(2, None, None) == seqs[3:]
    assert listed(2, 4, None) == seqs[1:3]
    assert listed(2, None, 1) == seqs[1:3]


def test_what_is_private_is_read_by_followers_alone(secret: Club) -> None:
    post = secret.post()
    assert secret.look(posts.get_post, post["id"], secret.follower)["text"] == "news"
    with pytest.raises(UnknownPost):
        secret.look(posts.get_post, post["id"], secret.stranger)
    with pytest.raises(UnknownChannel):
        secret.look(posts.list_posts, secret.id, secret.stranger, 1, None, None)
    secret.do(following.unsubscribe, secret.id, secret.follower)
    with pytest.raises(UnknownPost):
        secret.look(posts.get_post, post["id"], secret.follower)


def test_reactions_are_counted_and_mine_is_told(club: Club) -> None:
    post = club.post()
    for person in (club.follower, club.admin, club.admin):
        club.do(reactions.add_reaction, post["id"], person, "👍")
    seen = club.look(posts.get_post, post["id"], club.follower)["reactions"]
    assert seen == [{"emoji": "👍", "count": 2, "mine": True}]
    assert not club.look(posts.get_post, post["id"], club.owner)["reactions"][0]["mine"]
    club.do(reactions.remove_reaction, post["id"], club.follower, "👍")
    assert club.look(posts.get_post, post["id"], club.follower)["reactions"][0]["count"] == 1
    with pytest.raises(ChannelRoleTooLow):
        club.do(reactions.add_reaction, post["id"], club.stranger, "👍")


def test_a_post_has_so_many_emoji(club: Club) -> None:
    post = club.post()
    for code in range(0x1F400, 0x1F400 + reactions.MAX_KINDS):
        club.do(reactions.add_reaction, post["id"], club.follower, chr(code))
    with pytest.raises(TooManyPostReactions):
        club.do(reactions.add_reaction, post["id"], club.follower, "👍")
    club.do(reactions.add_reaction, post["id"], club.admin, chr(0x1F400))


def test_one_person_counts_one_view(club: Club) -> None:
    post = club.post()
    for _ in range(3):
        club.read(club.follower, post["seq"])
    club.do(lambda session: session.execute(update(Subscription).values(read_seq=0, read_posts=0)))
    club.read(club.follower, post["seq"])
    club.read(club.author, post["seq"])
    club.read(club.admin, post["seq"] + 50)
    assert club.look(posts.get_post, post["id"], club.owner)["views"] == 2
    assert club.count(select(func.count()).select_from(SeenPost)) == 2


def test_a_long_stretch_counts_its_last_posts(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_SEEN", 3)
    for _ in range(5):
        club.post()
    club.read(club.follower, 5)
    shown = club.look(posts.list_posts, club.id, club.owner, 9, None, None)
    assert [each["views"] for each in shown] == [0, 0, 1, 1, 1]
    assert club.unread(club.follower) == 0


def test_unread_is_exact_whatever_is_deleted_pinned_or_ones_own(club: Club) -> None:
    first, second, third = (club.post() for _ in range(3))
    own = club.post(club.admin)
    club.do(posts.pin_post, first["id"], club.admin, pinned=True)
    assert (club.unread(club.follower), club.unread(club.admin), club.unread(club.author)) == (4, 3, 1)
    club.do(posts.delete_post, first["id"], club.admin)
    club.do(posts.delete_post, own["id"], club.admin)
    assert (club.unread(club.follower), club.unread(club.admin), club.unread(club.author)) == (2, 2, 0)
    club.read(club.follower, second["seq"])
    assert club.unread(club.follower) == 1
    club.do(posts.delete_post, second["id"], club.admin)
    assert club.unread(club.follower) == 1
    club.do(posts.delete_post, third["id"], club.admin)
    assert club.unread(club.follower) == 0
    club.read(club.follower, 1)
    assert club.unread(club.follower) == 0
    with pytest.raises(UnknownFollower):
        club.read(club.stranger, 1)


def let_come(club: Club, post_id: str) -> None:
    values = {"publish_at": datetime.now(UTC) - timedelta(seconds=1)}
    club.do(lambda session: session.execute(update(ScheduledPost).where(ScheduledPost.id == post_id).values(**values)))


def test_a_scheduled_post_comes_once_and_keeps_its_id(club: Club) -> None:
    waiting = club.publish(client_post_id="a", publish_at=(at := in_an_hour())).scheduled
    assert waiting is not None
    assert club.publish(client_post_id="a", publish_at=at).replayed
    assert club.seqs() == []
    assert club.look(scheduling.due_posts, 9) == []
    let_come(club, waiting.id)
    (key,) = club.look(scheduling.due_posts, 9)
    view = club.do(scheduling.publish_due, key)
    assert view is not None
    assert (view["id"], view["seq"]) == (waiting.id, 1)
    assert club.do(scheduling.publish_due, key) is None
    again = club.publish(client_post_id="a", publish_at=at)
    assert (again.replayed, again.post and again.post["id"]) == (True, waiting.id)


def test_an_author_who_lost_the_role_publishes_nothing_later(club: Club) -> None:
    waiting = club.publish(publish_at=in_an_hour()).scheduled
    assert waiting is not None
    let_come(club, waiting.id)
    club.do(team.set_role, club.id, club.owner, club.author, "follower")
    assert club.do(scheduling.publish_due, (club.id, waiting.id)) is None
    assert club.count(select(func.count()).select_from(ScheduledPost)) == 0
    assert club.push.on(f"user:{club.author}")[-1]["data"]["state"] == "failed"


def test_a_waiting_post_is_seen_and_called_off_by_its_author_and_admins(club: Club) -> None:
    waiting = club.publish(publish_at=in_an_hour()).scheduled
    assert waiting is not None
    other = club.publish(club.owner, publish_at=in_an_hour()).scheduled
    assert other is not None
    seen = club.look(scheduling.list_scheduled, club.id, club.author)
    assert [row.id for row in seen] == [waiting.id]
    assert len(club.look(scheduling.list_scheduled, club.id, club.admin)) == 2
    for person in (club.follower, club.stranger):
        with pytest.raises(UnknownScheduledPost):
            club.do(scheduling.cancel_scheduled, person, waiting.id)
    with pytest.raises(UnknownScheduledPost):
        club.do(scheduling.cancel_scheduled, club.author, other.id)
    club.do(scheduling.cancel_scheduled, club.author, waiting.id)
    club.do(scheduling.cancel_scheduled, club.admin, other.id)
    with pytest.raises(ChannelRoleTooLow):
        club.look(scheduling.list_scheduled, club.id, club.follower)


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_a_time_that_is_past_or_far_away_is_refused(club: Club, hours: int) -> None:
    with pytest.raises(PublishTimeInvalid):
        club.publish(publish_at=(datetime.now(UTC) + timedelta(hours=hours)).isoformat())


def test_posts_are_numbered_without_a_gap(club: Club) -> None:
    for _ in range(3):
        club.do(posts.delete_post, club.post()["id"], club.author)
    numbers = club.look(lambda session: list(session.scalars(select(Post.post_number).order_by(Post.seq))))
    assert numbers == [1, 2, 3]
    assert club.seqs() == [1, 2, 3, 4, 5, 6]
