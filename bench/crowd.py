"""A hundred thousand followers who have no account: rows, as svc_subscriptions would have written one by one.

They are written by the service's own role and taken away afterwards. Signing so many people up would cost
hours of argon2; following and adding devices over the API is measured nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2

from bench.push_service import Browser

_COME = (
    "CREATE TEMP TABLE crowd AS SELECT gen_random_uuid() AS id, n FROM generate_series(1, %(count)s) AS n",
    "INSERT INTO followings (user_id, followed) SELECT id, 1 FROM crowd",
    """INSERT INTO subscriptions (channel_id, user_id, since, push)
       SELECT %(channel)s, id, now(), n <= %(devices)s FROM crowd""",
    """INSERT INTO follower_counts (channel_id, shard, followers)
       SELECT %(channel)s, n %% 16, count(*) FROM crowd GROUP BY n %% 16
       ON CONFLICT (channel_id, shard) DO UPDATE SET followers = follower_counts.followers + EXCLUDED.followers""",
    """INSERT INTO push_endpoints (user_id, id, endpoint, endpoint_hash, p256dh, auth, device, created_at)
       SELECT id, gen_random_uuid(), %(url)s || id, sha256(id::text::bytea), %(p256dh)s, %(auth)s, 'bench', now()
       FROM crowd WHERE n <= %(devices)s""",
    # What autovacuum would do in the middle of the measurement.
    "VACUUM (ANALYZE) subscriptions, followings, push_endpoints",
)
_LEAVE = (
    *(
        f"DELETE FROM {table} AS gone USING crowd WHERE gone.user_id = crowd.id"  # noqa: S608 - names of ours
        for table in ("pushes", "notifications", "push_endpoints", "followings")
    ),
    "DELETE FROM subscriptions AS gone USING crowd WHERE gone.channel_id = %(channel)s AND gone.user_id = crowd.id",
)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """Give a cursor whose statements are committed one by one."""
    with closing(psycopg2.connect(url.replace("postgresql+psycopg2://", "postgresql://"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


@contextmanager
def following(url: str, channel: str, count: int, devices: int, browser: Browser) -> Iterator[None]:
    """Let a crowd follow a channel, until the end of the block.

    Args:
        url: The database of svc_subscriptions, with its own role.
        channel: What they follow.
        count: How many there are.
        devices: How many of them have a device that wants pushes.
        browser: Whose keys those devices have, and where their push service is.
    """
    facts = {"channel": channel, "count": count, "devices": devices}
    facts |= {"url": browser.url, "p256dh": browser.p256dh, "auth": browser.auth}
    with connected(url) as cursor:
        try:
            for statement in _COME:
                cursor.execute(statement, facts)
            yield
        finally:
            for statement in _LEAVE:
                cursor.execute(statement, facts)
