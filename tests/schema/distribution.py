"""By what each table would be spread over the nodes of a distributed PostgreSQL, with each exception's reason.

A table is spread by a column that leads every primary and unique key. Rows that one transaction writes together share
that column's value, save where this says otherwise.
"""

from __future__ import annotations

from typing import NamedTuple


class By(NamedTuple):
    """A table that is spread.

    Attributes:
        column: by which of its columns.
        what: whose ids these are, where the column's name does not say it.
    """

    column: str
    what: str = ""


class Exempt(NamedTuple):
    """A table that the rule does not hold for.

    Attributes:
        reason: why not, and where it would lie.
    """

    reason: str


CONVERSATION, CHANNEL, PERSON, CAMPAIGN = By("conversation_id"), By("channel_id"), By("user_id"), By("campaign_id")
EVERYWHERE = Exempt("a handful of rows, kept whole on every node")
LEDGER = Exempt(
    "the ledger is one: a transaction moves money between any two accounts, and a constraint of the database balances "
    "its rows. With all that is written beside it, it stays on one node of its own, with standbys (docs/scale.md)"
)
# Every service has these.
PLUMBING: dict[str, By | Exempt] = {
    "alembic_version": EVERYWHERE,
    "outbox": By("aggregate_id", "whatever the event is about: its rows are written beside those"),
    "inbox": Exempt(
        "its key begins with the consumer, of which there are few; it holds `event_id`, by which it would be spread, "
        "and is asked for whole keys alone"
    ),
    "idempotent_calls": By("person_id", "people"),
    "erasures": PERSON,
}


def _each(names: str, what: By | Exempt) -> dict[str, By | Exempt]:
    return dict.fromkeys(names.split(), what)


OWN: dict[str, dict[str, By | Exempt]] = {
    "auth": {
        **_each("audit_entries data_exports export_parts export_pieces factors identities name_words", PERSON),
        **_each("recovery_codes refresh_tokens revocations sessions users", PERSON),
        # Look-ups from what somebody shows to who they are: each by its own key, one row a key.
        "credentials": By("credential_hash", "passkeys"),
        "identity_owners": By("identity_hash", "identities elsewhere"),
        "mails": By("email_key", "addresses"),
        "used_tokens": By("token_id", "one-use tokens"),
        "usernames": By("username_key", "names"),
        "verified_emails": By("email_key", "addresses"),
    },
    "messaging": {
        "conversations": By("id", "conversations"),
        **_each("changes edits hidden_messages members message_search messages payment_messages", CONVERSATION),
        **_each("commands poll_votes polls reactions reports scheduled_messages unindexed_messages", CONVERSATION),
        "webhooks": CONVERSATION,
        **_each("access_removed blocks direct_pairs drafts", PERSON),
    },
    "subscriptions": {
        "channels": By("id", "channels"),
        **_each("channel_days channel_log channel_search comment_members deliveries fanout_jobs", CHANNEL),
        **_each("follower_counts invites join_requests observers post_reactions post_view_counts post_views", CHANNEL),
        **_each("posts scheduled_posts subscriptions", CHANNEL),
        **_each("channel_access_removed digests entitlements followings notifications", PERSON),
        **_each("preferences push_endpoints pushes", PERSON),
        "channel_handles": By("handle", "names of channels"),
        "invite_codes": By("code_hash", "codes of invitations"),
    },
    "media": {
        **_each("attachments media uploads variants", By("owner_id", "people")),
        **_each("holdings quotas", PERSON),
        "blobs": By("sha256", "files by their content"),
        "channel_pictures": CHANNEL,
    },
    "payments": {
        **_each("ledger_entries ledger_transactions balance_checkpoints payments payment_requests refunds", LEDGER),
        **_each("disputes duplicate_charges provider_calls provider_events reconciled_upto payouts", LEDGER),
        **_each("payout_accounts customers saved_cards plans paid_subscriptions channel_sales coupons", LEDGER),
        **_each("coupon_uses entitlement_marks erased_people", LEDGER),
    },
    "ads": {
        **_each("ad_reports billed_views campaign_leases campaign_versions campaigns carried_micros", CAMPAIGN),
        **_each("clicks creatives refused_counts served_counts settlements", CAMPAIGN),
        **_each("approvals channels decisions", CHANNEL),
        **_each("advertisers consent_changes hidden_campaigns preferences reviewers", PERSON),
        "chores": EVERYWHERE,
    },
}


def of(service: str) -> dict[str, By | Exempt]:
    """Returns every table of a service."""
    return OWN[service] | PLUMBING
