"""Make somebody an admin, such as the first one.

echo 'from svc_auth.jobs import grant_admin; grant_admin.run("ada")' | ./charla shell auth
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from contracts.auth import NOBODY, UnknownUser
from plumbing.database import Transactions, transactions
from plumbing.settings import settings
from svc_auth.actions import accounts, people
from svc_auth.checks import ROLES


def run(username: str, db: Transactions | None = None) -> None:
    """Give the person of that name all roles; the audit shows nobody as the actor.

    Raises:
        UnknownUser: There is none.
    """
    with (db or transactions(settings().database_url, pool_size=1)).transaction() as session:
        user = accounts.find_by_username(session, username)
        if user is None:
            raise UnknownUser
        people.set_roles(session, user.user_id, list(ROLES), NOBODY, datetime.now(UTC))
    sys.stdout.write(f"{username} is an admin; sign in again to use it\n")
