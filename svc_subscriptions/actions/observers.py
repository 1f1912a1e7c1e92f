"""Observers of a channel, attached and detached while everything runs; each has a cursor on the log.

Whoever is late or failed replays from its cursor: the log forgets nothing, and a cursor moves only when
its observer has got the entry.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.clock import rfc3339
from contracts.subscriptions import (
    MAX_OBSERVERS,
    DeliveryView,
    ObserverKind,
    ObserverView,
    TooManyObservers,
    UnknownObserver,
    UrlWanted,
)
from svc_subscriptions.actions import sealing
from svc_subscriptions.actions.access import lock_channel, require_role
from svc_subscriptions.models import Channel
from svc_subscriptions.notification_models import Delivery, Observer
from svc_subscriptions.views import optional_time

#: What an observer may ask for; none means everything.
EVENTS = frozenset(
    {
        "post.published",
        "post.edited",
        "post.deleted",
        "post.pinned",
        "post.unpinned",
        "channel.updated",
        "observed.event",
    }
)


def attach(
    session: Session,
    channel_id: str,
    user_id: str,
    kind: ObserverKind,
    url: str | None,
    events: list[str],
    from_seq: int | None,
) -> Observer:
    """Attach an observer that gets the log from the entry `from_seq`, or from now on (None).

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They are none of its admins.
        TooManyObservers: It has as many as it can have.
        UrlWanted: A webhook came without an address, or a digest with one.
    """
    if (url is None) != (kind == "digest"):
        raise UrlWanted(field="url")
    channel, _ = lock_channel(session, channel_id, user_id, "admin")
    count = select(func.count()).select_from(Observer).where(Observer.channel_id == channel_id)
    if session.execute(count).scalar_one() >= MAX_OBSERVERS:
        raise TooManyObservers(limit=MAX_OBSERVERS)
    secret = secrets.token_urlsafe(32) if kind == "webhook" else None
    row = Observer(
        channel_id=channel_id,
        id=new_id(),
        kind=kind,
        url=url,
        secret_enc=None if secret is None else sealing.seal(secret),
        events=events,
        cursor=channel.seq if from_seq is None else _before(from_seq, channel.seq),
        state="active",
        failures=0,
        next_attempt_at=datetime.now(UTC),
        created_by=user_id,
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return row


def _before(from_seq: int, head: int) -> int:
    """Return the cursor of an observer whose next entry is `from_seq`."""
    return min(max(0, from_seq - 1), head)


def secret_of(row: Observer) -> str | None:
    """Return what a webhook's deliveries are signed with; only the answer that attaches it tells it."""
    return None if row.secret_enc is None else sealing.unseal(row.secret_enc)


def list_of(session: Session, channel_id: str, user_id: str) -> tuple[Sequence[Observer], int]:
    """Return a channel's observers and the number of its log's last entry, for its admins."""
    require_role(session, channel_id, user_id, "admin")
    rows = session.scalars(select(Observer).where(Observer.channel_id == channel_id).order_by(Observer.id)).all()
    return rows, head_of(session, channel_id)


def head_of(session: Session, channel_id: str) -> int:
    """Return the number of the log's last entry."""
    return session.scalar(select(Channel.seq).where(Channel.id == channel_id)) or 0


def lock(session: Session, channel_id: str, observer_id: str, user_id: str) -> tuple[Observer, int]:
    """Lock an observer for an admin of its channel; return it and the number of the log's last entry.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They are none of its admins.
        UnknownObserver: There is none.
    """
    require_role(session, channel_id, user_id, "admin")
    row = session.get(Observer, (channel_id, observer_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownObserver
    return row, head_of(session, channel_id)


def find(session: Session, channel_id: str, observer_id: str, user_id: str) -> Observer:
    """Return an observer for an admin of its channel (see `lock`)."""
    require_role(session, channel_id, user_id, "admin")
    row = session.get(Observer, (channel_id, observer_id))
    if row is None:
        raise UnknownObserver
    return row


def change(row: Observer, changes: Mapping[str, Any]) -> None:
    """Change the `url`, `events` or `state` (`active` or `paused`) of a locked observer; active begins anew."""
    if "url" in changes and row.kind != "webhook":
        raise UrlWanted(field="url")
    for name, value in changes.items():
        setattr(row, name, value)
    if changes.get("state") == "active":
        begin_anew(row)


def replay(row: Observer, head: int, from_seq: int) -> None:
    """Let a locked observer get the log again, beginning with the entry `from_seq`."""
    row.cursor = _before(from_seq, head)
    begin_anew(row)


def begin_anew(row: Observer) -> None:
    """Forget failures and look at once whether there is something to do; whoever works on it now stops."""
    row.state, row.failures, row.last_error = "active", 0, None
    row.next_attempt_at, row.claimed_until = datetime.now(UTC), None


def detach(session: Session, channel_id: str, observer_id: str, user_id: str) -> None:
    """Remove an observer and what is known of its deliveries; the same again does nothing.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They are none of its admins.
    """
    require_role(session, channel_id, user_id, "admin")
    session.execute(delete(Observer).where(Observer.channel_id == channel_id, Observer.id == observer_id))
    session.execute(delete(Delivery).where(Delivery.channel_id == channel_id, Delivery.observer_id == observer_id))


def list_deliveries(session: Session, channel_id: str, observer_id: str, limit: int) -> Sequence[Delivery]:
    """Return the last deliveries to an observer, the newest first."""
    here = (Delivery.channel_id == channel_id, Delivery.observer_id == observer_id)
    return session.scalars(select(Delivery).where(*here).order_by(Delivery.id.desc()).limit(limit)).all()


def observer_view(row: Observer, head: int, secret: str | None = None) -> ObserverView:
    """Return an observer as the channel's admins see it."""
    view: ObserverView = {
        "id": row.id,
        "channel_id": row.channel_id,
        "kind": cast(ObserverKind, row.kind),
        "url": row.url,
        "events": row.events,
        "cursor": row.cursor,
        "behind": max(0, head - row.cursor),
        "state": cast(Literal["active", "paused", "failing", "disabled"], row.state),
        "failures": row.failures,
        "last_error": row.last_error,
        "next_attempt_at": optional_time(row.next_attempt_at),
        "created_at": rfc3339(row.created_at),
    }
    return view if secret is None else {**view, "secret": secret}


def delivery_view(row: Delivery) -> DeliveryView:
    """Return an attempt."""
    return {
        "id": row.id,
        "observer_id": row.observer_id,
        "seq": row.seq,
        "status": row.status,
        "error": row.error,
        "duration_ms": row.duration_ms,
        "at": rfc3339(row.at),
    }
