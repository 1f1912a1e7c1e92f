"""Find the observers that a person made without reading all.

Revision ID: 0007
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index without holding up who writes."""
    with op.get_context().autocommit_block():
        op.create_index(
            "observers_by_maker", "observers", ["created_by"], postgresql_concurrently=True, if_not_exists=True
        )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("observers_by_maker", table_name="observers")
