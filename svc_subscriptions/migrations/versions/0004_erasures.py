"""Keep which deleted accounts' traces are still to be removed, and find posts by their author.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the index without holding up who publishes."""
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("messages", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    with op.get_context().autocommit_block():
        op.create_index("posts_by_author", "posts", ["author_id"], postgresql_concurrently=True, if_not_exists=True)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("posts_by_author", table_name="posts")
    op.drop_table("erasures")
