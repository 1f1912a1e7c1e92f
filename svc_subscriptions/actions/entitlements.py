"""What people have paid for, as svc_payments tells it: a copy, which `jobs/rebuild_entitlements.py` makes anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.payments import EntitlementChanged, EntitlementView, PlansChanged
from contracts.subscriptions import UnknownChannel
from plumbing import checks
from svc_subscriptions import live
from svc_subscriptions.actions import log
from svc_subscriptions.actions.access import lock_unchecked
from svc_subscriptions.actions.paywall import is_open_to
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import CommentMember, Entitlement, Post

#: The version of what the job found, which any event replaces.
_FOUND = -1


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody and a subject, as of which version."""

    subject_kind: str
    subject_id: str
    version: int | None


def hear_entitlement(session: Session, event: EntitlementChanged) -> bool:
    """Note what somebody may read now, and tell their sockets; False where that is not newer than what is known."""
    values = {
        "user_id": event.user_id,
        "subject_id": event.subject_id,
        "subject_kind": event.subject_kind,
        "active": event.active,
        "until": None if event.until is None else checks.a_moment(event.until, "until"),
        "version": event.version,
    }
    row = insert(Entitlement).values(values)
    newer = row.on_conflict_do_update(
        index_elements=["user_id", "subject_id"], set_=values, where=Entitlement.version < event.version
    )
    if session.execute(newer.returning(Entitlement.version)).first() is None:
        return False
    data = {name: getattr(event, name) for name in ("subject_kind", "subject_id", "active", "until")}
    live.to_user(session, event.user_id, "entitlement.changed", data)
    return True


def hear_plans(session: Session, event: PlansChanged) -> None:
    """Note whether a channel sells access, and tell its followers where that is new."""
    try:
        channel = lock_unchecked(session, event.channel_id)
    except UnknownChannel:
        return
    if event.version <= channel.plans_version:
        return
    channel.plans_version = event.version
    if channel.paid != event.paid:
        channel.paid = event.paid
        log.append(session, channel, "channel.updated", {"paid": event.paid})


def closed_comments(session: Session, user_id: str, subject_kind: str, subject_id: str) -> list[tuple[str, str]]:
    """Return the comments that somebody joined below posts which they may not read any more, as (channel, post)."""
    subject = Post.channel_id if subject_kind == "channel" else Post.id
    joined = and_(CommentMember.channel_id == Post.channel_id, CommentMember.conversation_id == Post.id)
    mine = and_(Subscription.channel_id == Post.channel_id, Subscription.user_id == user_id)
    query = select(Post.channel_id, Post.id).join(CommentMember, joined).outerjoin(Subscription, mine)
    found = query.where(CommentMember.user_id == user_id, subject == subject_id, ~is_open_to(user_id))
    return [(channel_id, post_id) for channel_id, post_id in session.execute(found)]


def people_to_ask_about(session: Session, after: str | None, limit: int) -> list[str]:
    """Return up to `limit` people who may have paid, by their ids: followers of what is sold, and those known."""
    followers = select(Subscription.user_id).where(Subscription.channel_id.in_(_channels_that_sell()))
    everybody = union(followers, select(Entitlement.user_id)).subquery()
    query = select(everybody.c.user_id).order_by(everybody.c.user_id).limit(limit)
    return list(session.scalars(query if after is None else query.where(everybody.c.user_id > after)))


def known_of(session: Session, user_id: str) -> list[Known]:
    """Return the channels and posts that somebody may have paid for, and the version of what is known of each."""
    here = _channels_that_sell()
    followed = select(Subscription.channel_id).where(Subscription.user_id == user_id, Subscription.channel_id.in_(here))
    priced = select(Post.id).where(Post.channel_id.in_(followed), Post.price.is_not(None), Post.deleted_at.is_(None))
    found: dict[str, Known] = {}
    found.update({each: Known("channel", each, None) for each in session.scalars(followed)})
    found.update({each: Known("post", each, None) for each in session.scalars(priced)})
    rows = session.scalars(select(Entitlement).where(Entitlement.user_id == user_id))
    found.update({row.subject_id: Known(row.subject_kind, row.subject_id, row.version) for row in rows})
    return list(found.values())


def _channels_that_sell() -> ColumnElement[str]:
    closed = select(Post.channel_id).where(or_(Post.paid, Post.price.is_not(None)))
    return union(select(Channel.id).where(Channel.paid), closed).scalar_subquery()


def mend(session: Session, user_id: str, asked: Iterable[Known], found: Iterable[EntitlementView]) -> int:
    """Note what svc_payments says of the subjects that it was asked about; return how many differed.

    What an event has changed since `asked` was read stays as the event says.
    """
    by_subject = {view["subject_id"]: view for view in found}
    return sum(_mend_one(session, user_id, each, by_subject.get(each.subject_id)) for each in asked)


def _mend_one(session: Session, user_id: str, known: Known, view: EntitlementView | None) -> bool:
    until = checks.a_moment(view["until"], "until") if view and view["until"] else None
    facts = {"active": view is not None, "until": until}
    place = {"user_id": user_id, "subject_id": known.subject_id}
    if known.version is None:
        if view is None:
            return False
        row = {**place, **facts, "subject_kind": known.subject_kind, "version": _FOUND}
        made = insert(Entitlement).values(row).on_conflict_do_nothing().returning(Entitlement.version)
        return session.execute(made).first() is not None
    same = and_(Entitlement.active == facts["active"], Entitlement.until.is_not_distinct_from(until))
    here = update(Entitlement).filter_by(**place).where(Entitlement.version == known.version, ~same)
    return session.execute(here.values(facts).returning(Entitlement.version)).first() is not None
