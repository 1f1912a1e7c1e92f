"""The walk through a post's followers: claimed by one process at a time, in batches, never begun again.

A batch's lines, its pushes and the place reached (`after_user`) are one transaction. A process that dies
leaves the walk where its last batch ended; another one claims it when the lease is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from plumbing.entities import mentioned
from svc_subscriptions.actions import collapse, notifying, rules
from svc_subscriptions.actions.notifying import Cause
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import FanoutJob, Post

BATCH = 500
LEASE = timedelta(seconds=30)

_CLAIM = text("""
UPDATE fanout_jobs SET claimed_until = clock_timestamp() + :lease
WHERE (channel_id, seq) = (
  SELECT channel_id, seq FROM fanout_jobs
  WHERE state <> 'done' AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
  ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING channel_id::text, seq, claimed_until
""")

# The index `subscriptions_walked` holds these alone, in this order. Who has read the post already is not told.
_FOLLOWERS = text("""
SELECT user_id::text FROM subscriptions
WHERE channel_id = :channel_id AND push AND level = 'all' AND since_seq < :seq AND read_seq < :seq
  AND (CAST(:after AS uuid) IS NULL OR user_id > CAST(:after AS uuid))
ORDER BY user_id LIMIT :size
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """A walk that this process may go on with; `until` also says that nobody took it over meanwhile."""

    channel_id: str
    seq: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch did: whom it told, and the claim to go on with; None when the walk is over."""

    told: list[str]
    claim: Claim | None


def claim(session: Session) -> Claim | None:
    """Take the oldest walk that nobody is on; None when there is none."""
    row = session.execute(_CLAIM, {"lease": LEASE}).first()
    return None if row is None else Claim(row.channel_id, row.seq, row.claimed_until)


def step(session: Session, claimed: Claim, size: int = BATCH) -> Step:
    """Tell the next `size` followers, and note that in the same transaction."""
    job = _lock(session, claimed)
    if job is None:
        return Step([], None)
    post, title = _find_post(session, job)
    if post is None:
        return _finish(session, job)
    facts = {"channel_id": job.channel_id, "seq": job.seq, "after": job.after_user, "size": size}
    people = [row.user_id for row in session.execute(_FOLLOWERS, facts)]
    told = _tell(session, post, title, people)
    if len(people) < size:
        _finish(session, job)
        return Step(told, None)
    until = datetime.now(UTC) + LEASE
    _change(session, job, after_user=people[-1], claimed_until=until)
    return Step(told, Claim(job.channel_id, job.seq, until))


def release(session: Session, claimed: Claim) -> None:
    """Give a walk back before its lease is over."""
    job = _lock(session, claimed)
    if job is not None:
        _change(session, job, claimed_until=None)


def _lock(session: Session, claimed: Claim) -> FanoutJob | None:
    """Return the job, locked; None where somebody else took it over."""
    here = (FanoutJob.channel_id == claimed.channel_id, FanoutJob.seq == claimed.seq)
    mine = (FanoutJob.claimed_until == claimed.until, FanoutJob.state != "done")
    return session.scalar(select(FanoutJob).where(*here, *mine).with_for_update())


def _find_post(session: Session, job: FanoutJob) -> tuple[Post | None, str]:
    """Return the post and its channel's title; None where either is gone."""
    query = (
        select(Post, Channel.title)
        .join(Channel, Channel.id == Post.channel_id)
        .where(Post.channel_id == job.channel_id, Post.seq == job.seq)
        .where(Post.deleted_at.is_(None), Channel.deleted_at.is_(None))
    )
    found = session.execute(query).first()
    return (None, "") if found is None else (found[0], found[1])


def _finish(session: Session, job: FanoutJob) -> Step:
    _change(session, job, state="done", claimed_until=None)
    return Step([], None)


def _change(session: Session, job: FanoutJob, **values: object) -> None:
    here = (FanoutJob.channel_id == job.channel_id, FanoutJob.seq == job.seq)
    session.execute(update(FanoutJob).where(*here).values(**values).execution_options(synchronize_session=False))


def cause_of_post(post: Post, title: str, kind: str) -> Cause:
    """Return what a line about a post says: where and by whom, never the text."""
    return {
        "source_key": f"post:{post.id}",
        "collapse_key": collapse.channel_key(post.channel_id, kind),
        "channel_id": post.channel_id,
        "post_id": post.id,
        "actor_id": post.author_id,
        "seq": post.seq,
        "preview": title,
    }


def _tell(session: Session, post: Post, title: str, people: list[str]) -> list[str]:
    """Write the lines of those followers whose rules say so. Who is mentioned is told by `tell_mentioned`."""
    now = datetime.now(UTC)
    skipped = {post.author_id, *mentioned(post.entities)}  # type: ignore[arg-type] # checked entities
    found = notifying.load_people(session, [each for each in people if each not in skipped], post.channel_id)
    verdicts = [
        (person.user_id, rules.judge_post(person, post.channel_id, now, mentioned=False, silent=post.silent))
        for person in found
    ]
    told = [(user_id, verdict) for user_id, verdict in verdicts if verdict is not None]
    return notifying.write(session, told, cause_of_post(post, title, "post"), now)


def tell_mentioned(session: Session, channel_id: str, post_id: str, people: list[str]) -> list[str]:
    """Tell those followers whom a post names; nobody else may be told of the channel by naming them."""
    query = select(Post, Channel.title).join(Channel, Channel.id == Post.channel_id)
    there = (Post.deleted_at.is_(None), Channel.deleted_at.is_(None))
    found = session.execute(query.where(Post.channel_id == channel_id, Post.id == post_id, *there)).first()
    if found is None:
        return []
    post, title = found
    now = datetime.now(UTC)
    named = _without_readers(session, post, [each for each in people if each != post.author_id])
    told: list[str] = []
    verdicts = [
        (person.user_id, rules.judge_post(person, channel_id, now, mentioned=True, silent=post.silent))
        for person in notifying.load_people(session, named, channel_id)
    ]
    for kind in ("mention", "post"):
        wanted = [(user_id, verdict) for user_id, verdict in verdicts if verdict is not None and verdict.kind == kind]
        told += notifying.write(session, wanted, cause_of_post(post, title, kind), now)
    return told


def _without_readers(session: Session, post: Post, people: list[str]) -> list[str]:
    """Return `people` without those who have read the post already."""
    read = select(Subscription.user_id).where(
        Subscription.channel_id == post.channel_id, Subscription.user_id.in_(people), Subscription.read_seq >= post.seq
    )
    readers = set(session.scalars(read))
    return [each for each in people if each not in readers]
