"""Lost locks: two who must come one after the other go at the same time."""

from __future__ import annotations

from drill.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        name="conversation-not-locked",
        file="svc_messaging/actions/storing.py",
        old="ORDER BY c.id FOR NO KEY UPDATE OF c\n",
        new="ORDER BY c.id\n",
        why="two senders read the same head of a conversation and give out the same numbers",
        proof=("tests/svc_messaging/test_concurrency.py::test_numbers_have_no_gap_and_no_twin",),
    ),
    Mutant(
        name="account-not-locked",
        file="svc_payments/ledger/balances.py",
        old='    session.execute(_LOCK, {"account": account, "currency": currency})\n',
        new="",
        why="two payments see the same balance and spend it twice",
        proof=(
            "tests/svc_payments/test_spending.py::test_many_at_once_never_overdraw",
            "tests/svc_payments/test_spending.py::test_a_spender_sees_what_the_one_before_committed",
        ),
    ),
    Mutant(
        name="relay-not-alone",
        file="plumbing/outbox.py",
        old="""return bool(guard.execute(text("SELECT pg_try_advisory_lock(hashtext('outbox_relay'))")).scalar())\n""",
        new="return True\n",
        why="two relays of a service publish at once, and events of one aggregate overtake each other",
        proof=("tests/plumbing/test_outbox.py::TestReplicas::test_one_relay_leads_and_the_other_takes_over",),
    ),
    Mutant(
        name="webhook-claimed-by-two",
        file="svc_payments/actions/receiving.py",
        old="      ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED\n",
        new="      ORDER BY next_attempt_at LIMIT :size\n",
        why="two workers take the same webhook of the provider, and apply it twice",
        proof=("tests/svc_payments_flows/test_webhooks.py::test_of_two_who_claim_at_once_each_gets_its_own",),
    ),
    Mutant(
        name="claims-by-a-subquery",
        file="svc_payments/actions/calls.py",
        old="""    WITH due AS (
      SELECT id FROM provider_calls
      WHERE given_up IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
    )
    UPDATE provider_calls c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + :lease
    FROM due WHERE c.id = due.id
""",
        new="""    UPDATE provider_calls c SET attempts = c.attempts + 1, next_attempt_at = clock_timestamp() + :lease
    WHERE c.id IN (
      SELECT id FROM provider_calls
      WHERE given_up IS NULL AND next_attempt_at <= clock_timestamp()
      ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
    )
""",
        why="PostgreSQL may run the subquery again for each row: one worker takes all that waits, and not its share",
        proof=("tests/svc_payments_flows/test_claims.py::test_calls_of_the_provider",),
    ),
    Mutant(
        name="budget-not-locked",
        file="svc_ads/serving/leases.py",
        old="    query = query.order_by(Campaign.campaign_id).with_for_update()\n",
        new="    query = query.order_by(Campaign.campaign_id)\n",
        why="two servers lease the same part of a campaign's budget, which is then overspent",
        proof=("tests/svc_ads_serving/test_leases.py::test_many_who_lease_at_once_share_what_there_is",),
    ),
)
