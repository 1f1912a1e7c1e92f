"""What a channel's team sees of it: followers over time, reach and reads, day by day (UTC)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.subscriptions import StatsView
from svc_subscriptions.actions.access import require_role
from svc_subscriptions.actions.counting import today
from svc_subscriptions.models import ChannelDay, FollowerCount

_COUNTS = ("joined", "left", "posts", "reach", "reads")


def channel_stats(session: Session, channel_id: str, user_id: str, days: int) -> StatsView:
    """Return the last `days` days of a channel, today last, without gaps.

    `reach` is how many people read something that day; `reads` is how many posts were seen for the
    first time by somebody; `followers` is how many there were when the day ended.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They are not of its team.
    """
    require_role(session, channel_id, user_id, "author")
    total = select(func.coalesce(func.sum(FollowerCount.followers), 0)).where(FollowerCount.channel_id == channel_id)
    followers = int(session.execute(total).scalar_one())
    counted = _days(session, channel_id, days)
    shown, standing = [], followers
    for back in range(days):
        day = today() - timedelta(days=back)
        counts = counted.get(day, dict.fromkeys(_COUNTS, 0))
        shown.append({"day": day.isoformat(), "followers": standing, **counts})
        standing -= counts["joined"] - counts["left"]
    return {"channel_id": channel_id, "followers": followers, "days": shown[::-1]}


def _days(session: Session, channel_id: str, days: int) -> dict[Any, dict[str, int]]:
    sums = [func.sum(getattr(ChannelDay, name)) for name in _COUNTS]
    query = (
        select(ChannelDay.day, *sums)
        .where(ChannelDay.channel_id == channel_id, ChannelDay.day > today() - timedelta(days=days))
        .group_by(ChannelDay.day)
    )
    return {
        day: {name: int(count) for name, count in zip(_COUNTS, counts, strict=True)}
        for day, *counts in session.execute(query)
    }
