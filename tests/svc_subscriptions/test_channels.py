"""Beginning, changing and ending channels; finding public ones; what a private one hides."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from contracts.base import new_id
from contracts.subscriptions import ChannelRoleTooLow, HandleTaken, UnknownChannel
from plumbing.database import Transactions
from svc_subscriptions.actions import catching_up, channels, clearing, following, log, searching, team
from svc_subscriptions.models import Channel, Following, Subscription
from svc_subscriptions.post_models import LogEntry, Post
from tests.services import FakePush
from tests.svc_subscriptions.channels import Club, channel_facts, make_club


def found(club: Club, query: str, **facts: str) -> list[str]:
    """Return the titles that a stranger finds."""
    rows = club.look(
        searching.search_channels, club.stranger, query, facts.get("topic"), facts.get("language"), 50, None
    )
    return [row[0].title for row, _ in rows]


@pytest.fixture
def town(db: Transactions, push: FakePush) -> Club:
    """Some channels to look for."""
    facts = [
        {"title": "Canción del día", "handle": "Cancion", "language": "es", "description": "Música y conciertos"},
        {"title": "Gardeners", "handle": "green_thumbs", "description": "Growing tomatoes", "topics": ["plants"]},
        {"title": "Songs and cancion", "handle": "songs", "topics": ["music"]},
        {"title": "Secret garden", "visibility": "private"},
    ]
    return [make_club(db, push, **each) for each in facts][-1]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("cancion", ["Canción del día", "Songs and cancion"]),
        ("@CANCION", ["Canción del día", "Songs and cancion"]),
        ("canciones", ["Songs and cancion", "Canción del día"]),
        ("concierto", ["Canción del día"]),
        ("gardening", ["Gardeners"]),
        ("tomat", ["Gardeners"]),
        ("green_th", ["Gardeners"]),
        ("plants", ["Gardeners"]),
        ("secret", []),
        ("%", []),
        ("'; drop table", []),
        ("-garden", []),
    ],
)
def test_public_channels_are_found_in_both_languages(town: Club, query: str, titles: list[str]) -> None:
    assert sorted(found(town, query)) == sorted(titles)
    assert found(town, query)[:1] == titles[:1]


def test_the_directory_is_filtered_and_ordered_by_followers(town: Club, db: Transactions, push: FakePush) -> None:
    popular = make_club(db, push, title="Popular")
    for _ in range(3):
        popular.follow(new_id())
    popular.do(searching.refresh_popularity)
    assert found(town, "")[0] == "Popular"
    assert len(found(town, "")) == 4
    assert found(town, "", topic="music") == ["Songs and cancion"]
    assert found(town, "", language="es") == ["Canción del día"]


def test_the_directory_goes_on_where_it_stopped(town: Club) -> None:
    seen, after = [], None
    while rows := town.look(searching.search_channels, town.stranger, "", None, None, 2, after):
        seen += [row[0].id for row, _ in rows]
        after = rows[-1][1]
    assert len(seen) == len(set(seen)) == 3


def test_a_handle_is_one_channels_in_every_case(club: Club) -> None:
    make = channels.create_channel
    club.do(make, club.owner, channel_facts(handle="Tea_Time"))
    with pytest.raises(HandleTaken):
        club.do(make, club.stranger, channel_facts(handle="tea_time"))
    assert club.look(channels.get_place_by_handle, "TEA_time", club.stranger)[0].handle == "Tea_Time"
    assert club.count(select(Following.followed).filter_by(user_id=club.owner)) == 2
    with pytest.raises(HandleTaken):
        club.do(channels.update_channel, club.id, club.owner, {"handle": "tea_time"})
    club.do(channels.update_channel, club.id, club.owner, {"handle": "Club"})
    club.do(channels.update_channel, club.id, club.owner, {"handle": "club"})
    assert club.look(channels.get_place_by_handle, "club", club.stranger)[0].id == club.id
    club.do(channels.update_channel, club.id, club.owner, {"handle": None})
    with pytest.raises(UnknownChannel):
        club.look(channels.get_place_by_handle, "club", club.stranger)


def test_changes_are_logged_and_need_a_role(club: Club) -> None:
    club.do(channels.update_channel, club.id, club.admin, {"title": "Coffee"})
    club.do(channels.update_channel, club.id, club.admin, {"title": "Coffee"})
    assert [(entry["type"], entry["data"]) for entry in club.log()] == [("channel.updated", {"title": "Coffee"})]
    assert found(club, "coffee") == ["Coffee"]
    with pytest.raises(ChannelRoleTooLow):
        club.do(channels.update_channel, club.id, club.admin, {"visibility": "private"})
    for person in (club.author, club.follower, club.stranger):
        with pytest.raises(ChannelRoleTooLow):
            club.do(channels.update_channel, club.id, person, {"title": "Mine"})


def test_what_becomes_private_is_hidden_at_once(club: Club) -> None:
    club.do(channels.update_channel, club.id, club.owner, {"visibility": "private"})
    assert found(club, "") == []
    with pytest.raises(UnknownChannel):
        club.look(channels.get_place, club.id, club.stranger)
    with pytest.raises(UnknownChannel):
        club.look(log.list_log, club.id, club.stranger, 0, 10)
    assert club.look(channels.get_place, club.id, club.follower)[0].visibility == "private"


def test_a_deleted_channel_is_gone_for_all_at_once_and_cleared_afterwards(club: Club) -> None:
    post = club.post()
    with pytest.raises(ChannelRoleTooLow):
        club.do(channels.delete_channel, club.id, club.admin)
    club.do(channels.delete_channel, club.id, club.owner)
    for person in (club.owner, club.follower, club.stranger):
        with pytest.raises(UnknownChannel):
            club.look(channels.get_place, club.id, person)
        assert club.look(catching_up.list_my_channel_ids, person) == []
    assert club.look(catching_up.sync_channels, club.follower, {club.id: 1})[0]["gone"]
    assert found(club, "") == []
    assert post
    assert club.look(channels.get_deleted, 9) == [club.id]
    rounds = 0
    while club.do(clearing.clear_channel, club.id, 3):
        rounds += 1
    assert rounds >= 4
    for table in (Subscription, Post, LogEntry):
        assert club.count(select(func.count()).select_from(table)) == 0
    assert club.count(select(func.sum(Following.followed))) == 0
    assert club.push.on(f"user:{club.follower}")[-1]["type"] == "channel.left"
    old = update(Channel).values(deleted_at=func.now() - func.make_interval(0, 0, 0, 0, 2))
    club.do(lambda session: session.execute(old))
    club.do(clearing.clear_channel, club.id, 3)
    assert club.look(channels.get_deleted, 9) == []


def test_my_channels_and_what_differs(club: Club, secret: Club) -> None:
    secret.follow(secret.owner)
    assert club.look(catching_up.list_my_channel_ids, club.follower) == [club.id]
    club.post()
    items = club.look(catching_up.sync_channels, club.follower, {club.id: 0, secret.id: 0})
    assert items == [
        {"channel": club.id, "seq": 1, "unread": 1},
        {"channel": secret.id, "seq": 0, "unread": 0, "gone": True},
    ]
    assert club.look(catching_up.sync_channels, club.follower, {club.id: 1}) == []
    rows = club.look(channels.list_places, club.follower, 9, None)
    assert [(row[0].id, row[2], row[3]) for row in rows] == [(club.id, 4, 1)]
    assert club.look(channels.list_places, club.follower, 9, club.id) == []


def test_removed_access_ends_when_somebody_is_back(club: Club) -> None:
    from datetime import UTC, datetime

    since = datetime.now(UTC)
    club.do(team.remove_follower, club.id, club.admin, club.follower)
    (removed,) = club.look(catching_up.list_access_removed, since)
    assert (removed["user_id"], removed["channel_id"]) == (club.follower, club.id)
    club.do(following.subscribe, club.id, club.follower, "all", None)
    assert club.look(catching_up.list_access_removed, since) == []


def test_of_too_many_removals_the_newest_are_told(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    since = datetime.now(UTC)
    monkeypatch.setattr(catching_up, "MAX_REMOVALS", 1)
    for person in (club.follower, club.author):
        club.do(team.remove_follower, club.id, club.owner, person)
    (removed,) = club.look(catching_up.list_access_removed, since)
    assert removed["user_id"] == club.author


def test_the_log_replays_from_any_cursor_without_a_gap(club: Club) -> None:
    for number in range(7):
        club.post(text=f"news {number}")
    club.do(log.append_observed, club.id, {"name": "media_stored"})
    for cursor in range(9):
        assert len(club.log(cursor)) == 8 - cursor
    items, seq, more = club.look(log.list_log, club.id, None, 6, 1)
    assert ([item["seq"] for item in items], seq, more) == ([7], 8, True)
    assert club.types(7) == ["observed.event"]
    assert club.look(log.list_log, club.id, club.follower, 99, 9) == ([], 8, False)
