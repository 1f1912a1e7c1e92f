"""Whether the books agree with each other and with the storage: the sums that a transaction keeps, counted anew."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from plumbing.database import Transactions
from svc_media.models import Blob
from svc_media.storage import Storage, key_of

_CHECKS = {
    "used_bytes": """
SELECT coalesce(q.user_id, h.user_id)::text, coalesce(q.used_bytes, 0), coalesce(h.size, 0)
FROM quotas q FULL JOIN (SELECT user_id, sum(size)::bigint AS size FROM holdings GROUP BY user_id) h USING (user_id)
""",
    "reserved_bytes": """
SELECT coalesce(q.user_id, u.owner_id)::text, coalesce(q.reserved_bytes, 0), coalesce(u.size, 0)
FROM quotas q
FULL JOIN (SELECT owner_id, sum(reserved)::bigint AS size FROM uploads GROUP BY owner_id) u ON u.owner_id = q.user_id
""",
    "uses": """
SELECT
  coalesce(h.user_id, u.owner_id)::text || ' ' || coalesce(h.sha256, u.sha256),
  coalesce(h.uses, 0), coalesce(u.uses, 0)
FROM holdings h
FULL JOIN (
  SELECT owner_id, sha256, count(*) AS uses FROM (
    SELECT owner_id, sha256 FROM media WHERE sha256 IS NOT NULL
    UNION ALL SELECT owner_id, sha256 FROM variants
  ) AS each GROUP BY owner_id, sha256
) u ON u.owner_id = h.user_id AND u.sha256 = h.sha256
""",
    "holders": """
SELECT coalesce(b.sha256, h.sha256), coalesce(b.holders, 0), coalesce(h.holders, 0)
FROM blobs b FULL JOIN (SELECT sha256, count(*) AS holders FROM holdings GROUP BY sha256) h USING (sha256)
""",
}


def differences(session: Session) -> list[str]:
    """Return every sum that is not what its parts are; empty where the books agree."""
    found = []
    for name, query in _CHECKS.items():
        rows = session.execute(text(f"SELECT * FROM ({query}) AS x(what, kept, counted) WHERE kept <> counted"))  # noqa: S608
        found += [f"{name} of {what}: {kept}, counted {counted}" for what, kept, counted in rows]
    return found


def missing_files(session: Session, files: Storage) -> Iterator[str]:
    """Yield the digests of files that somebody holds and the storage lacks, or has in another size."""
    for blob in session.query(Blob).filter(Blob.holders > 0).yield_per(500):
        if files.size(key_of(blob.sha256)) != blob.size:
            yield blob.sha256


def report(db: Transactions, files: Storage) -> dict[str, object]:
    """Return what the books and the storage hold, in bytes and files, and where they differ."""
    with db.reading() as session:
        in_books = session.execute(select(func.count(), func.coalesce(func.sum(Blob.size), 0))).one()
        wrong, missing = differences(session), list(missing_files(session, files))
    sizes = [file.size for file in files.list_files()]
    return {
        "blobs": int(in_books[0]),
        "blob_bytes": int(in_books[1]),
        "files": len(sizes),
        "file_bytes": sum(sizes),
        "differences": wrong,
        "missing": missing,
    }
