"""Lines that were read as part of a newer one, the place in the log that a line is about, and old age.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD = (("notifications", "created_at"), ("pushes", "created_at"), ("deliveries", "at"))


def upgrade() -> None:
    """Add columns with defaults, which rewrites nothing, and indexes."""
    op.add_column("notifications", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("notifications", sa.Column("folded", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("pushes", sa.Column("collapse_key", sa.Text(), nullable=True))
    op.add_column("preferences", sa.Column("locale", sa.Text(), server_default=sa.text("'en'"), nullable=False))
    op.drop_index("notifications_collapsing", table_name="notifications")
    op.create_index(
        "notifications_collapsing",
        "notifications",
        ["user_id", "collapse_key", "id"],
        postgresql_where=sa.text("read_at IS NULL AND collapse_key IS NOT NULL"),
    )
    for table, column in OLD:
        op.create_index(f"{table}_age", table, [column], postgresql_using="brin")


def downgrade() -> None:
    """Take them away again."""
    for table, _ in OLD:
        op.drop_index(f"{table}_age", table_name=table)
    op.drop_index("notifications_collapsing", table_name="notifications")
    op.create_index(
        "notifications_collapsing",
        "notifications",
        ["user_id", "collapse_key"],
        postgresql_where=sa.text("read_at IS NULL AND collapse_key IS NOT NULL"),
    )
    op.drop_column("preferences", "locale")
    op.drop_column("pushes", "collapse_key")
    op.drop_column("notifications", "folded")
    op.drop_column("notifications", "seq")
