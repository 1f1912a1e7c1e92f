"""What people may use by having paid: read from the ledger, and told to whoever keeps gates.

The one thing that the ledger does not say is grace: while a subscription is to be renewed, access goes on for
`PAYMENTS_GRACE_S` after what is paid, so that neither a slow provider nor an empty card closes a door at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.auth import NOBODY
from contracts.clock import rfc3339
from contracts.payments import EntitlementChanged
from plumbing.outbox import record_event
from svc_payments.ledger.access import access_of
from svc_payments.options import options
from svc_payments.plan_models import EntitlementMark, PaidSubscription

KINDS = ("channel", "post", "ad_free")
#: Statuses of subscriptions that are to be renewed.
RENEWING = ("active", "past_due")


class Subject(NamedTuple):
    """Something that somebody may use."""

    user_id: str
    kind: str
    id: str


class Entitlement(NamedTuple):
    """Somebody may use it until then (None: for good)."""

    kind: str
    id: str
    until: datetime | None


def find(
    session: Session, user_id: str, kind: str, ids: Sequence[str] | None = None, now: datetime | None = None
) -> list[Entitlement]:
    """Return what somebody may use now: those of `ids`, or all of that kind."""
    moment = now or datetime.now(UTC)
    found = {each.subject_id: each.until for each in access_of(session, user_id, kind, ids, moment)}
    for subject_id, until in _in_grace(session, user_id, kind, ids):
        known = found.get(subject_id, moment)
        if known is not None and until > known:
            found[subject_id] = until
    return [Entitlement(kind, subject_id, until) for subject_id, until in sorted(found.items())]


def list_all(session: Session, user_id: str, now: datetime | None = None) -> list[Entitlement]:
    """Return all that somebody may use now."""
    return [each for kind in KINDS for each in find(session, user_id, kind, None, now)]


def _in_grace(session: Session, user_id: str, kind: str, ids: Sequence[str] | None) -> list[tuple[str, datetime]]:
    """Return until when access goes on that is to be renewed."""
    mine = (
        PaidSubscription.user_id == user_id,
        PaidSubscription.subject_kind == kind,
        PaidSubscription.status.in_(RENEWING),
        PaidSubscription.paid_until.is_not(None),
    )
    query = select(PaidSubscription.subject_id, PaidSubscription.paid_until).where(*mine)
    if ids is not None:
        query = query.where(PaidSubscription.subject_id.in_(ids))
    grace = timedelta(seconds=options().payments_grace_s)
    return [(row.subject_id, row.paid_until + grace) for row in session.execute(query)]


def announce(session: Session, user_id: str, kind: str, subject_id: str, now: datetime | None = None) -> bool:
    """Tell what somebody may use of a subject, where it is not what was told last; return whether it was told.

    The mark is locked first and the ledger read after that, so that of two writers the second sees what the first did.
    """
    mark = _locked_mark(session, user_id, kind, subject_id)
    found = find(session, user_id, kind, [subject_id], now)
    active, until = bool(found), found[0].until if found else None
    if (mark.active, mark.until) == (active, until):
        return False
    mark.active, mark.until, mark.version = active, until, mark.version + 1
    event = EntitlementChanged(
        user_id=user_id,
        subject_kind=kind,
        subject_id=subject_id,
        active=active,
        until=rfc3339(until) if until else None,
        version=mark.version,
    )
    session.flush()
    record_event(session, event)
    return True


def announce_subject(session: Session, subject: Subject, now: datetime | None = None) -> bool:
    """Tell what somebody may use of a subject, where it is not what was told last; return whether it was told."""
    return announce(session, subject.user_id, subject.kind, subject.id, now)


def _locked_mark(session: Session, user_id: str, kind: str, subject_id: str) -> EntitlementMark:
    key = {"user_id": user_id, "subject_kind": kind, "subject_id": subject_id}
    session.execute(insert(EntitlementMark).values(**key, active=False, version=0).on_conflict_do_nothing())
    mark = session.get(EntitlementMark, tuple(key.values()), with_for_update=True, populate_existing=True)
    if mark is None:
        raise LookupError(f"the mark of {key} has gone")
    return mark


def ran_out(session: Session, limit: int, now: datetime | None = None) -> list[Subject]:
    """Return what was told to be open until a moment that is over."""
    over = (EntitlementMark.active, EntitlementMark.until <= (now or datetime.now(UTC)))
    query = select(EntitlementMark.user_id, EntitlementMark.subject_kind, EntitlementMark.subject_id)
    rows = session.execute(query.where(*over).order_by(EntitlementMark.until).limit(limit))
    return [Subject(*row) for row in rows]


# Whatever the ledger ever opened, and whatever was ever told: both are walked in the same order.
_KNOWN = text(
    """
    SELECT CAST(user_id AS text), kind, id FROM (
      (SELECT DISTINCT holder_id AS user_id, subject_kind AS kind, subject_id AS id FROM ledger_transactions
       WHERE holder_id IS NOT NULL AND (holder_id, subject_kind, subject_id) > (CAST(:user_id AS uuid), :kind, :id)
       ORDER BY holder_id, subject_kind, subject_id LIMIT :limit)
      UNION
      (SELECT user_id, subject_kind, subject_id FROM entitlement_marks
       WHERE (user_id, subject_kind, subject_id) > (CAST(:user_id AS uuid), :kind, :id)
       ORDER BY user_id, subject_kind, subject_id LIMIT :limit)
    ) AS known
    ORDER BY known.user_id, kind, id LIMIT :limit
    """
)


def known_after(session: Session, after: Subject | None, limit: int) -> list[Subject]:
    """Return a batch of all subjects that were ever opened to somebody, or told to be."""
    start = after or Subject(NOBODY, "", "")
    rows = session.execute(_KNOWN, {"user_id": start.user_id, "kind": start.kind, "id": start.id, "limit": limit})
    return [Subject(*row) for row in rows]


def repair(session: Session, subjects: Sequence[Subject], now: datetime | None = None) -> int:
    """Tell of those subjects what was told wrongly or not at all; return how many there were."""
    marks = {
        Subject(mark.user_id, mark.subject_kind, mark.subject_id): (mark.active, mark.until)
        for mark in session.scalars(select(EntitlementMark).where(_KEY.in_([tuple(each) for each in subjects])))
    }
    mended = 0
    for subject in sorted(subjects):
        found = find(session, subject.user_id, subject.kind, [subject.id], now)
        so = (bool(found), found[0].until if found else None)
        if marks.get(subject, (False, None)) != so:
            mended += announce_subject(session, subject, now)
    return mended


_KEY = tuple_(EntitlementMark.user_id, EntitlementMark.subject_kind, EntitlementMark.subject_id)
