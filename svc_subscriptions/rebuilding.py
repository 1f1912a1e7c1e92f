"""Making the copy of what people have paid for anew, by asking svc_payments, a person at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol

from contracts.payments import EntitlementView
from plumbing.database import Transactions
from svc_subscriptions.actions import entitlements
from svc_subscriptions.actions.entitlements import Known

PEOPLE = 500
#: Subjects in one question.
ASKED = 200


class Payments(Protocol):
    """What is asked of svc_payments."""

    def find_entitlements(self, *, user_id: str, subject_kind: str, subject_ids: list[str]) -> list[EntitlementView]:
        """Return what somebody may use of these."""


def rebuild(db: Transactions, payments: Payments) -> int:
    """Ask what all followers of what is sold, and all who were entitled, may read; return how many rows differed.

    Whoever neither follows such a channel nor is known is not asked about; svc_payments tells of them again when
    it looks through its own marks.
    """
    mended, after = 0, None
    while True:
        with db.reading() as session:
            people = entitlements.people_to_ask_about(session, after, PEOPLE)
        for user_id in people:
            mended += rebuild_one(db, payments, user_id)
        if len(people) < PEOPLE:
            return mended
        after = people[-1]


def rebuild_one(db: Transactions, payments: Payments, user_id: str) -> int:
    """Ask what one person may read; return how many rows differed."""
    with db.reading() as session:
        known = entitlements.known_of(session, user_id)
    mended = 0
    for kind, asked in _questions(known):
        subjects = [each.subject_id for each in asked]
        found = payments.find_entitlements(user_id=user_id, subject_kind=kind, subject_ids=subjects)
        with db.transaction() as session:
            mended += entitlements.mend(session, user_id, asked, found)
    return mended


def _questions(known: Iterable[Known]) -> Iterator[tuple[str, list[Known]]]:
    ordered = sorted(known, key=lambda each: (each.subject_kind, each.subject_id))
    for kind, of_kind in groupby(ordered, key=lambda each: each.subject_kind):
        all_of_kind = list(of_kind)
        for start in range(0, len(all_of_kind), ASKED):
            yield kind, all_of_kind[start : start + ASKED]
