"""All tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from plumbing.migrate import create_plumbing_tables, drop_plumbing_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "audit_entries",
    "credentials",
    "factors",
    "mails",
    "name_words",
    "recovery_codes",
    "refresh_tokens",
    "revocations",
    "sessions",
    "used_tokens",
    "usernames",
    "users",
    "verified_emails",
)


def upgrade() -> None:
    """Make every table of svc_auth."""
    create_plumbing_tables(op)
    op.create_table(
        "audit_entries",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("audit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("actor_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "audit_id", name="pk_audit_entries"),
    )
    op.create_index("ix_audit_entries_audit_id", "audit_entries", ["audit_id"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("credential_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("factor_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("credential_hash", name="pk_credentials"),
    )
    op.create_table(
        "factors",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("factor_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("credential_id", sa.LargeBinary(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "factor_id", name="pk_factors"),
    )
    op.create_table(
        "mails",
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("mail_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("email_key", "mail_id", name="pk_mails"),
    )
    op.create_index("ix_mails_next_at", "mails", ["next_at"], unique=False)
    op.create_table(
        "name_words",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("word", sa.String(length=160), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "word", name="pk_name_words"),
    )
    op.create_index(
        "ix_name_words_word",
        "name_words",
        ["word"],
        unique=False,
        postgresql_ops={"word": "text_pattern_ops"},
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grace_uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "session_id", "token_hash", name="pk_refresh_tokens"),
    )
    op.create_index("ix_refresh_tokens_expires_at", "refresh_tokens", ["expires_at"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revocation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "revocation_id", name="pk_revocations"),
    )
    op.create_index("ix_revocations_revoked_at", "revocations", ["revoked_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("session_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("user_id", "session_id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"], unique=False)
    op.create_table(
        "used_tokens",
        sa.Column("token_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_used_tokens"),
    )
    op.create_index("ix_used_tokens_expires_at", "used_tokens", ["expires_at"], unique=False)
    op.create_table(
        "usernames",
        sa.Column("username_key", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("username_key", name="pk_usernames"),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.String(length=16)), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
    )
    op.create_table(
        "verified_emails",
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name="pk_verified_emails"),
    )
    op.create_index("ix_users_admins", "users", ["user_id"], postgresql_where=sa.text("'admin' = ANY (roles)"))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
    drop_plumbing_tables(op)
