"""Frames that show the state of a media where it is seen: at its owner's, and wherever it was sent.

Different processes push them after their commits, so one may overtake another: a media's `ver` says which is newer.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plumbing.frames import collect, to_user
from plumbing.live_channels import conversation_channel, followers_channel
from svc_media import views
from svc_media.models import Attachment, Media

#: Places that hear of one media live; in others its state is seen when somebody looks.
MAX_PLACES = 50


def tell_changed(session: Session, media: Media) -> None:
    """Collect frames with a media as it is now; its `ver` has grown since it was last told."""
    session.flush()
    _tell(session, media, "media.changed", dict(views.media_view(session, media)))


def tell_removed(session: Session, media: Media) -> None:
    """Collect frames that say that a media is gone."""
    _tell(session, media, "media.removed", {"id": media.id})


def _tell(session: Session, media: Media, type_: str, data: dict[str, Any]) -> None:
    to_user(session, media.owner_id, type_, data)
    of_media = (Attachment.owner_id == media.owner_id) & (Attachment.media_id == media.id)
    # Not all who follow a channel may know what its closed posts carry.
    open_ones = of_media & (Attachment.carrier != "closed_post")
    places = select(Attachment.carrier, Attachment.place_id).where(open_ones).distinct().limit(MAX_PLACES)
    for carrier, place_id in session.execute(places):
        if carrier in ("post", "channel"):
            channel, field = followers_channel(place_id), "channel"
        else:
            channel, field = conversation_channel(place_id), "conv"
        collect(session, channel, {"t": "media_event", field: place_id, "type": type_, "data": data})
