"""The worker's broom."""

from __future__ import annotations

from typing import Any

from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.inbox import forget_handled
from plumbing.timers import every
from svc_media import metrics
from svc_media.actions import orphans
from svc_media.options import options
from svc_media.providers import Files
from svc_media.storage import Storage


class Cleaning(Writing):
    """Ends what nobody goes on with, and removes files that nobody needs."""

    files: Any = Files()

    @every(60.0, lock="expire_uploads")
    def expire_uploads(self) -> None:
        """End uploads for which nothing came for too long."""
        orphans.expire_uploads(self.db, self.push)

    @every(300.0, lock="collect_orphans")
    def collect_orphans(self) -> None:
        """Remove what nobody holds or carries any more."""
        collect(self.db, self.push, self.files, options().orphan_grace_s)

    @every(3600.0, lock="sweep_storage")
    def sweep_storage(self) -> None:
        """Look at every file, for what a crash left without a name."""
        sweep(self.db, self.files, options().orphan_grace_s)
        with self.db.transaction() as session:
            forget_handled(session)


def collect(db: Transactions, push: Any, files: Storage, grace_s: float) -> dict[str, int]:
    """Remove abandoned media and files that nobody holds; return how many of each."""
    found = {
        "media": orphans.remove_abandoned(db, push, grace_s),
        "blobs": orphans.collect_blobs(db, files, grace_s),
    }
    return _counted(found)


def sweep(db: Transactions, files: Storage, grace_s: float) -> dict[str, int]:
    """Remove files that no row names; return how many of each kind."""
    found = {
        "unnamed": orphans.collect_unnamed(db, files, grace_s),
        "leftovers": orphans.clear_folders(db, files, grace_s),
    }
    return _counted(found)


def _counted(found: dict[str, int]) -> dict[str, int]:
    for kind, count in found.items():
        metrics.COLLECTED.labels(kind).inc(count)
    return found
