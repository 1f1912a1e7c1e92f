from hypothesis import given
from hypothesis import strategies as st

from svc_payments.ledger.fees import fee_of, fee_of_refund


def test_fees_are_rounded_half_up():
    assert [fee_of(amount, 500) for amount in (9, 10, 29, 30, 1_000)] == [0, 1, 1, 2, 50]
    assert fee_of(1_000, 0) == 0


@given(st.integers(1, 10**8), st.integers(0, 10_000), st.lists(st.integers(1, 10**6), max_size=20))
def test_a_full_refund_in_any_parts_gives_back_all_of_the_fee(amount, bps, wanted):
    fee, refunded, given_back = fee_of(amount, bps), 0, 0
    for part in [*wanted, amount]:
        now = min(part, amount - refunded)
        if now:
            back = fee_of_refund(amount, fee, refunded, now)
            assert 0 <= back <= now
            given_back, refunded = given_back + back, refunded + now
            assert given_back == fee_of_refund(amount, fee, 0, refunded)
    assert (refunded, given_back) == (amount, fee)
