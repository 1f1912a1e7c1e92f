"""What svc_subscriptions keeps of a person, page by page, for their copy of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plumbing.rows import Plain, page_of
from svc_subscriptions.models import Base, Channel, Subscription
from svc_subscriptions.notification_models import Notification, Observer, Preferences, PushEndpoint
from svc_subscriptions.post_models import Post, PostReaction

PAGE = 500
Cursor = list[str | int] | None
Found = tuple[list[Plain], Cursor]


def list_own(session: Session, user_id: str, section: str, after: Cursor) -> Found:
    """Return a page of one of the `SECTIONS`, and where the next one begins."""
    return SECTIONS[section](session, user_id, after)


def _channels(session: Session, user_id: str, after: Cursor) -> Found:
    items, following = _rows(Subscription, "user_id", "channel_id")(session, user_id, after)
    known = select(Channel.id, Channel.handle, Channel.title)
    wanted = [item["channel_id"] for item in items]
    here = {row.id: row for row in session.execute(known.where(Channel.id.in_(wanted)))}
    for item in items:
        found = here.get(item["channel_id"])
        item |= {"handle": found.handle, "title": found.title} if found else {}
    return items, following


def _reactions(session: Session, user_id: str, after: Cursor) -> Found:
    """Reactions are led by their channel, so they are looked for in the channels that the person follows."""
    columns: Any = PostReaction.__table__
    followed = select(Subscription.channel_id).where(Subscription.user_id == user_id)
    mine = [columns.c.user_id == user_id, columns.c.channel_id.in_(followed)]
    return page_of(session, columns, mine, ["channel_id", "post_id", "emoji"], after, PAGE)


def _rows(table: type[Base], owner: str, *keys: str) -> Callable[[Session, str, Cursor], Found]:
    def found(session: Session, user_id: str, after: Cursor) -> Found:
        columns: Any = table.__table__
        return page_of(session, columns, [columns.c[owner] == user_id], keys, after, PAGE, _INTERNAL)

    return found


#: Keys by which pushes are sealed for a browser.
_INTERNAL = frozenset({"p256dh", "auth"})

SECTIONS: dict[str, Callable[[Session, str, Cursor], Found]] = {
    "channels": _channels,
    "posts": _rows(Post, "author_id", "channel_id", "seq"),
    "reactions": _reactions,
    "notifications": _rows(Notification, "user_id", "id"),
    "preferences": _rows(Preferences, "user_id", "user_id"),
    "devices": _rows(PushEndpoint, "user_id", "id"),
    "observers": _rows(Observer, "created_by", "channel_id", "id"),
}
