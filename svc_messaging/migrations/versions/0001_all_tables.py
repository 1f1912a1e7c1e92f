"""Create every table of svc_messaging.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from plumbing.migrate import (
    create_plumbing_tables,
    create_search_configurations,
    drop_plumbing_tables,
    drop_search_configurations,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Uuid(as_uuid=False)
TIME = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB()
TABLES = [
    "access_removed",
    "blocks",
    "changes",
    "conversations",
    "direct_pairs",
    "drafts",
    "edits",
    "hidden_messages",
    "members",
    "message_search",
    "messages",
    "poll_votes",
    "polls",
    "reactions",
    "reports",
    "scheduled_messages",
]


def upgrade() -> None:
    """Create the tables, their indexes and the search configurations."""
    create_plumbing_tables(op)
    create_search_configurations(op)
    op.create_table(
        "access_removed",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("removed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "conversation_id", "removed_at"),
    )
    op.create_index("access_removed_by_time", "access_removed", ["removed_at"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("blocked_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "blocked_id"),
    )
    op.create_table(
        "changes",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "ver"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("ver", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("slow_mode_s", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("member_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_message_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "direct_pairs",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("peer_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "peer_id"),
    )
    op.create_table(
        "drafts",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entities", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("reply_to", ID, nullable=True),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "conversation_id"),
    )
    op.create_table(
        "edits",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("edit_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entities", JSONB, nullable=False),
        sa.Column("replaced_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "message_id", "edit_id"),
    )
    op.create_table(
        "hidden_messages",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "user_id", "message_id"),
    )
    op.create_table(
        "members",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'member'"), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        sa.Column("joined_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("private_read_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("marked_unread", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("muted_until", TIME, nullable=True),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("last_sent_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "user_id"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("members_of_user", "members", ["user_id", "conversation_id"], unique=False)
    op.create_table(
        "message_search",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("tsv", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "message_id"),
    )
    op.create_index("message_search_words", "message_search", ["tsv"], unique=False, postgresql_using="gin")
    op.create_table(
        "messages",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("ver", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'text'"), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("client_msg_id", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("entities", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("media_ids", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("reply_to", ID, nullable=True),
        sa.Column("thread_root", ID, nullable=True),
        sa.Column("reply_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("forwarded_from", JSONB, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("pinned_at", TIME, nullable=True),
        sa.Column("pinned_by", ID, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "seq"),
        sa.UniqueConstraint("conversation_id", "author_id", "client_msg_id", name="messages_once"),
        sa.UniqueConstraint("conversation_id", "id", name="messages_id"),
        sa.UniqueConstraint("conversation_id", "ver", name="messages_ver"),
    )
    op.create_index("messages_by_id", "messages", ["id"], unique=False)
    op.create_index(
        "messages_expiring",
        "messages",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_index(
        "messages_of_thread",
        "messages",
        ["conversation_id", "thread_root", "seq"],
        unique=False,
        postgresql_where=sa.text("thread_root IS NOT NULL"),
    )
    op.create_index(
        "messages_pinned",
        "messages",
        ["conversation_id", "pinned_at"],
        unique=False,
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
    op.create_index(
        "messages_uncounted",
        "messages",
        ["conversation_id", "seq", "author_id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL OR kind = 'system'"),
    )
    op.create_table(
        "poll_votes",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("option_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "message_id", "user_id", "option_id"),
    )
    op.create_table(
        "polls",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("multiple", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("anonymous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("closes_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "message_id"),
    )
    op.create_index(
        "polls_closing",
        "polls",
        ["closes_at"],
        unique=False,
        postgresql_where=sa.text("closes_at IS NOT NULL AND closed_at IS NULL"),
    )
    op.create_table(
        "reactions",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "message_id", "user_id", "emoji"),
    )
    op.create_table(
        "reports",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("reporter_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("resolved_by", ID, nullable=True),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", "id"),
    )
    op.create_index("reports_by_id", "reports", ["id"], unique=False)
    op.create_index("reports_by_state", "reports", ["state", "id"], unique=False)
    op.create_table(
        "scheduled_messages",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("client_msg_id", sa.Text(), nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("send_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "id"),
        sa.UniqueConstraint("conversation_id", "author_id", "client_msg_id", name="scheduled_messages_once"),
    )
    op.create_index("scheduled_messages_by_id", "scheduled_messages", ["id"], unique=False)
    op.create_index("scheduled_messages_due", "scheduled_messages", ["send_at"], unique=False)
    op.create_index("scheduled_messages_of_author", "scheduled_messages", ["author_id", "send_at"], unique=False)


def downgrade() -> None:
    """Drop everything that `upgrade` created."""
    for table in TABLES:
        op.drop_table(table)
    drop_search_configurations(op)
    drop_plumbing_tables(op)
