"""What carries a media. Naming a media's id in a message gives nobody a way to it: only who may read it sends it on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.inbox import inbox_once
from svc_media import live
from svc_media.models import Attachment, Media

_CONSUMER = "media_carrier"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A message (`kind` is `message`) in a conversation, or a post (`post`) in a channel."""

    kind: str
    id: str
    place_id: str


def attach(session: Session, carrier: Carrier, media_ids: Collection[str]) -> None:
    """Note that a carrier, whose author may read these media, carries them.

    Once for each carrier, and not after it is gone: events may come again, and in another order.
    """
    if not inbox_once(session, _CONSUMER, carrier.id):
        return
    for media in _lock(session, media_ids):
        row = insert(Attachment).values(
            owner_id=media.owner_id,
            media_id=media.id,
            carrier=carrier.kind,
            carrier_id=carrier.id,
            place_id=carrier.place_id,
        )
        session.execute(row.on_conflict_do_nothing())
        media.abandoned_at = None
        # Whoever looked before the carrier was known saw nothing.
        live.tell_changed(session, media)


def detach(session: Session, carrier: Carrier) -> list[str]:
    """Forget a carrier that is gone; return the media it carried. What nothing carries any more is abandoned."""
    inbox_once(session, _CONSUMER, carrier.id)  # if this comes first, `attach` has nothing to do any more
    carried = list(session.scalars(select(Attachment.media_id).where(Attachment.carrier_id == carrier.id)))
    for media in _lock(session, carried):
        of_media = (Attachment.owner_id == media.owner_id) & (Attachment.media_id == media.id)
        session.execute(delete(Attachment).where(of_media, Attachment.carrier_id == carrier.id))
        if session.scalar(select(Attachment.carrier_id).where(of_media).limit(1)) is None:
            media.abandoned_at = datetime.now(UTC)
    return carried


def _lock(session: Session, media_ids: Collection[str]) -> Sequence[Media]:
    wanted = select(Media).where(Media.id.in_(set(media_ids))).order_by(Media.owner_id, Media.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).all()
