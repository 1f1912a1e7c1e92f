"""The notifier's first half: walks through followers, several at a time so that a long one delays no other."""

from __future__ import annotations

import time

from plumbing.database import Transactions
from plumbing.push import Pusher
from svc_subscriptions import metrics
from svc_subscriptions.actions import fanout
from svc_subscriptions.actions.fanout import Claim
from svc_subscriptions.telling import tell_unread

#: How many walks one process is on; their batches take turns.
AT_ONCE = 4
BUDGET_S = 2.0


def walk(db: Transactions, push: Pusher, budget_s: float = BUDGET_S) -> int:
    """Walk on for `budget_s` seconds or until nothing is left; return how many lines were written.

    Each walk gets a batch, however short the time is. What is not finished is given back, for whoever comes next.
    """
    ends_at, written = time.monotonic() + budget_s, 0
    claims: list[Claim] = []
    while claims := _fill(db, claims):
        steps = [_step(db, push, claimed) for claimed in claims]
        written += sum(len(step.told) for step in steps)
        claims = [step.claim for step in steps if step.claim is not None]
        if time.monotonic() >= ends_at:
            break
    for claimed in claims:
        with db.transaction() as session:
            fanout.release(session, claimed)
    return written


def _fill(db: Transactions, claims: list[Claim]) -> list[Claim]:
    while len(claims) < AT_ONCE:
        with db.transaction() as session:
            found = fanout.claim(session)
        if found is None:
            break
        claims.append(found)
    return claims


def _step(db: Transactions, push: Pusher, claimed: Claim) -> fanout.Step:
    with db.transaction() as session:
        step = fanout.step(session, claimed)
    metrics.LINES.labels("post").inc(len(step.told))
    tell_unread(db, push, step.told)
    return step
