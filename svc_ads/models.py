"""The tables of svc_ads. The campaign, the channel or the person leads every key; no serials, no foreign keys.

No row holds a word that somebody wrote to somebody, whom somebody knows, or which channels somebody follows
(docs/ads.md, "What it may know").
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Index,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import COLUMN_TYPES, add_plumbing_tables, idempotent_calls_table

Json = dict[str, Any]
ZERO = text("0")
FALSE = text("false")
EMPTY = text("''")
NO_WORDS = text("'{}'")


class Base(DeclarativeBase):
    """Base of svc_ads's tables. Ids are UUID strings; times are aware and in UTC; money says its unit in its name."""

    type_annotation_map = COLUMN_TYPES | {list[str]: ARRAY(Text())}


Id = Uuid(as_uuid=False)


class Advertiser(Base):
    """Somebody who pays for campaigns."""

    __tablename__ = "advertisers"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    website: Mapped[str | None]
    channel_id: Mapped[str | None] = mapped_column(Id)
    suspended: Mapped[bool] = mapped_column(server_default=FALSE)
    created_at: Mapped[datetime]


class Campaign(Base):
    """A campaign with its terms, and what of it is over.

    Attributes:
        budget: Minor units, set aside in the ledger while it is `active`, `paused` or `ending`.
        closed_micros: What views cost under leases that are over; with the open leases' `granted_micros` it
            never passes the budget.
        version: Grows with every change that servers must know.
        funded: Whether its budget is set aside in the ledger.
        asked_budget: What the ledger was asked to set aside in all. While a campaign is `funding`, or this is more
            than the budget of one that runs, an answer of the ledger is still to be asked for.
        begun: Whether it was published after its beginning: only then its followers are told.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        Index("campaigns_of_advertiser", "advertiser_id", "campaign_id"),
        Index("campaigns_by_status", "status", "ends_at"),
    )

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    advertiser_id: Mapped[str] = mapped_column(Id)
    title: Mapped[str]
    status: Mapped[str]
    category: Mapped[str]
    currency: Mapped[str]
    budget: Mapped[int]
    bid_cpm: Mapped[int]
    pacing: Mapped[str]
    frequency_cap: Mapped[int] = mapped_column(SmallInteger())
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    languages: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    regions: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    channel_topics: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    interests: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    announce: Mapped[bool] = mapped_column(server_default=FALSE)
    announced_post_id: Mapped[str | None] = mapped_column(Id)
    funded: Mapped[bool] = mapped_column(server_default=FALSE)
    asked_budget: Mapped[int] = mapped_column(server_default=ZERO)
    begun: Mapped[bool] = mapped_column(server_default=FALSE)
    closed_micros: Mapped[int] = mapped_column(server_default=ZERO)
    version: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CampaignVersion(Base):
    """The terms under which a campaign took part in auctions from `at` on: what a day is verified against."""

    __tablename__ = "campaign_versions"

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    terms: Mapped[Json]
    at: Mapped[datetime]


class Creative(Base):
    """What is shown for a campaign.

    Attributes:
        created_at: When it was written as it is: its place in the queue of reviews.
        changes: How often it was changed.
    """

    __tablename__ = "creatives"
    __table_args__ = (Index("creatives_to_review", "created_at", postgresql_where=text("review = 'pending'")),)

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    creative_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    url: Mapped[str]
    media_id: Mapped[str | None] = mapped_column(Id)
    review: Mapped[str]
    review_note: Mapped[str | None]
    reviewer_id: Mapped[str | None] = mapped_column(Id)
    reviewed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changes: Mapped[int] = mapped_column(server_default=ZERO)


class Lease(Base):
    """A slice of a campaign's budget that one server may spend until `expires_at`."""

    __tablename__ = "campaign_leases"
    __table_args__ = (
        Index("leases_open", "expires_at", postgresql_where=text("closed_at IS NULL")),
        CheckConstraint("spent_micros <= granted_micros", name="leases_hold"),
    )

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    lease_id: Mapped[str] = mapped_column(Id, primary_key=True)
    server: Mapped[str]
    granted_micros: Mapped[int]
    spent_micros: Mapped[int] = mapped_column(server_default=ZERO)
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Decision(Base):
    """An auction with all that it looked at. `person_id` is gone after 30 days, or at once by the person's wish."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("decisions_by_time", "at", postgresql_using="brin"),
        Index("decisions_of_person", "person_id", "at", postgresql_where=text("person_id IS NOT NULL")),
        Index("decisions_to_forget", "at", postgresql_where=text("person_id IS NOT NULL")),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_id: Mapped[str] = mapped_column(Id, primary_key=True)
    person_id: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime]
    inputs: Mapped[Json]
    campaign_id: Mapped[str | None] = mapped_column(Id)
    creative_id: Mapped[str | None] = mapped_column(Id)
    price_micros: Mapped[int] = mapped_column(server_default=ZERO)
    lease_id: Mapped[str | None] = mapped_column(Id)


class BilledView(Base):
    """A view that was paid for. The decision is its key, so it is billed once."""

    __tablename__ = "billed_views"
    __table_args__ = (
        Index("views_to_settle", "campaign_id", "channel_id", postgresql_where=text("settlement_id IS NULL")),
        Index("views_of_person", "person_id", "at", postgresql_where=text("person_id IS NOT NULL")),
        Index("views_of_channel", "channel_id", "at"),
    )

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_id: Mapped[str] = mapped_column(Id, primary_key=True)
    lease_id: Mapped[str] = mapped_column(Id)
    channel_id: Mapped[str] = mapped_column(Id)
    owner_id: Mapped[str] = mapped_column(Id)
    person_id: Mapped[str | None] = mapped_column(Id)
    price_micros: Mapped[int]
    at: Mapped[datetime]
    settlement_id: Mapped[str | None] = mapped_column(Id)


class Click(Base):
    """A click that counts: at most one for a decision."""

    __tablename__ = "clicks"
    __table_args__ = (
        Index("clicks_of_channel", "channel_id", "at"),
        Index("clicks_of_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
    )

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    person_id: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime]


class RefusedCount(Base):
    """How many views and clicks of a campaign counted for nothing in a UTC day, and why."""

    __tablename__ = "refused_counts"

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    why: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default=ZERO)


class ServedCount(Base):
    """How often a campaign won in a UTC day."""

    __tablename__ = "served_counts"

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(server_default=ZERO)


class Settlement(Base):
    """Whole minor units of a campaign's views in one channel that the ledger was told of."""

    __tablename__ = "settlements"
    __table_args__ = (Index("settlements_of_channel", "channel_id", "at"),)

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    settlement_id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    owner_id: Mapped[str] = mapped_column(Id)
    amount: Mapped[int]
    views: Mapped[int]
    at: Mapped[datetime]


class Carried(Base):
    """Micros of a campaign in a channel that were billed and do not make a whole unit yet."""

    __tablename__ = "carried_micros"

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    micros: Mapped[int] = mapped_column(server_default=ZERO)


class Channel(Base):
    """What everybody may know of a public channel, and its owner's say about ads in it."""

    __tablename__ = "channels"
    __table_args__ = (Index("channels_of_owner", "owner_id"),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int]
    listed: Mapped[bool]
    owner_id: Mapped[str] = mapped_column(Id)
    topics: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    language: Mapped[str]
    enabled: Mapped[bool] = mapped_column(server_default=FALSE)
    approve_first: Mapped[bool] = mapped_column(server_default=FALSE)
    blocked_categories: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    blocked_advertisers: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    settings_version: Mapped[int] = mapped_column(server_default=ZERO)


class Approval(Base):
    """A campaign that would be shown in a channel whose owner approves first."""

    __tablename__ = "approvals"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    status: Mapped[str]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class Preference(Base):
    """What a person decided about ads. No row: they were never asked.

    Attributes:
        followed_topics: Topics of public channels that the person follows; only with consent `personal`.
        looked_up_at: When they were asked of svc_subscriptions last.
        ad_free_version: Of the newest `entitlement_changed` heard.
    """

    __tablename__ = "preferences"
    __table_args__ = (
        Index(
            "preferences_to_look_up", text("looked_up_at NULLS FIRST"), postgresql_where=text("consent = 'personal'")
        ),
    )

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    consent: Mapped[str]
    region: Mapped[str | None]
    interests: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    removed_topics: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    followed_topics: Mapped[list[str]] = mapped_column(server_default=NO_WORDS)
    looked_up_at: Mapped[datetime | None]
    ad_free: Mapped[bool] = mapped_column(server_default=FALSE)
    ad_free_until: Mapped[datetime | None]
    ad_free_version: Mapped[int] = mapped_column(server_default=ZERO)
    changed_at: Mapped[datetime]


class ConsentChange(Base):
    """When a person said what about being known: what proves that they were asked."""

    __tablename__ = "consent_changes"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    consent: Mapped[str]


class HiddenCampaign(Base):
    """A campaign that a person does not want to see again."""

    __tablename__ = "hidden_campaigns"
    __table_args__ = (Index("hidden_by_campaign", "campaign_id", "at"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]


class AdReport(Base):
    """What a person says is wrong with an ad."""

    __tablename__ = "ad_reports"
    __table_args__ = (
        Index("ad_reports_by_time", "at", "decision_id"),
        Index("ad_reports_of_person", "person_id"),
    )

    campaign_id: Mapped[str] = mapped_column(Id, primary_key=True)
    decision_id: Mapped[str] = mapped_column(Id, primary_key=True)
    creative_id: Mapped[str] = mapped_column(Id)
    person_id: Mapped[str | None] = mapped_column(Id)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=EMPTY)
    at: Mapped[datetime]


class Reviewer(Base):
    """A moderator who looks at creatives until then, and so may see the media of those that wait."""

    __tablename__ = "reviewers"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    until: Mapped[datetime]


class Chore(Base):
    """How far a walk through everything has come that is made again from time to time.

    Attributes:
        place: Where the walk under way goes on; None between two walks.
        done_at: When the last walk came to its end.
    """

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str | None]
    done_at: Mapped[datetime | None]


class Erasure(Base):
    """Somebody whose account is gone, and whose traces are still to be removed."""

    __tablename__ = "erasures"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    begun_at: Mapped[datetime]


Outbox, Inbox = add_plumbing_tables(Base)
IdempotentCall = idempotent_calls_table(Base.metadata)
