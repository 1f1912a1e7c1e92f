"""Telling the followers of a brand of its campaign: one post in the brand's own channel, marked as advertising."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.ads import CampaignPublished
from contracts.base import ServiceError, new_id
from contracts.messaging import EntityView
from contracts.subscriptions import AdPostPublished, PostView
from plumbing.outbox import record_event
from svc_subscriptions.actions.access import lock_channel
from svc_subscriptions.actions.publishing import store
from svc_subscriptions.composing import Draft, compose
from svc_subscriptions.post_models import Post


def announce(session: Session, event: CampaignPublished, channel_id: str) -> PostView | None:
    """Put a campaign's post into a channel's log, once for each campaign, like any other post.

    None where it is there already, or the advertiser does not own that channel now.
    """
    try:
        channel, place = lock_channel(session, channel_id, event.advertiser_id, "owner")
    except ServiceError:
        return None
    draft = _draft(event)
    here = {"channel_id": channel_id, "author_id": place.user_id, "client_post_id": draft.client_post_id}
    if channel.visibility != "public" or session.scalar(select(Post.id).filter_by(**here)) is not None:
        return None
    post = store(session, channel, place.user_id, draft, new_id())
    record_event(
        session,
        AdPostPublished(channel_id=channel_id, seq=post["seq"], post_id=post["id"], campaign_id=event.campaign_id),
    )
    return post


def _draft(event: CampaignPublished) -> Draft:
    words = "\n\n".join(part for part in (event.title, event.body, event.url) if part)
    link: EntityView = {
        "type": "link",
        "offset": len(words) - len(event.url),
        "length": len(event.url),
        "url": event.url,
    }
    draft = compose(client_post_id=f"ad:{event.campaign_id}", text=words, entities=[link])
    draft.ad = {"campaign_id": event.campaign_id, "url": event.url}
    return draft
