"""Remember calls that came with an Idempotency-Key.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import MetaData

from plumbing.tables import idempotent_calls_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    idempotent_calls_table(MetaData()).create(op.get_bind())


def downgrade() -> None:
    op.drop_table("idempotent_calls")
