"""Keep what waits for the index of words in a table, and mark conversations of other services.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Create the table, with what the worker's former queue may still hold, and the mark."""
    op.add_column("conversations", sa.Column("linked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "unindexed_messages",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("conversation_id", "message_id"),
    )
    op.execute(
        "ALTER TABLE unindexed_messages SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"
    )
    op.execute(
        "INSERT INTO unindexed_messages (conversation_id, message_id)"
        " SELECT m.conversation_id, m.id FROM messages m LEFT JOIN message_search s"
        " ON s.conversation_id = m.conversation_id AND s.message_id = m.id"
        " WHERE s.message_id IS NULL AND m.deleted_at IS NULL AND m.kind <> 'system'"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("unindexed_messages")
    op.drop_column("conversations", "linked")
