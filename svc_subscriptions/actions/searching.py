"""Finding public channels: by handle first, then by the words of title, topics and description.

Words are known stemmed in Spanish and English, without accents, and the last one by its beginning
(`plumbing.text_query`). What people see first is what they named, then what more people follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, text, true, tuple_
from sqlalchemy.orm import Session

from plumbing import codec
from plumbing.text_query import fold, text_query
from svc_subscriptions.channel_views import places
from svc_subscriptions.models import Channel, ChannelSearch

_INDEX = text("""
INSERT INTO channel_search (channel_id, handle, language, topics, tsv)
SELECT :channel_id, :handle, :language, CAST(:topics AS jsonb),
  setweight(to_tsvector('charla_es', :title) || to_tsvector('charla_en', :title) || to_tsvector('simple', :title), 'A')
  || setweight(to_tsvector('charla_es', :body) || to_tsvector('charla_en', :body) || to_tsvector('simple', :body), 'D')
ON CONFLICT (channel_id) DO UPDATE
SET handle = excluded.handle, language = excluded.language, topics = excluded.topics, tsv = excluded.tsv
""")

_FORGET = text("DELETE FROM channel_search WHERE channel_id = :channel_id")

#: Follower counts of some minutes ago order the list; only rows that moved are written.
_REFRESH = text("""
UPDATE channel_search s SET followers = c.followers
FROM (SELECT channel_id, sum(followers) AS followers FROM follower_counts GROUP BY channel_id) c
WHERE c.channel_id = s.channel_id AND c.followers <> s.followers
""")


def index_channel(session: Session, channel: Channel) -> None:
    """Make a channel findable by what it says now; a private one is not findable."""
    if channel.visibility != "public":
        forget_channel(session, channel.id)
        return
    session.flush()
    values = {
        "channel_id": channel.id,
        "handle": channel.handle.lower() if channel.handle else None,
        "language": channel.language,
        "topics": codec.encode(channel.topics).decode(),
        "title": fold(f"{channel.title} {channel.handle or ''}"),
        "body": fold(f"{channel.description} {' '.join(channel.topics)}"),
    }
    session.execute(_INDEX, values)


def forget_channel(session: Session, channel_id: str) -> None:
    """Make a channel unfindable."""
    session.execute(_FORGET, {"channel_id": channel_id})


def refresh_popularity(session: Session) -> None:
    """Bring the follower counts that the list is ordered by up to date."""
    session.execute(_REFRESH)


def search_channels(
    session: Session,
    user_id: str,
    query: str,
    topic: str | None,
    language: str | None,
    limit: int,
    after: Sequence[Any] | None,
) -> list[tuple[Any, tuple[int, int, str]]]:
    """Return up to `limit` channels with their places in the order (closeness, followers, id).

    Args:
        session: The transaction.
        user_id: Who looks; the channels are shown as they see them.
        query: Words, or a handle; nothing lists all channels.
        topic: Only those with this topic.
        language: Only those in this language.
        limit: How many.
        after: The place of the last one seen.
    """
    wanted = _wanted(query)
    if wanted is None:
        return []
    condition, closeness = wanted
    place: list[Any] = [ChannelSearch.followers, ChannelSearch.channel_id]
    if closeness is not None:
        place.insert(0, closeness)
    found = (
        places(user_id)
        .add_columns(*place)
        .join(ChannelSearch, ChannelSearch.channel_id == Channel.id)
        .where(condition, Channel.visibility == "public")
    )
    if topic is not None:
        found = found.where(ChannelSearch.topics.contains([topic]))
    if language is not None:
        found = found.where(ChannelSearch.language == language)
    if after is not None:
        found = found.where(tuple_(*place) < tuple_(*after[-len(place) :]))
    rows = session.execute(found.order_by(*(each.desc() for each in place)).limit(limit))
    return [(row[:4], (row[4] if closeness is not None else 0, row[-2], row[-1])) for row in rows]


def _wanted(query: str) -> tuple[ColumnElement[bool], ColumnElement[int] | None] | None:
    """Return what is found, and how close it is: 3 that handle, 2 its beginning, 1 the title, 0 other words.

    An empty query finds everything, equally close; one that names nothing finds nothing (None).
    """
    if not query.strip():
        return true(), None
    handle = query.strip().lstrip("@").lower()
    is_handle = ChannelSearch.handle == handle
    begins = ChannelSearch.handle.startswith(handle, autoescape=True)
    words = text_query(query.strip().lstrip("@"))
    if words is None:
        return None
    in_title = func.ts_filter(ChannelSearch.tsv, text("'{a}'")).op("@@")(words)
    closeness = case((is_handle, 3), (begins, 2), (in_title, 1), else_=0)
    return or_(is_handle, begins, ChannelSearch.tsv.op("@@")(words)), closeness
