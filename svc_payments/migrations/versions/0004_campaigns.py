"""Let the ledger have an account for what is set aside for each campaign.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "account_is_known"
BEFORE = "^(provider|fees|costs|(person|in_payout|ads):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"
ACCOUNT = "^(provider|fees|costs|(person|in_payout|ads|campaign):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"


def upgrade() -> None:
    """Allow one more kind of name; the entries that are there satisfy the wider rule, so none is read under a lock."""
    _rule(ACCOUNT)


def downgrade() -> None:
    """Allow it no longer; entries that are there stay."""
    _rule(BEFORE)


def _rule(pattern: str) -> None:
    op.execute(f"ALTER TABLE ledger_entries DROP CONSTRAINT {NAME}")
    op.execute(f"ALTER TABLE ledger_entries ADD CONSTRAINT {NAME} CHECK (account_id ~ '{pattern}') NOT VALID")
