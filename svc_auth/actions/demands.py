"""The second factor that an installation demands (SECOND_FACTOR), and of whom."""

from __future__ import annotations

from sqlalchemy.orm import Session as Db

from contracts.auth import LastFactor
from svc_auth import policy
from svc_auth.actions import factors
from svc_auth.models import Session, User

_STAFF = frozenset({"moderator", "admin"})


def is_demanded(user: User) -> bool:
    """Tell whether a person may be here with a second factor only."""
    rule = policy.second_factor()
    return rule == "everybody" or rule == "staff" and not _STAFF.isdisjoint(user.roles)


def is_owed(user: User, session: Session) -> bool:
    """Tell whether a session lacks the factor that is demanded of its person, such as one from before the demand."""
    return is_demanded(user) and not session.with_factor


def demand_a_factor(db: Db, user: User) -> None:
    """Refuse what would leave a person without the factor that is demanded of them.

    Raises:
        LastFactor: They would have none.
    """
    if is_demanded(user) and not factors.list_confirmed(db, user.user_id):
        raise LastFactor
