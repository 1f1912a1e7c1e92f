"""Find what a person saw of late and whose decisions are old, and hold every lease to what it was granted.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KNOWN = sa.text("person_id IS NOT NULL")


def upgrade() -> None:
    """Make them; nothing is served by this version yet, so no table is large."""
    op.drop_index("decisions_of_person", table_name="decisions")
    op.create_index("decisions_of_person", "decisions", ["person_id", "at"], postgresql_where=KNOWN)
    op.create_index("decisions_to_forget", "decisions", ["at"], postgresql_where=KNOWN)
    op.create_check_constraint("leases_hold", "campaign_leases", "spent_micros <= granted_micros")


def downgrade() -> None:
    """Drop them."""
    op.drop_constraint("leases_hold", "campaign_leases")
    op.drop_index("decisions_to_forget", table_name="decisions")
    op.drop_index("decisions_of_person", table_name="decisions")
    op.create_index("decisions_of_person", "decisions", ["person_id"], postgresql_where=KNOWN)
