"""From events to Celery's queues. A task holds an id alone; whatever was lost on the way is handed over again."""

from __future__ import annotations

from functools import partial
from typing import Any

from contracts.media import MediaStored, VideoQueued
from plumbing.doors import Writing
from plumbing.observer import observes
from plumbing.timers import every
from svc_media.actions import waiting
from svc_media.providers import Tasks

#: A media that nobody has touched for so long is handed over again: its task was lost. Seconds.
LOST_AFTER_S = 900.0
#: An upload whose last byte came so long ago is not being stored by who received it any more. Seconds.
UNSTORED_AFTER_S = 120.0


class Queueing(Writing):
    """Hands over what was stored; a task that comes twice finds nothing to do."""

    tasks: Any = Tasks()

    @observes(MediaStored)
    def on_media_stored(self, event: MediaStored) -> None:
        """Have everything processed that is no video."""
        if event.kind != "video":
            self.tasks.enqueue(event.media_id, long=False)

    @observes(VideoQueued)
    def on_video_queued(self, event: VideoQueued) -> None:
        """Have a video transcoded, in the queue that others do not wait in."""
        self.tasks.enqueue(event.media_id, long=True)

    @every(60.0, lock="hand_over_again")
    def hand_over_again(self) -> None:
        """Hand over what was lost with a broker or an edge."""
        with self.db.reading() as session:
            media, uploads = waiting.lost_media(session, LOST_AFTER_S), waiting.unstored(session, UNSTORED_AFTER_S)
        for row in media:
            self.tasks.enqueue(row.id, long=row.kind == "video")
            self.write(partial(waiting.renew, media_id=row.id))
        for upload_id in uploads:
            self.tasks.enqueue_store(upload_id)
