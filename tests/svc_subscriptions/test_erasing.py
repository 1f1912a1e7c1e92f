"""What is left in channels of somebody whose account is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Text, Uuid, cast, func, or_, select

from contracts.auth import NOBODY, AccountErased, LeftBehind
from contracts.base import new_id
from plumbing.database import Transactions
from plumbing.settings import Settings
from svc_subscriptions.actions import endpoints, erasing, following, preferences, reactions, team
from svc_subscriptions.models import Base, Channel, ChannelHandle, Erasure, Subscription
from svc_subscriptions.notification_models import Notification
from svc_subscriptions.post_models import Post
from tests.services import FakePush, times_killed
from tests.svc_subscriptions.channels import Club, in_an_hour, invite, make_club

#: What is still to be told, by the id alone.
LOGS = {"outbox"}


def begin(club: Club, person: str, messages: LeftBehind = "keep") -> None:
    club.do(erasing.erasures.begin, AccountErased(user_id=person, messages=messages))


def erase(club: Club, person: str, messages: LeftBehind = "keep") -> None:
    begin(club, person, messages)
    while club.do(erasing.erasures.erase_piece, person):
        pass


def traces(club: Club, person: str) -> set[str]:
    """Return the tables that hold somebody's id in some column."""

    def look(session: Any) -> set[str]:
        found = set()
        for table in Base.metadata.sorted_tables:
            ids = [each == person for each in table.columns if isinstance(each.type, Uuid)]
            words = [cast(each, Text).contains(person) for each in table.columns if not isinstance(each.type, Uuid)]
            if session.scalar(select(func.count()).select_from(table).where(or_(*ids, *words))):
                found.add(table.name)
        return found

    return club.look(look)


def busy_life(club: Club) -> str:
    """An author does everything that can be done; returns them."""
    ada = club.author
    for number in range(5):
        club.post(ada, f"{number} from ada")
    post = club.post(club.owner, "of the owner", comments=True)
    club.do(reactions.add_reaction, post["id"], ada, "👍")
    club.read(ada, club.channel().seq)
    club.publish(ada, "later", publish_at=in_an_hour())
    club.do(team.set_role, club.id, club.owner, ada, "admin")
    club.author, club.admin = ada, ada
    invite(club)
    club.do(preferences.change, ada, {"mentions": False})
    club.do(endpoints.add, ada, "https://push.example.org/1", "k" * 20, "a" * 10, "laptop")
    club.do(_notify, ada)
    return ada


def _notify(session: Any, person: str) -> None:
    line = Notification(
        user_id=person, id=new_id(), kind="system", source_key="x", why={}, created_at=datetime.now(UTC), preview=""
    )
    session.add(line)


def test_posts_stay_without_their_author(club: Club) -> None:
    ada = busy_life(club)
    assert len(traces(club, ada)) >= 9
    erase(club, ada)
    assert traces(club, ada) <= LOGS
    posts = club.look(lambda session: session.execute(select(Post.author_id, Post.text).order_by(Post.seq)).all())
    assert [tuple(each) for each in posts] == [
        *[(NOBODY, f"{number} from ada") for number in range(5)],
        (club.owner, "of the owner"),
    ]
    assert club.count(select(func.count()).select_from(Erasure)) == 0
    club.log()


def test_where_they_asked_for_it_their_posts_go_too(club: Club) -> None:
    ada = busy_life(club)
    erase(club, ada, "delete")
    assert traces(club, ada) <= LOGS
    texts = club.look(lambda session: session.scalars(select(Post.text).order_by(Post.seq)).all())
    assert texts == ["", "", "", "", "", "of the owner"]
    assert club.types().count("post.deleted") == 5


def test_a_channel_goes_to_the_eldest_admin(club: Club) -> None:
    club.do(team.set_role, club.id, club.owner, club.author, "admin")
    erase(club, club.owner)
    assert club.channel().owner_id == club.admin
    role = select(Subscription.role).filter_by(channel_id=club.id, user_id=club.admin)
    assert club.look(lambda session: session.scalar(role)) == "owner"


def test_another_owner_stays_the_owner(club: Club) -> None:
    club.do(team.set_role, club.id, club.owner, club.author, "owner")
    erase(club, club.owner)
    assert club.channel().owner_id == club.author


def test_a_channel_without_admins_ends(db: Transactions, push: FakePush) -> None:
    club = make_club(db, push, handle="tea")
    club.do(following.unsubscribe, club.id, club.admin)
    erase(club, club.owner)
    assert club.look(lambda session: session.get_one(Channel, club.id).deleted_at) is not None
    assert club.count(select(func.count()).select_from(ChannelHandle)) == 0


def test_followers_are_counted_down(club: Club) -> None:
    before = club.followers()
    erase(club, club.follower)
    assert club.followers() == before - 1


def test_told_twice_it_is_done_once(club: Club) -> None:
    event = AccountErased(user_id=club.follower, messages="keep")
    for _ in range(2):
        club.do(erasing.erasures.begin, event)
        while club.do(erasing.erasures.erase_piece, club.follower):
            pass
    assert club.count(select(func.count()).select_from(Erasure)) == 0
    assert club.push.types().count("channel.left") == 1


WORK = """
from svc_subscriptions.actions import erasing
erasing.BATCH = 2
more = True
while more:
    with db.transaction() as session:
        more = erasing.erasures.erase_piece(session, sys.argv[2])
"""


@pytest.mark.parametrize("messages", ["keep", "delete"])
def test_workers_that_are_killed_in_the_middle_leave_the_rest_to_the_next_one(
    club: Club, configured: Settings, messages: LeftBehind
) -> None:
    ada = busy_life(club)
    begin(club, ada, messages)
    assert times_killed(WORK, (1, 2, 1, 2), ada) >= 3
    finish: Callable[[], bool] = partial(club.do, erasing.erasures.erase_piece, ada)
    while finish():
        pass
    assert traces(club, ada) <= LOGS
    club.log()
