"""Transactions with live frames for who has no nameko container: the edge, Celery, jobs."""

from __future__ import annotations

from typing import Any

from plumbing.database import Transactions
from plumbing.doors import Writing


class Writer(Writing):
    """`write(work)` commits, tries deadlocks again, and pushes the frames (see `plumbing.doors.Writing`)."""

    def __init__(self, db: Transactions, push: Any) -> None:
        self.db = db
        self.push = push
