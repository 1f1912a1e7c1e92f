"""Number what is told of public channels, and mark posts that are advertising.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, which takes no rewriting of the tables."""
    version = sa.Column("listing_version", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    op.add_column("channels", version)
    op.add_column("posts", sa.Column("ad", JSONB(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("posts", "ad")
    op.drop_column("channels", "listing_version")
