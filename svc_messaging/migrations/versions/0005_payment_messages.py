"""Let messages show payments and requests for money.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Add the column, which takes no rewriting of the table, and create the table."""
    op.add_column("messages", sa.Column("payment", JSONB, nullable=True))
    op.create_table(
        "payment_messages",
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "subject_id"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payment_messages")
    op.drop_column("messages", "payment")
