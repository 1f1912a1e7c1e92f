"""Let programs post by webhooks, and answer commands.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the column, which takes no rewriting of the table, and create the tables."""
    op.add_column("messages", sa.Column("webhook", JSONB, nullable=True))
    op.create_table(
        "webhooks",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", _ID, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("last_posted_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "id"),
    )
    op.create_index("webhooks_by_id", "webhooks", ["id"], unique=False)
    op.create_table(
        "commands",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "name"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("commands")
    op.drop_table("webhooks")
    op.drop_column("messages", "webhook")
