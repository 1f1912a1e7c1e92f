from datetime import UTC, datetime, timedelta

import pytest

from contracts.base import new_id
from svc_payments.ledger import accounts
from svc_payments.ledger.access import Access, access_of
from svc_payments.ledger.posting import Move, post, reverse, transaction_id
from tests.payments_base import right
from tests.svc_payments.money import COMMAND, PROVIDER

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ADA, CHANNEL = new_id(), new_id()


def bought(db, begins, ends, *, holder=ADA, kind="channel", subject=CHANNEL):
    """Post a payment that opens access between two days from now; return its key."""
    key = new_id()
    until = None if ends is None else NOW + ends * DAY
    access = Access(holder, kind, subject, NOW + begins * DAY, until)
    moves = [Move(accounts.PROVIDER, -500), Move(accounts.FEES, 500)]
    with db.transaction() as session:
        post(session, kind="plan", key=key, cause=PROVIDER, currency="EUR", moves=moves, access=access)
    return key


def given_back(db, of_kind, of_key, kind):
    with db.transaction() as session:
        reverse(session, kind=kind, key=of_key, cause=COMMAND, of=transaction_id(of_kind, of_key))


def seen(db, holder=ADA, kind="channel", subjects=None):
    """Return what the holder may use: subject -> (first day, last day)."""
    with db.reading() as session:
        found = access_of(session, holder, kind, subjects)
    return {
        each.subject_id: ((each.starts - NOW) // DAY, None if each.until is None else (each.until - NOW) // DAY)
        for each in found
    }


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([(-1, 29)], (-1, 29)),
        ([(-1, 29), (29, 59)], (-1, 59)),  # renewed in time
        ([(29, 59), (-1, 29)], (-1, 59)),  # learnt of in another order
        ([(-1, 29), (20, 50)], (-1, 50)),  # overlapping
        ([(-1, 50), (3, 9)], (-1, 50)),  # one inside the other
        ([(-40, -10), (-1, 29)], (-1, 29)),  # a pause before
        ([(-1, 9), (20, 50)], (-1, 9)),  # a gap ahead
        ([(-1, 9), (5, None)], (-1, None)),
        ([(-1, None), (5, 9)], (-1, None)),
        ([(-40, -10)], None),
        ([(1, 31)], None),
        ([], None),
    ],
)
def test_periods_without_a_gap_are_one(db, periods, expected):
    for begins, ends in periods:
        bought(db, begins, ends)
    assert seen(db).get(CHANNEL) == expected


def test_everybody_and_everything_has_its_own(db):
    bought(db, -1, 29)
    bought(db, -1, 9, holder=new_id())
    bought(db, -1, None, kind="post")
    bought(db, -1, 19, subject="another")
    assert seen(db) == {CHANNEL: (-1, 29), "another": (-1, 19)}
    assert seen(db, subjects=["another", "third"]) == {"another": (-1, 19)}
    assert seen(db, subjects=[]) == {}
    assert seen(db, kind="post") == {CHANNEL: (-1, None)}


def test_a_refund_ends_access_and_another_payment_keeps_it(db):
    refunded = bought(db, -1, None)
    bought(db, -1, 29)
    given_back(db, "plan", refunded, "refund")
    assert seen(db) == {CHANNEL: (-1, 29)}


def test_a_refund_that_failed_gives_access_back(db):
    key = bought(db, -1, 29)
    given_back(db, "plan", key, "refund")
    assert seen(db) == {}
    given_back(db, "refund", key, "refund_failed")
    assert seen(db) == {CHANNEL: (-1, 29)}
    right(db)


def test_what_was_refunded_and_disputed_ends_until_both_are_taken_back(db):
    key = bought(db, -1, 29)
    given_back(db, "plan", key, "refund")
    given_back(db, "plan", key, "dispute")
    given_back(db, "refund", key, "refund_failed")
    assert seen(db) == {}
    given_back(db, "dispute", key, "dispute_won")
    assert seen(db) == {CHANNEL: (-1, 29)}


def test_a_partial_refund_ends_access_only_where_it_says_so(db):
    key = bought(db, -1, 29)
    moves = [Move(accounts.FEES, -100), Move(accounts.PROVIDER, 100)]
    more = {"kind": "refund", "cause": COMMAND, "currency": "EUR", "moves": moves}
    with db.transaction() as session:
        post(session, key="part", **more)
    assert seen(db) == {CHANNEL: (-1, 29)}
    with db.transaction() as session:
        post(session, key="rest", ends_access_of=transaction_id("plan", key), **more)
    assert seen(db) == {}
