"""Copies of what is kept of a person: asked for, made in the background, kept for a week.

A copy grows by pages. Each page is stored in the transaction that moves the cursor, so whoever dies leaves
it at its last page, and the next one goes on from there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Db

from contracts.auth import ExportRunning, ExportView, TooManyExports, UnknownExport
from contracts.base import new_id
from contracts.clock import rfc3339
from plumbing import codec
from svc_auth.actions import audit, links, mails
from svc_auth.actions.collecting import SECTIONS
from svc_auth.models import DataExport, ExportPart, ExportPiece, User
from svc_auth.policy import EXPORT_ATTEMPTS, EXPORT_LIFE, EXPORT_LINK_S, EXPORT_REST, EXPORTS_A_DAY

PIECE = 256 * 1024
_DAY = timedelta(days=1)


def ask(db: Db, user: User, now: datetime) -> DataExport:
    """Begin a copy for somebody whose row is locked.

    Raises:
        ExportRunning: One is being made.
        TooManyExports: They had enough today.
    """
    recent = db.scalars(
        select(DataExport)
        .where(DataExport.user_id == user.user_id, DataExport.asked_at > now - _DAY)
        .order_by(DataExport.asked_at)
    ).all()
    if any(each.state == "waiting" for each in recent):
        raise ExportRunning
    if len(recent) >= EXPORTS_A_DAY:
        raise TooManyExports(retry_after_s=round((recent[0].asked_at + _DAY - now).total_seconds()) + 1)
    row = DataExport(
        user_id=user.user_id,
        export_id=new_id(),
        state="waiting",
        section=0,
        parts=0,
        attempts=0,
        next_at=now,
        asked_at=now,
    )
    db.add(row)
    audit.record(db, "export_asked", user.user_id)
    return row


def list_of(db: Db, user_id: str) -> Sequence[DataExport]:
    """Return somebody's copies, the newest first."""
    return db.scalars(
        select(DataExport).where(DataExport.user_id == user_id).order_by(DataExport.export_id.desc())
    ).all()


def due(db: Db, now: datetime) -> Sequence[tuple[str, str]]:
    """Return the keys of a few copies that are to go on, the longest waiting first."""
    wanted = select(DataExport.user_id, DataExport.export_id).where(
        DataExport.state == "waiting", DataExport.next_at <= now
    )
    return [(row.user_id, row.export_id) for row in db.execute(wanted.order_by(DataExport.next_at).limit(20))]


def lock(db: Db, key: tuple[str, str]) -> DataExport | None:
    """Return a copy that still grows, locked; None where it does not."""
    row = db.get(DataExport, key, with_for_update=True, populate_existing=True)
    return row if row is not None and row.state == "waiting" else None


def store_page(db: Db, row: DataExport, items: Sequence[Any], following: str | None) -> None:
    """Store a page of the present section of a locked copy, and move on."""
    if items:
        body = zlib.compress(codec.encode(items))
        part = ExportPart(
            user_id=row.user_id, export_id=row.export_id, number=row.parts, section=row.section, body=body
        )
        db.add(part)
        row.parts += 1
    row.attempts, row.cursor = 0, following
    if following is None:
        row.section += 1


def put_off(row: DataExport, now: datetime) -> None:
    """Let a copy wait for a service that does not answer; one that waited too long has failed."""
    row.attempts += 1
    row.next_at = now + EXPORT_REST * min(1.0, row.attempts / 30)
    if row.attempts >= EXPORT_ATTEMPTS:
        row.state = "failed"


def pages(db: Db, row: DataExport) -> Iterator[tuple[int, bytes]]:
    """Yield the section and the compressed JSON array of each stored page, in their order."""
    mine = (ExportPart.user_id == row.user_id, ExportPart.export_id == row.export_id)
    for number in range(row.parts):
        part = db.execute(select(ExportPart.section, ExportPart.body).where(*mine, ExportPart.number == number)).one()
        yield part.section, bytes(part.body)


def finish(db: Db, row: DataExport, file: Any, now: datetime) -> None:
    """Keep the finished file of a locked copy instead of its pages, and tell its owner."""
    size, number = 0, 0
    while piece := file.read(PIECE):
        db.add(ExportPiece(user_id=row.user_id, export_id=row.export_id, number=number, body=piece))
        db.flush()
        size, number = size + len(piece), number + 1
    _drop(db, row, ExportPart)
    row.state, row.size, row.ready_at, row.expires_at = "ready", size, now, now + EXPORT_LIFE
    user = db.get(User, row.user_id)
    if user is not None and user.email and user.email_verified_at:
        mails.owe(db, "export_ready", user.email, user.user_id, now)


def is_complete(row: DataExport) -> bool:
    """Tell whether every section is there."""
    return row.section >= len(SECTIONS)


def sweep(db: Db, now: datetime) -> None:
    """Delete the files whose time is over; that there was a copy stays known for a month."""
    for row in db.scalars(select(DataExport).where(DataExport.expires_at < now, DataExport.state == "ready")):
        _drop(db, row, ExportPiece)
        row.state = "expired"
    for row in db.scalars(select(DataExport).where(DataExport.asked_at < now - timedelta(days=30))):
        _drop(db, row, ExportPiece)
        _drop(db, row, ExportPart)
        db.delete(row)


def forget(db: Db, user_id: str) -> None:
    """Delete all copies of somebody."""
    for table in (ExportPart, ExportPiece, DataExport):
        db.execute(delete(table).where(table.user_id == user_id))


def open_link(db: Db, token: str, now: datetime) -> DataExport:
    """Return the finished copy that a link is for.

    Raises:
        UnknownExport: The link is not one of ours, or its time or the copy's is over.
    """
    payload = links.read("copy of data", token, EXPORT_LINK_S)
    row = db.get(DataExport, (payload["u"], payload["e"])) if payload else None
    if row is None or row.state != "ready" or row.expires_at is None or row.expires_at <= now:
        raise UnknownExport
    return row


def piece(db: Db, row: DataExport, number: int) -> bytes:
    """Return a piece of a finished copy.

    Raises:
        UnknownExport: It has no such piece.
    """
    found = db.get(ExportPiece, (row.user_id, row.export_id, number))
    if found is None:
        raise UnknownExport
    return bytes(found.body)


def count_pieces(db: Db, row: DataExport) -> int:
    """Return of how many pieces a finished copy consists."""
    mine = (ExportPiece.user_id == row.user_id, ExportPiece.export_id == row.export_id)
    return db.scalar(select(func.count()).where(*mine)) or 0


def export_view(row: DataExport) -> ExportView:
    """Return a copy as its owner sees it."""
    url = None
    if row.state == "ready":
        token = links.sign("copy of data", {"u": row.user_id, "e": row.export_id})
        url = f"/v1/users/me/data/exports/{row.export_id}/file?token={token}"
    return {
        "id": row.export_id,
        "state": row.state,  # type: ignore[typeddict-item]
        "asked_at": rfc3339(row.asked_at),
        "ready_at": rfc3339(row.ready_at) if row.ready_at else None,
        "expires_at": rfc3339(row.expires_at) if row.expires_at else None,
        "size": row.size,
        "url": url,
    }


def _drop(db: Db, row: DataExport, table: type[ExportPart] | type[ExportPiece]) -> None:
    db.execute(delete(table).where(table.user_id == row.user_id, table.export_id == row.export_id))
