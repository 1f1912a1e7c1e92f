"""Work that waits in the tables, done piece by piece: each piece is a transaction of its own.

The worker's timers and the jobs both run these. Any number of processes may do so at once, and may
die at any point: a piece is found by what its row says, and its row changes in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.orm import Session

from plumbing.database import Transactions
from plumbing.logs import get_logger
from plumbing.push import Pusher
from svc_messaging import live
from svc_messaging.actions import expiring, indexing, polls, scheduling
from svc_messaging.actions.erasing import erasures

log = get_logger(__name__)

BATCH = 100
INDEX_BATCH = 500

Key = TypeVar("Key")
Outcome = TypeVar("Outcome")


def send_scheduled(db: Transactions, push: Pusher) -> int:
    """Send every scheduled message whose time has come; return how many were settled."""
    return _do_all(
        db,
        push,
        lambda session: scheduling.due_messages(session, BATCH),
        lambda session, key: scheduling.send_due(session, key) is not None,
    )


def close_polls(db: Transactions, push: Pusher) -> int:
    """Close every poll whose time is over; return how many that were."""
    return _do_all(
        db,
        push,
        lambda session: polls.due_polls(session, BATCH),
        lambda session, key: polls.close_due_poll(session, *key),
    )


def expire_messages(db: Transactions, push: Pusher) -> int:
    """Delete every message whose life is over for everybody; return how many that were."""
    return _do_all(
        db,
        push,
        lambda session: expiring.conversations_with_expired(session, BATCH),
        lambda session, conversation_id: expiring.expire_messages(session, conversation_id, BATCH),
    )


def erase_accounts(db: Transactions, push: Pusher) -> int:
    """Remove all that is kept of people whose accounts are gone; return how many pieces that took."""
    return _do_all(db, push, lambda session: erasures.waiting(session, BATCH), erasures.erase_piece)


def index_waiting(db: Transactions) -> int:
    """Index every message that waits for it; return how many that were."""
    done, taken = 0, INDEX_BATCH
    while taken == INDEX_BATCH:
        with db.transaction() as session:
            taken = indexing.index_waiting(session, INDEX_BATCH)
        done += taken
    return done


def rebuild_search(db: Transactions) -> int:
    """Index every message anew and forget what is gone; return how many batches that took."""
    batches, place = 0, indexing.START
    while True:
        with db.transaction() as session:
            last = indexing.rebuild_batch(session, place, INDEX_BATCH)
        if last is None:
            break
        batches, place = batches + 1, last
    with db.transaction() as session:
        indexing.forget_lost(session)
    return batches


def write(db: Transactions, push: Pusher, work: Callable[[Session], Outcome]) -> Outcome:
    """Run `work` in a transaction and push the frames that it collected once that has committed."""
    with db.transaction() as session:
        outcome = work(session)
    push.many(live.collected(session))
    return outcome


def _do_all(
    db: Transactions,
    push: Pusher,
    find: Callable[[Session], Sequence[Key]],
    do: Callable[[Session, Key], int],
) -> int:
    """Do pieces until `find` shows no more; one that fails is logged, left, and does not hold up others."""
    done, failed = 0, set[Key]()
    while True:
        with db.reading() as session:
            found = [key for key in find(session) if key not in failed]
        if not found:
            return done
        for key in found:
            settled = _do_one(db, push, do, key)
            done += settled
            if not settled:
                failed.add(key)


def _do_one(db: Transactions, push: Pusher, do: Callable[[Session, Key], int], key: Key) -> int:
    try:
        return write(db, push, lambda session: do(session, key))
    except Exception:
        log.exception("piece_failed", key=key)
        return 0
