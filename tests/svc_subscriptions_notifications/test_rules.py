"""Who is told of what, and when: tables of plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from svc_subscriptions.actions.quiet import QuietHours, next_local, quiet_until
from svc_subscriptions.actions.rules import Person, judge_message, judge_post

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ADA = Person("ada", level="all", has_device=True)
#: 12:00 UTC is 14:00 in Madrid.
SIESTA = QuietHours("Europe/Madrid", "13:30", "16:00")


@pytest.mark.parametrize(
    ("changes", "facts", "kind", "push"),
    [
        ({}, {}, "post", "now"),
        ({"has_device": False}, {}, None, None),
        ({"push": False}, {}, None, None),
        ({"level": "mentions"}, {}, None, None),
        ({"level": "silent"}, {}, None, None),
        ({"level": None}, {}, None, None),
        ({}, {"mentioned": True}, "mention", "now"),
        ({"level": "mentions"}, {"mentioned": True}, "mention", "now"),
        ({"level": "silent"}, {"mentioned": True}, None, None),
        ({"level": None}, {"mentioned": True}, None, None),
        ({"mentions": False}, {"mentioned": True}, "post", "now"),
        ({"level": "mentions", "mentions": False}, {"mentioned": True}, None, None),
        ({"has_device": False}, {"mentioned": True}, "mention", None),
        ({"push": False}, {"mentioned": True}, "mention", None),
        ({}, {"silent": True}, None, None),
        ({}, {"silent": True, "mentioned": True}, "mention", None),
        ({"muted_until": NOON + timedelta(hours=1)}, {}, None, None),
        ({"muted_until": NOON + timedelta(hours=1)}, {"mentioned": True}, None, None),
        ({"muted_until": NOON - timedelta(hours=1)}, {}, "post", "now"),
        ({"quiet": SIESTA}, {}, "post", "later"),
        ({"quiet": SIESTA}, {"mentioned": True}, "mention", "later"),
    ],
)
def test_the_rules_of_a_post(changes, facts, kind, push):
    facts = {"mentioned": False, "silent": False, **facts}
    verdict = judge_post(replace(ADA, **changes), "channel", NOON, **facts)
    assert (verdict and verdict.kind) == kind
    if verdict:
        assert verdict.push_at == {"now": NOON, "later": NOON + timedelta(hours=2), None: None}[push]
        assert verdict.why == {
            "rule": "mentioned" if kind == "mention" else "level_all",
            "channel_id": "channel",
            "level": verdict.why["level"],
        }


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("mention", {}, True),
        ("mention", {"mentions": False}, False),
        ("reply", {"mentions": False}, True),
        ("reply", {"replies": False}, False),
        ("comment", {"replies": False}, False),
        ("media", {"mentions": False, "replies": False}, True),
    ],
)
def test_the_rules_of_a_message(kind, changes, told):
    verdict = judge_message(replace(ADA, **changes), kind, NOON, {"conversation_id": "x"})
    assert (verdict is not None) == told
    assert not verdict or verdict.why["conversation_id"] == "x"


def utc(text):
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("zone", "start", "end", "now", "until"),
    [
        ("UTC", "22:00", "07:00", "2026-06-01 21:59", None),
        ("UTC", "22:00", "07:00", "2026-06-01 22:00", "2026-06-02 07:00"),
        ("UTC", "22:00", "07:00", "2026-06-02 06:59", "2026-06-02 07:00"),
        ("UTC", "22:00", "07:00", "2026-06-02 07:00", None),
        ("UTC", "13:00", "15:00", "2026-06-02 14:00", "2026-06-02 15:00"),
        ("UTC", "08:00", "08:00", "2026-06-02 08:00", None),
        ("UTC", None, None, "2026-06-02 08:00", None),
        ("Asia/Kolkata", "22:00", "07:00", "2026-06-01 17:00", "2026-06-02 01:30"),
        # Madrid's clocks skip 02:00 to 03:00 on 2026-03-29, at 01:00 UTC: the night is an hour shorter.
        ("Europe/Madrid", "22:00", "07:00", "2026-03-28 22:00", "2026-03-29 05:00"),
        ("Europe/Madrid", "22:00", "02:30", "2026-03-29 00:30", "2026-03-29 01:00"),
        ("Europe/Madrid", "22:00", "02:30", "2026-03-29 01:00", None),
        ("Europe/Madrid", "02:15", "02:45", "2026-03-29 01:00", None),
        # They show 02:00 to 03:00 twice on 2026-10-25, from 00:00 to 02:00 UTC: an hour longer.
        ("Europe/Madrid", "22:00", "07:00", "2026-10-24 21:00", "2026-10-25 06:00"),
        ("Europe/Madrid", "22:00", "02:30", "2026-10-25 00:10", "2026-10-25 00:30"),
        ("Europe/Madrid", "22:00", "02:30", "2026-10-25 00:45", None),
        ("Europe/Madrid", "22:00", "02:30", "2026-10-25 01:10", "2026-10-25 01:30"),
        # Lord Howe Island moves by half an hour, on 2026-10-03 at 15:30 UTC.
        ("Australia/Lord_Howe", "23:00", "02:15", "2026-10-03 15:00", "2026-10-03 15:30"),
    ],
)
def test_quiet_hours_follow_the_clock_on_the_wall(zone, start, end, now, until):
    found = quiet_until(QuietHours(zone, start, end), utc(now))
    assert found == (None if until is None else utc(until))


def test_every_minute_of_a_year_ends_its_quiet_hours_outside_of_them():
    hours = QuietHours("America/New_York", "21:30", "06:15")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while now.year == 2026:
        end = quiet_until(hours, now)
        assert end is None or (now < end <= now + timedelta(hours=10) and quiet_until(hours, end) is None)
        now += timedelta(minutes=37)


def test_a_digest_is_due_at_eight_on_the_wall():
    assert next_local("Europe/Madrid", "08:00", utc("2026-03-28 20:00")) == utc("2026-03-29 06:00")
    assert next_local("Europe/Madrid", "08:00", utc("2026-03-29 06:00")) == utc("2026-03-30 06:00")
    assert next_local("UTC", "08:00", utc("2026-06-01 09:00"), 0) == utc("2026-06-08 08:00")
