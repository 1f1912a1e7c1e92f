"""What svc_ads offers: campaigns, the choice of ads, what people may say about them, and what it earns owners.

Budgets and bids are integers of the minor units of the installation's one advertising currency. A single view costs
less than a minor unit, so prices are **micros**: millionths of a minor unit (docs/ads.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NotRequired, Protocol, TypedDict

from contracts.base import Conflict, Event, Forbidden, Invalid, NotFound, Page

#: funding: its budget is being set aside; ending: what is left of it is on its way back.
CampaignStatus = Literal["draft", "funding", "active", "paused", "ending", "ended"]
Pacing = Literal["even", "fast"]
ReviewStatus = Literal["pending", "approved", "rejected"]
CreativeKind = Literal["text", "picture", "video"]
#: unasked and contextual: the channel and the language alone; personal: also region and interests.
Consent = Literal["unasked", "contextual", "personal"]
RuleName = Literal["language", "region", "channel_topic", "interest"]
ApprovalStatus = Literal["pending", "approved", "refused"]
ReportReason = Literal["misleading", "offensive", "scam", "illegal", "too_often", "other"]
#: Why a view or a click counts for nothing.
Refusal = Literal[
    "forged", "expired", "not_yours", "own_ad", "own_channel", "too_soon", "repeated", "too_many", "lease_over"
]

#: What campaigns are about; owners block by it.
CATEGORIES = (
    "arts", "business", "education", "events", "fashion", "finance", "food", "games", "health", "home",
    "jobs", "music", "news", "nonprofit", "politics", "science", "shopping", "sports", "technology", "travel",
)  # fmt: skip
MICROS = 1_000_000
MAX_CAMPAIGNS = 500
MAX_CREATIVES = 20
MAX_TARGETS = 50  # values of one rule
MIN_BID_CPM = 10
MAX_BID_CPM = 100_000
MIN_BUDGET = 500
MAX_BUDGET = 99_999_999
MAX_FREQUENCY = 20
MAX_TITLE = 60
MAX_BODY = 300
MAX_INTERESTS = 100


class TargetingView(TypedDict):
    """Whom a campaign wants to reach. Each rule that is not empty must match by one of its values.

    `languages` ISO 639-1 codes of the person's interface; `regions` ISO 3166-1 alpha-2 codes that people gave;
    `channel_topics` of the channel; `interests` of people who consented.
    """

    languages: list[str]
    regions: list[str]
    channel_topics: list[str]
    interests: list[str]


class AdvertiserView(TypedDict):
    """Whoever pays for campaigns; its `name` stands on every ad. `channel_id` is the brand's own channel."""

    user_id: str
    name: str
    website: str | None
    channel_id: str | None
    suspended: bool
    created_at: str


class CreativeView(TypedDict):
    """What is shown. Only what a moderator approved runs; a change asks for another review."""

    id: str
    campaign_id: str
    kind: CreativeKind
    title: str
    body: str
    url: str
    media_id: str | None
    review: ReviewStatus
    review_note: str | None
    reviewed_at: str | None
    created_at: str
    advertiser: NotRequired[str]  # its name, in the queue of reviews


class CampaignView(TypedDict):
    """A campaign, for its advertiser. `spent` and `reserved` are minor units, rounded up."""

    id: str
    title: str
    status: CampaignStatus
    category: str
    currency: str
    budget: int
    bid_cpm: int
    pacing: Pacing
    frequency_cap: int
    starts_at: str
    ends_at: str
    targeting: TargetingView
    announce: bool
    version: int
    spent: int
    reserved: int
    views: int
    clicks: int
    creatives: list[CreativeView]
    problem: str | None  # why it is active and yet not shown: `no_creative`, `not_begun`, `spent`, `suspended`
    created_at: str


class CampaignDayView(TypedDict):
    """What a campaign did in a UTC day. `refused` are views and clicks that cost nothing."""

    date: str
    served: int
    views: int
    clicks: int
    refused: int
    spent_micros: int


class CampaignChannelView(TypedDict):
    """What a campaign did in one channel."""

    channel_id: str
    views: int
    clicks: int
    spent_micros: int


class CampaignReportView(TypedDict):
    campaign_id: str
    currency: str
    days: list[CampaignDayView]  # each day of the span
    channels: list[CampaignChannelView]  # at most 100, by views
    refusals: dict[str, int]
    hidden: int
    reported: int


class RuleMatch(TypedDict):
    """A rule of the campaign, and by which value it holds here."""

    rule: RuleName
    value: str


class AdView(TypedDict):
    """An ad for one person in one channel. `ticket` is what `viewed` and the others want back."""

    id: str
    ticket: str
    channel_id: str
    advertiser: str
    advertiser_channel_id: str | None
    kind: CreativeKind
    title: str
    body: str
    url: str
    media_id: str | None
    why: list[RuleMatch]  # empty: shown to everybody
    after_posts: int  # how many posts come between two ads
    expires_at: str


class WhyView(TypedDict):
    """Why somebody got an ad: everything that was looked at."""

    advertiser: str
    category: str
    matched: list[RuleMatch]
    consent: Consent
    used: list[str]  # the facts of the person and the channel that were at hand, as `language:es`
    price_micros: int
    currency: str
    owner_share_percent: int


class CountedView(TypedDict):
    """Whether a view or a click counts; `refused` says why not."""

    counted: bool
    refused: Refusal | None


class AdPreferencesView(TypedDict):
    """What a person decided about ads, and everything that is used for it."""

    consent: Consent
    asked: bool
    region: str | None
    interests: list[str]  # those that the person chose
    followed_topics: list[str]  # of public channels; only with consent
    removed_topics: list[str]  # that shall not count, although a followed channel has them
    hidden: list[dict[str, str]]  # {campaign_id, advertiser, at}
    ad_free_until: str | None
    ad_free: bool


class AdReportView(TypedDict):
    """What somebody says is wrong with an ad; whom it came from is not told."""

    campaign_id: str
    decision_id: str
    advertiser_id: str
    advertiser: str
    suspended: bool  # the advertiser
    creative: CreativeView
    reason: ReportReason
    note: str
    at: str


class AdvertiserName(TypedDict):
    """An advertiser as everybody knows them."""

    id: str
    name: str


class ChannelAdsView(TypedDict):
    """An owner's say about ads in a channel."""

    channel_id: str
    enabled: bool
    approve_first: bool
    blocked_categories: list[str]
    blocked_advertisers: list[str]
    blocked: list[AdvertiserName]  # those of blocked_advertisers who still are advertisers
    possible: bool  # false for channels that are not public


class ApprovalView(TypedDict):
    """A campaign that would like to be shown in a channel whose owners approve first."""

    channel_id: str
    campaign_id: str
    status: ApprovalStatus
    advertiser_id: str
    advertiser: str
    category: str
    creatives: list[CreativeView]
    asked_at: str
    decided_at: str | None


class ChannelAdDayView(TypedDict):
    """What ads did in a channel in a UTC day."""

    date: str
    views: int
    clicks: int
    earned_micros: int


class ChannelAdStatsView(TypedDict):
    """What ads did in a channel; `earned_micros` is the owner's half, before whole units are paid out."""

    channel_id: str
    currency: str
    days: list[ChannelAdDayView]  # each day of the span
    views: int
    clicks: int
    earned_micros: int
    paid_out: int  # whole minor units, by the ledger


@dataclass(frozen=True, kw_only=True)
class _CampaignEvent(Event):
    source: ClassVar[str] = "ads"
    campaign_id: str
    version: int

    def aggregate(self) -> tuple[str, int]:
        """Events of a campaign keep their order."""
        return self.campaign_id, self.version


@dataclass(frozen=True, kw_only=True)
class CampaignPublished(_CampaignEvent):
    """A campaign runs, or runs with other terms: servers take it into their index.

    `channel_id` is the brand's channel, whose followers are told where the advertiser wishes it (`announce`).
    """

    name: ClassVar[str] = "campaign_published"
    advertiser_id: str
    title: str
    body: str
    url: str
    channel_id: str | None = None
    announce: bool = False


@dataclass(frozen=True, kw_only=True)
class CampaignStopped(_CampaignEvent):
    """A campaign is paused, over or spent: servers drop it at once."""

    name: ClassVar[str] = "campaign_stopped"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AdApprovalAsked(Event):
    """A campaign waits for a channel's owner, who approves first."""

    name: ClassVar[str] = "ad_approval_asked"
    source: ClassVar[str] = "ads"
    channel_id: str
    campaign_id: str
    owner_id: str
    advertiser: str

    def aggregate(self) -> tuple[str, int]:
        """What is asked in a channel keeps its order."""
        return self.channel_id, 0


@dataclass(frozen=True, kw_only=True)
class AdCreativeChanged(Event):
    """A creative carries another media than before, or none. Of several the one with the highest `version` holds."""

    name: ClassVar[str] = "ad_creative_changed"
    source: ClassVar[str] = "ads"
    creative_id: str
    version: int
    owner_id: str
    media_id: str | None

    def aggregate(self) -> tuple[str, int]:
        """Changes of a creative keep their order."""
        return self.creative_id, self.version


@dataclass(frozen=True, kw_only=True)
class AdViewed(Event):
    """A view was billed; told once for each decision. Nothing says whose it was."""

    name: ClassVar[str] = "ad_viewed"
    source: ClassVar[str] = "ads"
    decision_id: str
    campaign_id: str
    channel_id: str
    price_micros: int

    def aggregate(self) -> tuple[str, int]:
        """Views of a campaign belong together."""
        return self.campaign_id, 0


@dataclass(frozen=True, kw_only=True)
class AdRevenueSettled(Event):
    """What a campaign's views in one channel cost in a span; svc_ads tells it, payments shares it out once."""

    name: ClassVar[str] = "ad_revenue_settled"
    source: ClassVar[str] = "ads"
    settlement_id: str
    campaign_id: str
    advertiser_id: str
    channel_id: str
    owner_id: str
    amount: int
    currency: str

    def aggregate(self) -> tuple[str, int]:
        """A campaign's settlements keep their order."""
        return self.campaign_id, 0


class UnknownAdvertiser(NotFound):
    code = "unknown_advertiser"
    detail = "There is no such advertiser."


class UnknownCampaign(NotFound):
    """Also the answer to people whose campaign it is not."""

    code = "unknown_campaign"
    detail = "There is no such campaign."


class UnknownCreative(NotFound):
    code = "unknown_creative"
    detail = "There is no such creative."


class UnknownApproval(NotFound):
    code = "unknown_approval"
    detail = "No such campaign waits in that channel."


class NotAnAdvertiser(Forbidden):
    code = "not_an_advertiser"
    detail = "Make an advertiser's account first."


class AdvertiserSuspended(Forbidden):
    code = "advertiser_suspended"
    detail = "This advertiser may not run campaigns."


class CampaignNotReady(Conflict):
    """`facts["missing"]` says what it lacks: `creative`, `dates`, `review`."""

    code = "campaign_not_ready"
    detail = "The campaign cannot run yet."


class CampaignStateInvalid(Conflict):
    code = "campaign_state_invalid"
    detail = "That cannot be done to a campaign in this state."


class BudgetMissing(Conflict):
    """`facts`: `needed` and `available`, minor units of `currency`."""

    code = "budget_missing"
    detail = "The prepaid advertising balance does not hold that budget."


class TooManyCampaigns(Conflict):
    code = "too_many_campaigns"
    detail = "You have as many campaigns as one advertiser may have."


class TooManyCreatives(Conflict):
    code = "too_many_creatives"
    detail = "A campaign has at most 20 creatives."


class TargetingInvalid(Invalid):
    """`facts`: `rule` and `value`."""

    code = "targeting_invalid"
    detail = "A rule has a value that does not exist."


class TicketInvalid(Invalid):
    """`facts["why"]`: `forged`, `expired` or `not_yours`."""

    code = "ad_ticket_invalid"
    detail = "That is no ticket of an ad that was shown to you."


class AdsImpossible(Conflict):
    code = "ads_impossible"
    detail = "Only public channels can carry advertising."


class AdsService(Protocol):
    """RPC interface of svc_ads (service name `ads`). The caller's access token travels in the call context."""

    # serving; for the person who calls
    def choose_ad(self, *, channel_id: str, at_seq: int, language: str) -> AdView | None: ...
    def view_ad(self, *, ad_id: str, ticket: str, visible_ms: int) -> CountedView: ...
    def click_ad(self, *, ad_id: str, ticket: str) -> CountedView: ...
    def hide_ad(self, *, ad_id: str, ticket: str) -> None: ...  # the campaign, for good
    def report_ad(self, *, ad_id: str, ticket: str, reason: ReportReason, note: str = "") -> None: ...  # hides it too
    def explain_ad(self, *, ad_id: str, ticket: str) -> WhyView: ...

    # people
    def get_ad_preferences(self) -> AdPreferencesView: ...
    def set_ad_preferences(
        self,
        *,
        consent: Literal["contextual", "personal"] | None = None,
        region: str | None = None,  # "" takes it back
        interests: list[str] | None = None,
        removed_topics: list[str] | None = None,
    ) -> AdPreferencesView: ...  # None leaves a thing as it is
    def unhide_campaign(self, *, campaign_id: str) -> None: ...

    # advertisers
    def get_advertiser(self) -> AdvertiserView: ...  # NotAnAdvertiser
    def set_advertiser(
        self, *, name: str, website: str | None = None, channel_id: str | None = None
    ) -> AdvertiserView: ...
    def create_campaign(
        self,
        *,
        title: str,
        category: str,
        currency: str,
        budget: int,
        bid_cpm: int,
        starts_at: str,
        ends_at: str,
        pacing: Pacing = "even",
        frequency_cap: int = 3,
        targeting: TargetingView | None = None,
        announce: bool = False,
    ) -> CampaignView: ...  # with Idempotency-Key
    def update_campaign(self, *, campaign_id: str, changes: dict[str, object]) -> CampaignView: ...
    def get_campaign(self, *, campaign_id: str) -> CampaignView: ...
    def list_campaigns(
        self, *, status: CampaignStatus | None = None, limit: int = 50, after: str | None = None
    ) -> Page[CampaignView]: ...
    def delete_campaign(self, *, campaign_id: str) -> None: ...  # a draft
    def start_campaign(self, *, campaign_id: str) -> CampaignView: ...  # sets its budget aside; from paused: goes on
    def pause_campaign(self, *, campaign_id: str) -> CampaignView: ...
    def end_campaign(self, *, campaign_id: str) -> CampaignView: ...
    def create_creative(
        self, *, campaign_id: str, kind: CreativeKind, title: str, body: str, url: str, media_id: str | None = None
    ) -> CreativeView: ...
    def update_creative(self, *, campaign_id: str, creative_id: str, changes: dict[str, object]) -> CreativeView: ...
    def delete_creative(self, *, campaign_id: str, creative_id: str) -> None: ...
    def get_campaign_report(self, *, campaign_id: str, since: str, until: str) -> CampaignReportView: ...
    def get_campaign_csv(self, *, campaign_id: str, since: str, until: str) -> dict[str, str]: ...  # {name, body}
    def estimate_reach(self, *, targeting: TargetingView) -> dict[str, int]: ...  # {channels}: public ones that fit

    # moderators
    def list_creatives(
        self, *, review: ReviewStatus = "pending", limit: int = 50, after: str | None = None
    ) -> Page[CreativeView]: ...
    def review_creative(
        self, *, campaign_id: str, creative_id: str, review: Literal["approved", "rejected"], note: str = ""
    ) -> CreativeView: ...
    def list_ad_reports(self, *, limit: int = 50, after: str | None = None) -> Page[AdReportView]: ...
    def suspend_advertiser(self, *, user_id: str, suspended: bool) -> None: ...

    # owners of channels
    def get_channel_ads(self, *, channel_id: str) -> ChannelAdsView: ...
    def set_channel_ads(
        self,
        *,
        channel_id: str,
        enabled: bool | None = None,
        approve_first: bool | None = None,
        blocked_categories: list[str] | None = None,
        blocked_advertisers: list[str] | None = None,
    ) -> ChannelAdsView: ...
    def list_approvals(
        self, *, channel_id: str, status: ApprovalStatus = "pending", limit: int = 50, after: str | None = None
    ) -> Page[ApprovalView]: ...
    def decide_approval(
        self, *, channel_id: str, campaign_id: str, status: Literal["approved", "refused"]
    ) -> ApprovalView: ...
    def get_channel_ad_stats(self, *, channel_id: str, since: str, until: str) -> ChannelAdStatsView: ...

    # for svc_media and svc_auth, by their own tokens
    def find_shown_creatives(
        self, *, user_id: str, creative_ids: list[str]
    ) -> list[str]: ...  # whose media one may see
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]: ...
