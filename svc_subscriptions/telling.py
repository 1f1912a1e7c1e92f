"""Telling people's open sockets how many lines of their lists are unread."""

from __future__ import annotations

from collections.abc import Collection

from plumbing.database import Transactions
from plumbing.push import Pusher
from svc_subscriptions.actions import notifying


def tell_unread(db: Transactions, push: Pusher, user_ids: Collection[str]) -> None:
    """Push `notifications.changed` to people, after the commit that changed their lists.

    The count is read in a transaction of its own, so that of two changes at once the later one to be
    read has seen both.
    """
    if not user_ids:
        return
    with db.reading() as session:
        found = notifying.unread_frames(session, user_ids)
    push.many(found)
