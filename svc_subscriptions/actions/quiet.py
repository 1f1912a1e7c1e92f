"""Quiet hours: local times of a person's day, in their own time zone, also on the days that clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

_MINUTE = timedelta(minutes=1)


class QuietHours(NamedTuple):
    """From when until when, as `HH:MM`, in which IANA time zone. None at either end: never quiet."""

    time_zone: str = "UTC"
    start: str | None = None
    end: str | None = None


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Return the names of time zones that may be chosen."""
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def quiet_until(hours: QuietHours, now: datetime) -> datetime | None:
    """Return when the quiet hours that `now` lies in are over, in UTC; None when it lies in none.

    The clock on the wall decides. An end that clocks skip in spring comes when they skip it; one that
    they show twice in autumn comes at its first time, or at the second for whoever is past the first.
    """
    if hours.start is None or hours.end is None or hours.start == hours.end:
        return None
    zone = _zone(hours.time_zone)
    local = now.astimezone(zone)
    if not _is_quiet(hours, local.time()):
        return None
    return _next_time(zone, time.fromisoformat(hours.end), now)


def _is_quiet(hours: QuietHours, wall: time) -> bool:
    start, end = time.fromisoformat(hours.start or ""), time.fromisoformat(hours.end or "")
    return start <= wall < end if start < end else wall >= start or wall < end


def _next_time(zone: ZoneInfo, wall: time, now: datetime) -> datetime:
    today = now.astimezone(zone).date()
    days = (today, today + timedelta(days=1), today + timedelta(days=2))
    return next(moment for day in days for moment in _moments(zone, day, wall) if moment > now)


def _moments(zone: ZoneInfo, day: date, wall: time) -> list[datetime]:
    """Return when a day's clock shows `wall`, in UTC: once, twice, or the moment when it skips it."""
    first, second = (datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if second >= first:
        return [first] if first == second else [first, second]
    # Skipped: `first` is read with the offset before, `second` with the one after; the change is between them.
    moment = first
    while (moment - _MINUTE).astimezone(zone).time() >= wall and (moment - _MINUTE) > second:
        moment -= _MINUTE
    return [moment]


def next_local(time_zone: str, wall: str, now: datetime, weekday: int | None = None) -> datetime:
    """Return the next time after `now` when the clock in `time_zone` shows `wall` (on a weekday, 0 is Monday)."""
    zone, at = _zone(time_zone), time.fromisoformat(wall)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(9))
    wanted = (day for day in days if weekday is None or day.weekday() == weekday)
    return next(moment for day in wanted for moment in _moments(zone, day, at) if moment > now)
