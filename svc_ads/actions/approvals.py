"""Campaigns that ask the owners of channels who approve first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Text, all_, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdApprovalAsked, ApprovalStatus, ApprovalView, UnknownApproval
from contracts.clock import rfc3339
from plumbing.outbox import record_events
from svc_ads import views
from svc_ads.models import Advertiser, Approval, Campaign, Channel

#: How many channels a campaign asks at once, and how many campaigns ask a channel that begins to approve.
MAX_ASKED = 200
MAX_ASKING = 100


def ask(session: Session, campaign: Campaign, now: datetime) -> None:
    """Let a campaign that runs ask the channels that it fits and has not asked yet."""
    advertiser = session.get(Advertiser, campaign.advertiser_id)
    if advertiser is None or advertiser.suspended or campaign.status != "active":
        return
    asked = exists().where(Approval.channel_id == Channel.channel_id, Approval.campaign_id == campaign.campaign_id)
    fitting = (Channel.approve_first, *fits(campaign), ~asked)
    channels = session.scalars(select(Channel).where(*fitting).order_by(Channel.channel_id).limit(MAX_ASKED))
    _put(session, [(channel, campaign, advertiser) for channel in channels], now)


def fits(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a `Channel` may carry a campaign at all."""
    conditions: list[Any] = [
        Channel.listed,
        Channel.enabled,
        Channel.owner_id != campaign.advertiser_id,
        literal(campaign.category) != all_(Channel.blocked_categories),
        literal(campaign.advertiser_id, Text()) != all_(Channel.blocked_advertisers),
    ]
    if campaign.channel_topics:
        conditions.append(Channel.topics.op("&&", is_comparison=True)(campaign.channel_topics))
    return tuple(conditions)


def ask_of_channel(session: Session, channel: Channel, now: datetime) -> None:
    """Let campaigns that run ask a channel whose owner begins to approve first."""
    asked = exists().where(Approval.channel_id == channel.channel_id, Approval.campaign_id == Campaign.campaign_id)
    query = (
        select(Campaign, Advertiser)
        .join(Advertiser, Advertiser.user_id == Campaign.advertiser_id)
        .where(
            Campaign.status == "active",
            Advertiser.suspended.is_(False),
            Campaign.advertiser_id != channel.owner_id,
            Campaign.category.not_in(channel.blocked_categories),
            Campaign.advertiser_id.not_in(channel.blocked_advertisers),
            or_(
                func.cardinality(Campaign.channel_topics) == 0,
                Campaign.channel_topics.op("&&", is_comparison=True)(channel.topics),
            ),
            ~asked,
        )
        .order_by(Campaign.campaign_id.desc())
    )
    rows = session.execute(query.limit(MAX_ASKING))
    _put(session, [(channel, campaign, advertiser) for campaign, advertiser in rows], now)


def ask_again(session: Session, campaign: Campaign, now: datetime) -> None:
    """Ask the owners who approved a campaign anew, because it shows something else now."""
    agreed = (Approval.campaign_id == campaign.campaign_id, Approval.status == "approved")
    reset = update(Approval).where(*agreed).values(status="pending", asked_at=now, decided_at=None)
    ids = list(session.scalars(reset.returning(Approval.channel_id)))
    advertiser = session.get(Advertiser, campaign.advertiser_id)
    if advertiser is not None:
        channels = session.scalars(select(Channel).where(Channel.channel_id.in_(ids)))
        _tell(session, [(channel, campaign, advertiser) for channel in channels])


Asking = tuple[Channel, Campaign, Advertiser]


def _put(session: Session, asking: Iterable[Asking], now: datetime) -> None:
    new = [each for each in asking if _write(session, each, now)]
    _tell(session, new)


def _write(session: Session, asking: Asking, now: datetime) -> bool:
    channel, campaign, _ = asking
    row = {"channel_id": channel.channel_id, "campaign_id": campaign.campaign_id, "status": "pending", "asked_at": now}
    written = insert(Approval).values(row).on_conflict_do_nothing().returning(Approval.channel_id)
    return session.scalar(written) is not None


def _tell(session: Session, asking: Iterable[Asking]) -> None:
    events = [
        AdApprovalAsked(
            channel_id=channel.channel_id,
            campaign_id=campaign.campaign_id,
            owner_id=channel.owner_id,
            advertiser=advertiser.name,
        )
        for channel, campaign, advertiser in asking
    ]
    record_events(session, events)


def list_of(
    session: Session, channel_id: str, status: str, limit: int, before: str | None
) -> list[tuple[Approval, Campaign, Advertiser]]:
    """Return campaigns that asked a channel, the newest first; those that run no more are left out while pending."""
    query = (
        select(Approval, Campaign, Advertiser)
        .join(Campaign, Campaign.campaign_id == Approval.campaign_id)
        .join(Advertiser, Advertiser.user_id == Campaign.advertiser_id)
        .where(Approval.channel_id == channel_id, Approval.status == status)
    )
    if status == "pending":
        query = query.where(Campaign.status.in_(("active", "paused")))
    if before is not None:
        query = query.where(Approval.campaign_id < before)
    rows = session.execute(query.order_by(Approval.campaign_id.desc()).limit(limit))
    return [(approval, campaign, advertiser) for approval, campaign, advertiser in rows]


def decide(session: Session, channel_id: str, campaign_id: str, status: str, now: datetime) -> None:
    """Take up what a channel's owner says of a campaign; they may say otherwise later.

    Raises:
        UnknownApproval: It never asked there.
    """
    row = session.get(Approval, (channel_id, campaign_id), populate_existing=True, with_for_update=True)
    if row is None:
        raise UnknownApproval
    row.status, row.decided_at = status, now
    bump = update(Channel).where(Channel.channel_id == channel_id)
    session.execute(bump.values(settings_version=Channel.settings_version + 1))


def get(session: Session, channel_id: str, campaign_id: str) -> tuple[Approval, Campaign, Advertiser]:
    """Return what a campaign asked of a channel.

    Raises:
        UnknownApproval: It never asked there.
    """
    approval, campaign = session.get(Approval, (channel_id, campaign_id)), session.get(Campaign, campaign_id)
    advertiser = session.get(Advertiser, campaign.advertiser_id) if campaign else None
    if approval is None or campaign is None or advertiser is None:
        raise UnknownApproval
    return approval, campaign, advertiser


def approval_views(session: Session, rows: list[tuple[Approval, Campaign, Advertiser]]) -> list[ApprovalView]:
    """Return them as the channel's owner sees them, with the creatives that a moderator approved."""
    creatives = views.creatives_of(session, [campaign.campaign_id for _, campaign, _ in rows])
    return [
        {
            "channel_id": approval.channel_id,
            "campaign_id": approval.campaign_id,
            "status": cast(ApprovalStatus, approval.status),
            "advertiser_id": campaign.advertiser_id,
            "advertiser": advertiser.name,
            "category": campaign.category,
            "creatives": [
                views.creative_view(each)
                for each in creatives.get(campaign.campaign_id, [])
                if each.review == "approved"
            ],
            "asked_at": rfc3339(approval.asked_at),
            "decided_at": views.optional_time(approval.decided_at),
        }
        for approval, campaign, advertiser in rows
    ]
