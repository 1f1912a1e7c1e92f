"""Tells open screens what was counted: at most once a second for each channel, however many read and react."""

from __future__ import annotations

from typing import Any

from plumbing import codec
from plumbing.doors import Writing
from plumbing.live_channels import followers_channel
from plumbing.timers import every
from svc_subscriptions import views
from svc_subscriptions.live_counts import Counts


class Counting(Writing):
    """The timer of views and reactions."""

    counts: Any = Counts()

    @every(1.0, lock="tell_counts")
    def tell_counts(self) -> None:
        """Push one frame for each channel in which somebody has read or reacted."""
        frames = []
        for channel_id, post_ids in self.counts.take().items():
            with self.db.reading() as session:
                posts = views.post_counts(session, channel_id, post_ids)
            if posts:
                frame = {"t": "channel_counts", "channel": channel_id, "posts": posts}
                frames.append((followers_channel(channel_id), codec.encode(frame)))
        self.push.many(frames)
