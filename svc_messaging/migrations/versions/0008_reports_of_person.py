"""Find what a person reported without reading all reports.

Revision ID: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index without holding up who writes."""
    with op.get_context().autocommit_block():
        op.create_index(
            "reports_by_reporter", "reports", ["reporter_id"], postgresql_concurrently=True, if_not_exists=True
        )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("reports_by_reporter", table_name="reports")
