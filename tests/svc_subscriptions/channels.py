"""Channels full of people, and the test's hand on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from contracts.base import Unavailable, new_id
from contracts.messaging import UnknownConversation
from contracts.subscriptions import PostView
from plumbing.database import Transactions
from plumbing.frames import collected
from svc_subscriptions.actions import channels, following, inviting, log, publishing, reading, team
from svc_subscriptions.composing import compose
from svc_subscriptions.models import Channel
from svc_subscriptions.post_models import LogEntry
from tests.services import FakePush

Outcome = TypeVar("Outcome")


@dataclass
class FakeMessaging:
    """Stands in for svc_messaging's linked conversations; it may be away."""

    members: dict[str, set[str]] = field(default_factory=dict)
    away: bool = False

    def as_service(self) -> FakeMessaging:
        if self.away:
            raise Unavailable
        return self

    def create_linked_conversation(self, *, conversation_id: str, owner_id: str, title: str) -> None:
        assert title
        self.members.setdefault(conversation_id, {owner_id})

    def add_linked_member(self, *, conversation_id: str, user_id: str) -> None:
        self._of(conversation_id).add(user_id)

    def remove_linked_member(self, *, conversation_id: str, user_id: str) -> None:
        self._of(conversation_id).discard(user_id)

    def _of(self, conversation_id: str) -> set[str]:
        if conversation_id not in self.members:
            raise UnknownConversation
        return self.members[conversation_id]


@dataclass
class Club:
    """A channel made for a test: who does what in it, and what came of it."""

    db: Transactions
    push: FakePush
    id: str
    owner: str
    admin: str = field(default_factory=new_id)
    author: str = field(default_factory=new_id)
    follower: str = field(default_factory=new_id)
    stranger: str = field(default_factory=new_id)

    def do(self, action: Callable[..., Outcome], *args: Any, **facts: Any) -> Outcome:
        """Run an action in a transaction of its own, and push its frames like a door does."""
        with self.db.transaction() as session:
            outcome = action(session, *args, **facts)
        self.push.many(collected(session))
        return outcome

    def look(self, action: Callable[..., Outcome], *args: Any, **facts: Any) -> Outcome:
        with self.db.reading() as session:
            return action(session, *args, **facts)

    def count(self, query: Any) -> int:
        return int(self.look(lambda session: session.execute(query).scalar_one()))

    def post(self, author: str | None = None, text: str = "news", **facts: Any) -> PostView:
        outcome = self.publish(author, text, **facts)
        assert outcome.post is not None, outcome
        return outcome.post

    def publish(self, author: str | None = None, text: str = "news", **facts: Any) -> publishing.Outcome:
        draft = compose(**{"client_post_id": new_id(), "text": text, **facts})
        return self.do(publishing.publish, self.id, author or self.author, draft)

    def follow(self, user_id: str) -> None:
        self.do(following.subscribe, self.id, user_id, "all", None)

    def read(self, user_id: str, up_to_seq: int) -> None:
        self.do(reading.mark_read, self.id, user_id, up_to_seq)

    def unread(self, user_id: str) -> int:
        return self.look(channels.get_place, self.id, user_id)[3]

    def followers(self) -> int:
        return self.look(channels.get_place, self.id, self.owner)[2]

    def log(self, after_seq: int = 0) -> list[Any]:
        """Return the whole log after a cursor, read in pages of three; it has no gap, or this raises."""
        found: list[Any] = []
        more = True
        while more:
            cursor = found[-1]["seq"] if found else after_seq
            items, _, more = self.look(log.list_log, self.id, self.owner, cursor, 3)
            found += items
        assert [item["seq"] for item in found] == list(range(after_seq + 1, after_seq + 1 + len(found)))
        return found

    def types(self, after_seq: int = 0) -> list[str]:
        return [entry["type"] for entry in self.log(after_seq)]

    def channel(self) -> Channel:
        return self.look(lambda session: session.get_one(Channel, self.id))

    def seqs(self) -> list[int]:
        query = select(LogEntry.seq).filter_by(channel_id=self.id).order_by(LogEntry.seq)
        return self.look(lambda session: list(session.scalars(query)))


def make_club(db: Transactions, push: FakePush, **facts: Any) -> Club:
    """Make a channel with an owner, an admin, an author and a follower."""
    owner = new_id()
    with db.transaction() as session:
        channel_id = channels.create_channel(session, owner, channel_facts(**facts))
    club = Club(db, push, channel_id, owner)
    for person in (club.admin, club.author, club.follower):
        club.do(following.admit, channel_id, person)
    club.do(team.set_role, channel_id, owner, club.admin, "admin")
    club.do(team.set_role, channel_id, owner, club.author, "author")
    push.clear()
    return club


def channel_facts(**facts: Any) -> dict[str, Any]:
    """Return the checked fields of a new channel."""
    return {
        "title": "Tea",
        "handle": None,
        "description": "",
        "topics": [],
        "language": "en",
        "visibility": "public",
        "picture": None,
        **facts,
    }


def in_an_hour() -> str:
    """Return a time that has not come."""
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


def invite(club: Club, **facts: Any) -> str:
    """Return the code of a new invitation."""
    wanted = {"expires_in_s": None, "max_uses": None, "needs_approval": False, **facts}
    approval = wanted.pop("needs_approval")
    return club.do(
        inviting.create_invite, club.id, club.admin, wanted["expires_in_s"], wanted["max_uses"], needs_approval=approval
    )[1]
