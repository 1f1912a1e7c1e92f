"""Mistakes about who may, and about what was before: keys, webhooks, entitlements, tokens, cursors."""

from __future__ import annotations

from drill.mutants.mutant import Mutant

_IDENTITY = "tests/plumbing/test_identity.py"
_WEBHOOKS = "tests/svc_payments_flows/test_webhooks.py"
_SESSIONS = "tests/svc_auth/test_sessions.py"

MUTANTS = (
    Mutant(
        name="key-in-a-transaction-of-its-own",
        file="plumbing/idempotency.py",
        old="    if session.execute(note.returning(_calls.c.key)).first() is None:\n",
        new="    with session.get_bind().engine.begin() as apart:\n"
        "        noted = apart.execute(note.returning(_calls.c.key)).first()\n"
        "    if noted is None:\n",
        why="the idempotency key is noted although the work was not done; the retry is answered with nothing",
        proof=("tests/svc_payments_flows/test_once.py::test_a_key_whose_purchase_was_refused_is_free",),
    ),
    Mutant(
        name="later-settled-wins",
        file="svc_payments/actions/settling.py",
        old="    if _PLACE[snapshot.status] < _PLACE[payment.status] or payment.status not in OPEN:\n        return\n",
        new="",
        why="what was fetched from the provider before a payment succeeded, and is settled after that, undoes it",
        proof=(f"{_WEBHOOKS}::test_what_was_fetched_earlier_and_is_settled_later_takes_nothing_back",),
    ),
    Mutant(
        name="view-billed-twice",
        file="svc_ads/serving/billing.py",
        old="    if session.execute(written).first() is None:\n",
        new="    if session.execute(written) is None:\n",
        why="a view that is told twice at the same moment is paid for twice",
        proof=("tests/svc_ads_serving/test_billing.py::test_who_bills_it_while_another_does_finds_it_billed",),
    ),
    Mutant(
        name="entitlement-for-ever",
        file="svc_subscriptions/actions/paywall.py",
        old="    lasts = or_(Entitlement.until.is_(None), Entitlement.until > func.now())\n",
        new="    lasts = or_(Entitlement.until.is_(None), Entitlement.until.is_not(None))\n",
        why="who has paid once reads paid posts for ever",
        proof=("tests/svc_subscriptions/test_paid_posts.py::test_access_ends_by_event_and_by_itself",),
    ),
    Mutant(
        name="older-entitlement-wins",
        file="svc_subscriptions/actions/entitlements.py",
        old=", set_=values, where=Entitlement.version < event.version\n",
        new=", set_=values\n",
        why="an event that comes late opens again what a later one had closed",
        proof=("tests/svc_subscriptions/test_paid_posts.py::test_access_ends_by_event_and_by_itself",),
    ),
    Mutant(
        name="media-leave-kept-for-a-day",
        file="svc_media/access_cache.py",
        old="                pipeline.set(_answer(user_id, each), epochs[each], ex=TTL_S)\n",
        new="                pipeline.set(_answer(user_id, each), epochs[each], ex=86_400)\n",
        why="who lost a right that nobody told of goes on seeing pictures for a day",
        proof=("tests/svc_media/test_access.py::test_a_revoked_right_ends_by_time_where_nobody_tells",),
    ),
    Mutant(
        name="history-for-strangers",
        file="svc_messaging/actions/pages.py",
        old="JOIN members p ON p.conversation_id = m.conversation_id AND p.user_id = :user_id\n",
        new="JOIN (SELECT :user_id AS user_id) p ON true\n",
        why="whoever knows a conversation's id reads it",
        proof=(
            "tests/svc_messaging/test_history.py::test_strangers_read_nothing",
            "tests/svc_messaging/test_history.py::test_those_who_left_read_nothing",
        ),
    ),
    Mutant(
        name="cursor-off-by-one",
        file="svc_messaging/actions/pages.py",
        old="m.seq > :after AND m.seq < :before\n",
        new="m.seq >= :after AND m.seq < :before\n",
        why="every page begins with the last message of the page before",
        proof=("tests/svc_messaging/test_history.py::test_pages_run_from_any_number",),
    ),
    Mutant(
        name="audience-not-checked",
        file="plumbing/identity.py",
        old='                options={"require": ["exp", "iat", "nbf", "iss", "aud"]},\n',
        new='                options={"require": ["exp", "iat", "nbf", "iss", "aud"], "verify_aud": False},\n',
        why="a token that one service was shown is good at all others",
        proof=(
            f"{_IDENTITY}::test_token_with_wrong_claims_is_refused",
            f"{_IDENTITY}::TestServices::test_service_token_for_another_service_is_refused",
        ),
    ),
    Mutant(
        name="ended-session-accepted",
        file="gateway_flask/auth.py",
        old="    if revocations.is_revoked(who, token):\n        raise SessionEnded\n",
        new="",
        why="who signed out, or was thrown out, goes on until the token expires",
        proof=("tests/gateway/test_units.py::test_a_token_of_an_ended_session_is_refused",),
    ),
    Mutant(
        name="stolen-refresh-token",
        file="svc_auth/actions/sessions.py",
        old='        end(db, session, "reuse", now)\n',
        new="",
        why="a refresh token that comes back, because it was stolen, does not end its session",
        proof=(f"{_SESSIONS}::test_a_used_token_kills_its_family",),
    ),
)
