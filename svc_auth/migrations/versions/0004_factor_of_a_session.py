"""Whether a session was opened with a second factor, which an installation may demand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was opened before nobody knows."""
    op.add_column("sessions", sa.Column("with_factor", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("sessions", "with_factor")
