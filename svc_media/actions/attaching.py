"""What carries a media. Naming a media's id in a message gives nobody a way to it: only who may read it sends it on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.clock import utc_now
from svc_media import live
from svc_media.models import Attachment, Media


@dataclass(frozen=True, slots=True)
class Carrier:
    """A message (`kind` is `message`) in a conversation, or a post (`post`) in a channel."""

    kind: str
    id: str
    place_id: str


def attach(session: Session, carrier: Carrier, media_ids: Collection[str]) -> None:
    """Note that a carrier, whose author may read these media, carries them. Idempotent."""
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
        # Whoever looked before the carrier was known got no view of it.
        live.tell_changed(session, media)


def detach(session: Session, carrier_id: str) -> list[str]:
    """Forget a carrier that is gone; return the media it carried. What nothing carries any more is abandoned."""
    carried = list(session.scalars(select(Attachment.media_id).where(Attachment.carrier_id == carrier_id)))
    for media in _lock(session, carried):
        of_media = (Attachment.owner_id == media.owner_id) & (Attachment.media_id == media.id)
        session.execute(delete(Attachment).where(of_media, Attachment.carrier_id == carrier_id))
        if session.scalar(select(Attachment.carrier_id).where(of_media).limit(1)) is None:
            session.execute(
                update(Media)
                .where(Media.owner_id == media.owner_id, Media.id == media.id)
                .values(abandoned_at=utc_now())
            )
    return carried


def _lock(session: Session, media_ids: Collection[str]) -> Sequence[Media]:
    wanted = select(Media).where(Media.id.in_(set(media_ids))).order_by(Media.owner_id, Media.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).all()
