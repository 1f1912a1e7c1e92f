"""Create every table of svc_media.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql

from plumbing.migrate import create_plumbing_tables, drop_plumbing_tables
from plumbing.tables import idempotent_calls_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB()
TABLES = [
    "attachments",
    "blobs",
    "holdings",
    "idempotent_calls",
    "media",
    "quotas",
    "uploads",
    "variants",
]


def upgrade() -> None:
    """Create the tables and their indexes."""
    create_plumbing_tables(op)
    idempotent_calls_table(MetaData()).create(op.get_bind())
    op.create_table(
        "attachments",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("carrier_id", ID, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("attached_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "media_id", "carrier", "carrier_id"),
    )
    op.create_index("attachments_by_carrier", "attachments", ["carrier_id"], unique=False)
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("holders", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("touched_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index("blobs_unheld", "blobs", ["touched_at"], unique=False, postgresql_where=sa.text("holders = 0"))
    op.create_table(
        "holdings",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "sha256"),
    )
    op.create_table(
        "media",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("ver", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("declared_mime", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("mime", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("thumbhash", sa.Text(), nullable=True),
        sa.Column("waveform", JSONB, nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=True),
        sa.Column("progress", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("abandoned_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "id"),
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "media_abandoned", "media", ["abandoned_at"], unique=False, postgresql_where=sa.text("abandoned_at IS NOT NULL")
    )
    op.create_index("media_by_id", "media", ["id"], unique=False)
    op.create_index("media_failed", "media", ["changed_at"], unique=False, postgresql_where=sa.text("state = 'failed'"))
    op.create_index(
        "media_waiting",
        "media",
        ["changed_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'processing')"),
    )
    op.create_table(
        "quotas",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("limit_bytes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "uploads",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=True),
        sa.Column("offset", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("partial", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("parts", JSONB, nullable=True),
        sa.Column("metadata", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("stored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("uploads_by_id", "uploads", ["id"], unique=False)
    op.create_index("uploads_expire", "uploads", ["expires_at"], unique=False)
    op.create_table(
        "variants",
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("media_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "media_id", "name"),
    )


def downgrade() -> None:
    """Drop everything that `upgrade` created."""
    for table in TABLES:
        op.drop_table(table)
    drop_plumbing_tables(op)
