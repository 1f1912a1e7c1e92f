"""Asking svc_subscriptions for the topics of public channels that somebody follows: topics alone, and by consent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Protocol

from plumbing.database import Transactions
from svc_ads.actions import preferences

#: So many topics are kept of somebody.
MAX_TOPICS = 200


class Desk(Protocol):
    """A door or a worker that can ask."""

    db: Transactions
    subscriptions: Any


def look_up_topics(desk: Desk, user_id: str, changed_at: datetime) -> bool:
    """Ask for somebody's topics and keep them, where they have changed nothing since; tell whether they were kept.

    Raises:
        ServiceError: svc_subscriptions did not answer.
    """
    topics = desk.subscriptions.as_service().list_followed_topics(user_id=user_id)[:MAX_TOPICS]
    with desk.db.transaction() as session:
        return preferences.keep_topics(session, user_id, topics, changed_at, datetime.now(UTC))
