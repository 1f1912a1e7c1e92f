"""Publishing: a post costs its writer the same whether ten people follow the channel or a million.

One transaction under the channel's lock writes the post, its log entry, one job for the notifier, the
event, and the counters. Nobody's follower is touched: they read the log, and the notifier walks those
who want to be notified, afterwards and elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.subscriptions import ChannelNotPaid, PostMismatch, PostPublished, PostView, PublishTimeInvalid
from plumbing.outbox import record_event
from svc_subscriptions import views
from svc_subscriptions.actions import log
from svc_subscriptions.actions.access import lock_channel
from svc_subscriptions.actions.counting import PUBLISHERS, count_day
from svc_subscriptions.actions.paywall import is_closed
from svc_subscriptions.composing import Draft, to_body
from svc_subscriptions.models import Channel
from svc_subscriptions.post_models import FanoutJob, Post, ScheduledPost

MAX_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Outcome:
    """What came of publishing: a post or a waiting one, and whether it was there before."""

    post: PostView | None = None
    scheduled: ScheduledPost | None = None
    replayed: bool = False


def publish(session: Session, channel_id: str, author_id: str, draft: Draft) -> Outcome:
    """Publish a post, or let it wait for its time; the same `client_post_id` again gives the first one.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not write in it.
        PostMismatch: Their `client_post_id` was used for another post.
        PublishTimeInvalid: `publish_at` is past or too far ahead.
        ChannelNotPaid: It is for those who pay for the channel, which nobody can.
    """
    channel, _ = lock_channel(session, channel_id, author_id, "author")
    before = _find_prior(session, channel_id, author_id, draft)
    if before is not None:
        return before
    if draft.paid and not channel.paid:
        raise ChannelNotPaid
    if draft.publish_at is not None:
        return Outcome(scheduled=_schedule(session, channel_id, author_id, draft, draft.publish_at))
    return Outcome(post=store(session, channel, author_id, draft, new_id()))


def _find_prior(session: Session, channel_id: str, author_id: str, draft: Draft) -> Outcome | None:
    """Return the earlier post of that `client_post_id`; the channel's lock makes that a plain fact."""
    key = {"channel_id": channel_id, "author_id": author_id, "client_post_id": draft.client_post_id}
    post = session.scalar(select(Post).filter_by(**key))
    if post is not None:
        _demand_same(post.body_hash, draft)
        return Outcome(post=views.one_post_view(session, post, author_id), replayed=True)
    waiting = session.scalar(select(ScheduledPost).filter_by(**key))
    if waiting is not None:
        _demand_same(waiting.body_hash, draft)
        return Outcome(scheduled=waiting, replayed=True)
    return None


def _demand_same(body_hash: bytes | memoryview, draft: Draft) -> None:
    if bytes(body_hash) != draft.body_hash:
        raise PostMismatch


def _schedule(session: Session, channel_id: str, author_id: str, draft: Draft, publish_at: datetime) -> ScheduledPost:
    now = datetime.now(UTC)
    if not now < publish_at <= now + MAX_AHEAD:
        raise PublishTimeInvalid
    row = ScheduledPost(
        channel_id=channel_id,
        id=new_id(),
        author_id=author_id,
        client_post_id=draft.client_post_id,
        body=to_body(draft),
        body_hash=draft.body_hash,
        publish_at=publish_at,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def store(session: Session, channel: Channel, author_id: str, draft: Draft, post_id: str) -> PostView:
    """Write everything that a new post is, in a channel that is locked, and return it as its author reads it."""
    now = datetime.now(UTC)
    channel.post_count += 1
    post = Post(
        channel_id=channel.id,
        seq=channel.seq + 1,
        id=post_id,
        post_number=channel.post_count,
        author_id=author_id,
        client_post_id=draft.client_post_id,
        body_hash=draft.body_hash,
        text=draft.text,
        entities=draft.entities,
        media_ids=draft.media_ids,
        silent=draft.silent,
        comments=draft.comments,
        paid=draft.paid,
        price=cast(dict[str, Any] | None, draft.price),
        teaser=draft.teaser,
        ad=cast(dict[str, Any] | None, draft.ad),
        created_at=now,
    )
    session.add(post)
    session.flush()
    shown = views.post_view(post, 0, [], locked=is_closed(post))
    log.append(session, channel, "post.published", {}, post.id, shown, now)
    if not post.silent:
        job = {"channel_id": channel.id, "seq": post.seq, "post_id": post.id, "created_at": now}
        session.execute(insert(FanoutJob).values(**job))
    count_day(session, channel.id, PUBLISHERS, posts=1)
    record_event(session, _event(post, draft))
    return views.post_view(post, 0, [], locked=False)


def _event(post: Post, draft: Draft) -> PostPublished:
    return PostPublished(
        channel_id=post.channel_id,
        seq=post.seq,
        post_id=post.id,
        author_id=post.author_id,
        mentions=draft.mentions,
        media_ids=draft.media_ids,
        silent=draft.silent,
        closed=is_closed(post),
    )
