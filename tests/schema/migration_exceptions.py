"""Migrations that break a rule of `migration_rules.py`, each with its reason. New ones have none."""

from __future__ import annotations

from typing import NamedTuple

# No installation had been released yet when these were written: all tables were empty or a developer's.
_UNRELEASED = "before the first release: there was no installation whose table could be locked"


class Allowed(NamedTuple):
    """A statement that may stay.

    Attributes:
        service: whose migration it is.
        revision: which.
        rule: what it breaks.
        part: words of the statement, which name it.
        reason: why it may.
    """

    service: str
    revision: str
    rule: str
    part: str
    reason: str


ALLOWED = (
    Allowed("messaging", "0003", "whole-table", "INSERT INTO unindexed_messages", _UNRELEASED),
    Allowed("subscriptions", "0002", "index-dropped", "notifications_collapsing", _UNRELEASED),
    Allowed("subscriptions", "0002", "index-locks", "notifications_collapsing", _UNRELEASED),
    Allowed("subscriptions", "0002", "index-locks", "notifications_age", _UNRELEASED),
    Allowed("subscriptions", "0002", "index-locks", "pushes_age", _UNRELEASED),
    Allowed("subscriptions", "0002", "index-locks", "deliveries_age", _UNRELEASED),
    Allowed("payments", "0005", "taken-away", "customer_id", _UNRELEASED),
    Allowed("ads", "0002", "index-dropped", "decisions_of_person", _UNRELEASED),
    Allowed("ads", "0002", "index-locks", "decisions_of_person", _UNRELEASED),
    Allowed("ads", "0002", "index-locks", "decisions_to_forget", _UNRELEASED),
    Allowed("ads", "0002", "constraint-checked", "leases_hold", _UNRELEASED),
)
