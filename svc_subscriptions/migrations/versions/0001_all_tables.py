"""Create every table of svc_subscriptions.

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
    "channel_access_removed",
    "channel_days",
    "channel_handles",
    "channel_log",
    "channel_search",
    "channels",
    "comment_members",
    "deliveries",
    "digests",
    "fanout_jobs",
    "follower_counts",
    "followings",
    "invite_codes",
    "invites",
    "join_requests",
    "notifications",
    "observers",
    "post_reactions",
    "post_view_counts",
    "post_views",
    "posts",
    "preferences",
    "push_endpoints",
    "pushes",
    "scheduled_posts",
    "subscriptions",
]


def upgrade() -> None:
    """Create the tables, their indexes and the search configurations."""
    create_plumbing_tables(op)
    create_search_configurations(op)
    op.create_table(
        "channel_access_removed",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("removed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "channel_id", "removed_at"),
    )
    op.create_index("channel_access_removed_by_time", "channel_access_removed", ["removed_at"], unique=False)
    op.create_table(
        "channel_days",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("joined", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("left", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("posts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reach", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reads", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "day", "shard"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "channel_handles",
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("channel_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("handle"),
    )
    op.create_table(
        "channel_log",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "seq"),
    )
    op.create_table(
        "channel_search",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("topics", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("followers", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tsv", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id"),
    )
    op.create_index(
        "channel_search_handles",
        "channel_search",
        ["handle"],
        unique=False,
        postgresql_ops={"handle": "text_pattern_ops"},
    )
    op.create_index("channel_search_popular", "channel_search", ["followers", "channel_id"], unique=False)
    op.create_index("channel_search_words", "channel_search", ["tsv"], unique=False, postgresql_using="gin")
    op.create_table(
        "channels",
        sa.Column("id", ID, nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("topics", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("picture", ID, nullable=True),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("post_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index(
        "channels_deleted", "channels", ["deleted_at"], unique=False, postgresql_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_table(
        "comment_members",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "user_id", "conversation_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("observer_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "observer_id", "id"),
    )
    op.create_table(
        "digests",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("last_sent_at", TIME, nullable=True),
        sa.Column("next_at", TIME, nullable=True),
        sa.Column("after_id", ID, nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_index("digests_due", "digests", ["next_at"], unique=False)
    op.create_table(
        "fanout_jobs",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("after_user", ID, nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "seq"),
    )
    op.create_index(
        "fanout_jobs_open",
        "fanout_jobs",
        ["claimed_until", "created_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "follower_counts",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("followers", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "shard"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "followings",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("followed", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "invite_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("invite_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "invites",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("channel_id", "id"),
    )
    op.create_table(
        "join_requests",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("invite_id", ID, nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "user_id"),
    )
    op.create_table(
        "notifications",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("collapse_key", sa.Text(), nullable=True),
        sa.Column("channel_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("post_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("count", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("preview", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("why", JSONB, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id", "id"),
        sa.UniqueConstraint("user_id", "source_key", name="notifications_once"),
    )
    op.create_index(
        "notifications_collapsing",
        "notifications",
        ["user_id", "collapse_key"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL AND collapse_key IS NOT NULL"),
    )
    op.create_index(
        "notifications_unread",
        "notifications",
        ["user_id", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "observers",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("secret_enc", sa.LargeBinary(), nullable=True),
        sa.Column("events", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("cursor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'active'"), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("next_attempt_at", TIME, nullable=True),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "id"),
    )
    op.create_index(
        "observers_due",
        "observers",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('active', 'failing')"),
    )
    op.create_table(
        "post_reactions",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "post_id", "user_id", "emoji"),
    )
    op.create_table(
        "post_view_counts",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("views", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "post_id", "shard"),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "post_views",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("post_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "post_id", "user_id"),
    )
    op.create_table(
        "posts",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("post_number", sa.BigInteger(), nullable=False),
        sa.Column("client_post_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("text", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("entities", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("media_ids", JSONB, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("silent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("comments", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("comments_conversation_id", ID, nullable=True),
        sa.Column("pinned_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("channel_id", "seq"),
        sa.UniqueConstraint("channel_id", "author_id", "client_post_id", name="posts_once"),
        sa.UniqueConstraint("channel_id", "id", name="posts_id"),
    )
    op.create_index("posts_by_id", "posts", ["id"], unique=False)
    op.create_index(
        "posts_deleted",
        "posts",
        ["channel_id", "post_number"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("posts_of_author", "posts", ["channel_id", "author_id", "post_number"], unique=False)
    op.create_index(
        "posts_pinned",
        "posts",
        ["channel_id", "pinned_at"],
        unique=False,
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
    op.create_index(
        "posts_without_comments",
        "posts",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("comments AND comments_conversation_id IS NULL AND deleted_at IS NULL"),
    )
    op.create_table(
        "preferences",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'UTC'"), nullable=False),
        sa.Column("quiet_from", sa.Text(), nullable=True),
        sa.Column("quiet_to", sa.Text(), nullable=True),
        sa.Column("push", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("email_digest", sa.Text(), server_default=sa.text("'off'"), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("mentions", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("replies", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "push_endpoints",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("endpoint_hash", sa.LargeBinary(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("quiet", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_success_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id", "id"),
        sa.UniqueConstraint("user_id", "endpoint_hash", name="push_endpoints_once"),
    )
    op.create_table(
        "pushes",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("notification_id", ID, nullable=False),
        sa.Column("endpoint_id", ID, nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", TIME, nullable=False),
        sa.Column("claimed_until", TIME, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("user_id", "id"),
        sa.UniqueConstraint("user_id", "notification_id", "endpoint_id", name="pushes_once"),
    )
    op.create_index(
        "pushes_due", "pushes", ["next_attempt_at"], unique=False, postgresql_where=sa.text("state = 'waiting'")
    )
    op.create_table(
        "scheduled_posts",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("client_post_id", sa.Text(), nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("publish_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "id"),
        sa.UniqueConstraint("channel_id", "author_id", "client_post_id", name="scheduled_posts_once"),
    )
    op.create_index("scheduled_posts_by_id", "scheduled_posts", ["id"], unique=False)
    op.create_index("scheduled_posts_due", "scheduled_posts", ["publish_at"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("level", sa.Text(), server_default=sa.text("'all'"), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'follower'"), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("since_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_posts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("read_day", sa.Date(), nullable=True),
        sa.Column("push", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("muted_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("channel_id", "user_id"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_index("subscriptions_of_user", "subscriptions", ["user_id", "channel_id"], unique=False)
    op.create_index(
        "subscriptions_team",
        "subscriptions",
        ["channel_id", "role", "user_id"],
        unique=False,
        postgresql_where=sa.text("role <> 'follower'"),
    )
    op.create_index(
        "subscriptions_walked",
        "subscriptions",
        ["channel_id", "user_id"],
        unique=False,
        postgresql_where=sa.text("push AND level = 'all'"),
    )


def downgrade() -> None:
    """Drop everything that `upgrade` created."""
    for table in TABLES:
        op.drop_table(table)
    drop_search_configurations(op)
    drop_plumbing_tables(op)
