"""Take all factors from somebody who lost them, once you are sure who asks for it.

echo 'from svc_auth.jobs import remove_factors; remove_factors.run("ada")' | ./charla shell auth
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from contracts.auth import NOBODY, UnknownUser
from plumbing.database import Transactions, transactions
from plumbing.settings import settings
from svc_auth.actions import accounts, audit, factors, sessions


def run(username: str, db: Transactions | None = None) -> None:
    """Remove the factors and recovery codes of the person of that name and sign them out everywhere.

    The audit shows nobody as the actor. Their password, or provider, opens the account from then on, and where a
    factor is demanded they set up another one.

    Raises:
        UnknownUser: There is none.
    """
    now = datetime.now(UTC)
    with (db or transactions(settings().database_url, pool_size=1)).transaction() as session:
        user = accounts.find_by_username(session, username)
        if user is None:
            raise UnknownUser
        session.refresh(user, with_for_update=True)
        for factor in factors.list_confirmed(session, user.user_id):
            factors.remove(session, user.user_id, factor.factor_id)
        sessions.end_others(session, user.user_id, None, "factors_removed", now)
        audit.record(session, "factors_removed", user.user_id, actor_id=NOBODY)
    sys.stdout.write(f"{username} has no second factor now, and is signed out\n")
