"""What a person stores: counted under the lock of their quota's row, in the transaction that stores it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.media import QuotaExceeded, QuotaView
from svc_media.actions import blobs
from svc_media.models import Holding, Quota
from svc_media.options import options
from svc_media.storage import Storage


def lock(session: Session, user_id: str) -> Quota:
    """Return a person's quota, locked."""
    session.execute(insert(Quota).values(user_id=user_id).on_conflict_do_nothing())
    found = select(Quota).where(Quota.user_id == user_id).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one()


def limit_of(quota: Quota | None) -> int:
    """Return how many bytes a person may have."""
    if quota is None or quota.limit_bytes is None:
        return options().quota_bytes
    return quota.limit_bytes


def reserve(session: Session, user_id: str, size: int) -> None:
    """Set bytes aside for an upload.

    Raises:
        QuotaExceeded: They do not fit; the facts say what does.
    """
    quota = lock(session, user_id)
    free = limit_of(quota) - quota.used_bytes - quota.reserved_bytes
    if size > free:
        raise QuotaExceeded(free_bytes=max(0, free), wanted_bytes=size)
    quota.reserved_bytes += size
    session.flush()


def release(session: Session, user_id: str, size: int) -> None:
    """Give back bytes that were set aside."""
    quota = lock(session, user_id)
    quota.reserved_bytes -= size
    session.flush()


def hold(session: Session, files: Storage, user_id: str, blobs_held: Sequence[tuple[str, int]]) -> None:
    """Let a person hold files (`sha256`, size in bytes); one that they hold already costs nothing more.

    Limits are asked when bytes are reserved: what is made of an upload is counted and never refused.

    Raises:
        BlobGone: One of them is not in the storage (any more).
    """
    quota = lock(session, user_id)
    for sha256, size in sorted(blobs_held):
        row = insert(Holding).values(user_id=user_id, sha256=sha256, uses=1, size=size)
        again = row.on_conflict_do_update(
            index_elements=[Holding.user_id, Holding.sha256], set_={"uses": Holding.uses + 1}
        )
        if session.scalar(again.returning(Holding.uses)) == 1:
            quota.used_bytes += size
            blobs.hold(session, files, sha256)
    session.flush()


def let_go(session: Session, user_id: str, digests: Sequence[str]) -> None:
    """End one use of each of these files by a person."""
    if not digests:
        return
    quota = lock(session, user_id)
    for sha256 in sorted(digests):
        mine = (Holding.user_id == user_id) & (Holding.sha256 == sha256)
        session.execute(update(Holding).where(mine).values(uses=Holding.uses - 1))
    over = delete(Holding).where(Holding.user_id == user_id, Holding.uses <= 0)
    gone = session.execute(over.returning(Holding.sha256, Holding.size)).all()
    quota.used_bytes -= sum(row.size for row in gone)
    session.flush()
    if gone:
        blobs.let_go(session, [row.sha256 for row in gone])


def view(session: Session, user_id: str) -> QuotaView:
    """Return what a person has and may have."""
    return _view(session.get(Quota, user_id))


def set_limit(session: Session, user_id: str, limit_bytes: int | None) -> QuotaView:
    """Give a person a limit of their own, or the usual one again; what they have stays."""
    quota = lock(session, user_id)
    quota.limit_bytes = limit_bytes
    session.flush()
    return _view(quota)


def _view(quota: Quota | None) -> QuotaView:
    return {
        "used_bytes": quota.used_bytes if quota else 0,
        "reserved_bytes": quota.reserved_bytes if quota else 0,
        "limit_bytes": limit_of(quota),
    }
