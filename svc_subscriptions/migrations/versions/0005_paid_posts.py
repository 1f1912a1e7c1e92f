"""Let posts cost something, and remember who has paid.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_FALSE = sa.text("false")


def upgrade() -> None:
    """Add columns, which takes no rewriting of the tables, and create the table."""
    op.add_column("channels", sa.Column("paid", sa.Boolean(), server_default=_FALSE, nullable=False))
    op.add_column("channels", sa.Column("plans_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("posts", sa.Column("paid", sa.Boolean(), server_default=_FALSE, nullable=False))
    op.add_column("posts", sa.Column("price", JSONB(), nullable=True))
    op.add_column("posts", sa.Column("teaser", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "entitlements",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "subject_id"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("entitlements")
    for column in ("teaser", "price", "paid"):
        op.drop_column("posts", column)
    for column in ("plans_version", "paid"):
        op.drop_column("channels", column)
