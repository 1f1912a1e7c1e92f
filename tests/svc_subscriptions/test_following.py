"""Following, leaving, roles, and the limit of what one person follows."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from contracts.base import new_id
from contracts.subscriptions import (
    MAX_FOLLOWED,
    ChannelLastOwner,
    ChannelRoleTooLow,
    TooManyFollowed,
    UnknownChannel,
    UnknownFollower,
)
from svc_subscriptions.actions import channels, following, statistics, team
from svc_subscriptions.models import ChannelAccessRemoved, Following, Outbox, Subscription
from tests.svc_subscriptions.channels import Club


def events(club: Club) -> list[str]:
    return club.look(lambda session: list(session.scalars(select(Outbox.name).order_by(Outbox.enqueued_at))))


def test_following_counts_once_and_is_told(club: Club) -> None:
    club.follow(club.stranger)
    club.follow(club.stranger)
    assert club.followers() == 5
    assert events(club)[-1] == "channel_subscribed"
    assert events(club).count("channel_subscribed") == 5
    assert [frame["type"] for frame in club.push.on(f"user:{club.stranger}")] == ["channel.joined"]


def test_following_again_changes_the_level(club: Club) -> None:
    row = club.do(following.subscribe, club.id, club.follower, "silent", None)
    assert (row.level, row.role) == ("silent", "follower")
    assert club.followers() == 4


def test_nobody_follows_a_private_channel_by_its_id(secret: Club) -> None:
    with pytest.raises(UnknownChannel):
        secret.follow(secret.stranger)
    assert secret.count(select(Following.followed).filter_by(user_id=secret.owner)) == 1


def test_posts_before_following_are_not_unread(club: Club) -> None:
    club.post()
    club.follow(club.stranger)
    assert club.unread(club.stranger) == 0
    club.post()
    assert club.unread(club.stranger) == 1


def test_leaving_is_told_to_the_gateway_and_counted(club: Club) -> None:
    club.do(following.unsubscribe, club.id, club.follower)
    club.do(following.unsubscribe, club.id, club.follower)
    assert club.followers() == 3
    assert club.count(select(Following.followed).filter_by(user_id=club.follower)) == 0
    assert club.push.on(f"user:{club.follower}")[0]["type"] == "channel.left"
    removed = club.look(lambda session: list(session.scalars(select(ChannelAccessRemoved.user_id))))
    assert removed == [club.follower]
    assert events(club)[-1] == "channel_unsubscribed"


def test_the_last_owner_stays(club: Club) -> None:
    with pytest.raises(ChannelLastOwner):
        club.do(following.unsubscribe, club.id, club.owner)
    with pytest.raises(ChannelLastOwner):
        club.do(team.set_role, club.id, club.owner, club.owner, "admin")
    club.do(team.set_role, club.id, club.owner, club.admin, "owner")
    club.do(following.unsubscribe, club.id, club.owner)
    assert club.look(channels.get_place, club.id, club.admin)[0].owner_id == club.admin


@pytest.mark.parametrize(
    ("actor", "target", "role"),
    [
        ("admin", "owner", "follower"),
        ("admin", "admin", "owner"),
        ("admin", "follower", "admin"),
        ("author", "follower", "author"),
        ("follower", "author", "follower"),
        ("stranger", "follower", "author"),
    ],
)
def test_nobody_gives_a_role_that_is_not_below_their_own(club: Club, actor: str, target: str, role: str) -> None:
    with pytest.raises(ChannelRoleTooLow):
        club.do(team.set_role, club.id, getattr(club, actor), getattr(club, target), role)


def test_admins_name_authors(club: Club) -> None:
    assert club.do(team.set_role, club.id, club.admin, club.follower, "author").role == "author"
    with pytest.raises(UnknownFollower):
        club.do(team.set_role, club.id, club.admin, club.stranger, "author")


def test_one_removes_those_below(club: Club) -> None:
    club.do(team.remove_follower, club.id, club.admin, club.follower)
    with pytest.raises(ChannelRoleTooLow):
        club.do(team.remove_follower, club.id, club.admin, club.owner)
    with pytest.raises(ChannelRoleTooLow):
        club.do(team.remove_follower, club.id, club.author, club.admin)
    with pytest.raises(UnknownFollower):
        club.do(team.remove_follower, club.id, club.admin, club.follower)
    assert club.followers() == 3


def test_followers_are_listed_for_the_team(club: Club) -> None:
    seen: list[str] = []
    while page := club.look(team.list_followers, club.id, club.author, None, 3, seen[-1] if seen else None):
        seen += [row.user_id for row in page]
    assert seen == sorted([club.owner, club.admin, club.author, club.follower])
    admins = club.look(team.list_followers, club.id, club.author, "admin", 3, None)
    assert [row.user_id for row in admins] == [club.admin]
    with pytest.raises(ChannelRoleTooLow):
        club.look(team.list_followers, club.id, club.follower, None, 3, None)


def test_one_person_follows_so_many_and_no_more(club: Club) -> None:
    person = new_id()
    club.follow(person)
    mine = update(Following).where(Following.user_id == person).values(followed=MAX_FOLLOWED)
    club.do(lambda session: session.execute(mine))
    other = club.do(channels.create_channel, club.owner, {"title": "x", "language": "en", "visibility": "public"})
    with pytest.raises(TooManyFollowed):
        club.do(following.subscribe, other, person, "all", None)
    assert club.count(select(Following.followed).filter_by(user_id=person)) == MAX_FOLLOWED
    assert club.do(following.subscribe, club.id, person, "mentions", None).level == "mentions"
    assert not club.look(lambda session: session.get(Subscription, (other, person)))


def test_statistics_show_who_came_and_went(club: Club) -> None:
    club.follow(club.stranger)
    club.do(following.unsubscribe, club.id, club.follower)
    last = club.post()
    club.post(silent=True)
    for person in (club.stranger, club.admin, club.author):
        club.read(person, last["seq"] + 1)
    stats = club.look(statistics.channel_stats, club.id, club.author, 3)
    assert stats["followers"] == 4
    assert [day["followers"] for day in stats["days"]] == [0, 0, 4]
    today = stats["days"][-1]
    assert {name: today[name] for name in ("joined", "left", "posts", "reach", "reads")} == {
        "joined": 5,
        "left": 1,
        "posts": 2,
        "reach": 2,
        "reads": 4,
    }
    with pytest.raises(ChannelRoleTooLow):
        club.look(statistics.channel_stats, club.id, club.admin and club.stranger, 3)
