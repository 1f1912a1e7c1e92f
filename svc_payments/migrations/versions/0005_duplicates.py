"""Keep second charges of payments and whose account is gone; drop a column of payments that nothing has ever filled.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, and drop the column."""
    op.create_table(
        "duplicate_charges",
        sa.Column("payment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", "intent_id"),
    )
    op.create_table(
        "erased_people",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.drop_column("payments", "customer_id")
    # What 0004 allowed holds for all entries that are there; looking at them stops nobody from adding others.
    op.execute("ALTER TABLE ledger_entries VALIDATE CONSTRAINT account_is_known")


def downgrade() -> None:
    """Undo it."""
    op.add_column("payments", sa.Column("customer_id", sa.Text(), nullable=True))
    op.drop_table("erased_people")
    op.drop_table("duplicate_charges")
