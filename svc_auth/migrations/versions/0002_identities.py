"""Identities at OpenID Connect providers, and accounts without a password."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and let an account be without a password."""
    op.create_table(
        "identities",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("identity_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("label", sa.String(length=254), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "identity_id", name="pk_identities"),
    )
    op.create_table(
        "identity_owners",
        sa.Column("identity_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("identity_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("identity_hash", name="pk_identity_owners"),
    )
    op.alter_column("users", "password_hash", existing_type=sa.String(length=255), nullable=True)


def downgrade() -> None:
    """Drop them; an account without a password gets a hash that no password has."""
    op.execute("UPDATE users SET password_hash = '!' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", existing_type=sa.String(length=255), nullable=False)
    op.drop_table("identity_owners")
    op.drop_table("identities")
