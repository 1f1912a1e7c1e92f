"""The names of accounts. They are made by being used; PostgreSQL refuses any other form."""

from __future__ import annotations

#: The other side of everything at the provider: what it holds for us, negated.
PROVIDER = "provider"
#: What the platform earned.
FEES = "fees"
#: What the provider charges the platform.
COSTS = "costs"


def person(user_id: str) -> str:
    """Return the account of somebody's own money."""
    return f"person:{user_id}"


def in_payout(user_id: str) -> str:
    """Return the account of money on its way to somebody's bank."""
    return f"in_payout:{user_id}"


def ads(user_id: str) -> str:
    """Return the account of an advertiser's prepaid money."""
    return f"ads:{user_id}"


def campaign(campaign_id: str) -> str:
    """Return the account of what was set aside for a campaign."""
    return f"campaign:{campaign_id}"


def owner_of(account: str) -> str | None:
    """Return whose account that is; None for those of the platform."""
    return account.partition(":")[2] or None
