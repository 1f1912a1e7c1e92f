"""Payments, requests, refunds, disputes, and the talk with the provider.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "customers",
    "disputes",
    "payment_requests",
    "payments",
    "provider_calls",
    "provider_events",
    "reconciled_upto",
    "refunds",
    "saved_cards",
)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "customers",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("default_method_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "disputes",
        sa.Column("payment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payee_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_back", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("payment_id", "id"),
    )
    op.create_index(
        "disputes_by_payee",
        "disputes",
        ["payee_id", "id"],
        unique=False,
        postgresql_where=sa.text("payee_id IS NOT NULL"),
    )
    op.create_index("disputes_by_payer", "disputes", ["payer_id", "id"], unique=False)
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("conversation_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("requester_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("payment_requests_by_payer", "payment_requests", ["payer_id", "id"], unique=False)
    op.create_index("payment_requests_by_requester", "payment_requests", ["requester_id", "id"], unique=False)
    op.create_index(
        "payment_requests_due",
        "payment_requests",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("payer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("payee_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("channel_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("plan_id", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("subscription_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("access_kind", sa.Text(), nullable=True),
        sa.Column("access_id", sa.Text(), nullable=True),
        sa.Column("access_days", sa.BigInteger(), nullable=True),
        sa.Column("access_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_path", sa.Text(), nullable=False),
        sa.Column("present", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("attempt", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("charge_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("method_id", sa.Text(), nullable=True),
        sa.Column("action_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("refunded", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index(
        "payments_by_conversation",
        "payments",
        ["conversation_id", "id"],
        unique=False,
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "payments_by_intent", "payments", ["intent_id"], unique=False, postgresql_where=sa.text("intent_id IS NOT NULL")
    )
    op.create_index(
        "payments_by_payee",
        "payments",
        ["payee_id", "id"],
        unique=False,
        postgresql_where=sa.text("payee_id IS NOT NULL"),
    )
    op.create_index("payments_by_payer", "payments", ["payer_id", "id"], unique=False)
    op.create_index(
        "payments_of_subscription",
        "payments",
        ["subscription_id", "id"],
        unique=False,
        postgresql_where=sa.text("subscription_id IS NOT NULL"),
    )
    op.create_index(
        "payments_one_for_a_post",
        "payments",
        ["payer_id", "post_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'post' AND status IN ('created', 'requires_action', 'processing')"),
    )
    op.create_index(
        "payments_one_for_a_request",
        "payments",
        ["request_id"],
        unique=True,
        postgresql_where=sa.text("request_id IS NOT NULL AND status IN ('created', 'requires_action', 'processing')"),
    )
    op.create_index(
        "payments_open",
        "payments",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'requires_action', 'processing')"),
    )
    op.create_index(
        "payments_open_by_payer",
        "payments",
        ["payer_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('created', 'requires_action', 'processing')"),
    )
    op.create_table(
        "provider_calls",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_up", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("provider_calls_by_subject", "provider_calls", ["subject_id"], unique=False)
    op.create_index(
        "provider_calls_due",
        "provider_calls",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("given_up IS NULL"),
    )
    op.create_table(
        "provider_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("metadata", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("parked", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("provider_events_age", "provider_events", ["received_at"], unique=False, postgresql_using="brin")
    op.create_index(
        "provider_events_due",
        "provider_events",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("applied_at IS NULL AND parked IS NULL"),
    )
    op.create_index(
        "provider_events_parked",
        "provider_events",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("parked IS NOT NULL"),
    )
    op.create_table(
        "reconciled_upto",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("upto", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind"),
    )
    op.create_table(
        "refunds",
        sa.Column("payment_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_back", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("ends_access", sa.Boolean(), nullable=False),
        sa.Column("requested_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", "id"),
    )
    op.create_index(
        "refunds_by_provider_id",
        "refunds",
        ["payment_id", "provider_id"],
        unique=True,
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    )
    op.create_table(
        "saved_cards",
        sa.Column("user_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("exp_month", sa.BigInteger(), nullable=False),
        sa.Column("exp_year", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
