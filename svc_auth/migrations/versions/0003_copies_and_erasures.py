"""Copies of people's data, and accounts that are to be erased or were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID, TIME = sa.Uuid(as_uuid=False), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "data_exports",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("export_id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("section", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.String(length=400), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", TIME, nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("ready_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "export_id", name="pk_data_exports"),
    )
    op.create_index(
        "ix_data_exports_waiting", "data_exports", ["next_at"], postgresql_where=sa.text("state = 'waiting'")
    )
    for table in ("export_parts", "export_pieces"):
        op.create_table(
            table,
            sa.Column("user_id", ID, nullable=False),
            sa.Column("export_id", ID, nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            *([sa.Column("section", sa.Integer(), nullable=False)] if table == "export_parts" else []),
            sa.Column("body", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("user_id", "export_id", "number", name=f"pk_{table}"),
        )
    op.create_table(
        "erasures",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("messages", sa.String(length=8), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("erased_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_erasures"),
    )
    op.create_index("ix_erasures_due", "erasures", ["due_at"], postgresql_where=sa.text("erased_at IS NULL"))
    op.create_table(
        "idempotent_calls",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.Column("called_at", TIME, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("person_id", "key"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("idempotent_calls", "erasures", "export_pieces", "export_parts", "data_exports"):
        op.drop_table(table)
