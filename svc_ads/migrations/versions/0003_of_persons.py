"""Find what a person reported, and whose interests are to be looked up, without reading everybody's.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PERSONAL = sa.text("consent = 'personal'")


def upgrade() -> None:
    """Create the indexes without holding up who writes."""
    with op.get_context().autocommit_block():
        op.create_index(
            "ad_reports_of_person", "ad_reports", ["person_id"], postgresql_concurrently=True, if_not_exists=True
        )
        op.create_index(
            "preferences_to_look_up",
            "preferences",
            [sa.text("looked_up_at NULLS FIRST")],
            postgresql_where=PERSONAL,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("preferences_to_look_up", table_name="preferences")
    op.drop_index("ad_reports_of_person", table_name="ad_reports")
