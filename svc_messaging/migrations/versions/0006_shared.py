"""Find the messages of a conversation that carry media or links.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {
    "messages_with_media": "media_ids <> '[]'",
    "messages_with_links": """(entities @> '[{"type": "link"}]' OR text ~* 'https?://')""",
}


def upgrade() -> None:
    """Make the indexes without holding up who sends; what an interrupted attempt left is made anew."""
    with op.get_context().autocommit_block():
        for name, condition in INDEXES.items():
            op.drop_index(name, table_name="messages", postgresql_concurrently=True, if_exists=True)
            op.create_index(
                name,
                "messages",
                ["conversation_id", "seq"],
                postgresql_where=sa.text(condition),
                postgresql_concurrently=True,
            )


def downgrade() -> None:
    """Drop them."""
    for name in INDEXES:
        op.drop_index(name, table_name="messages")
