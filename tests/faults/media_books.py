"""What the media service has written down: which ends it announced, and whether its books fit its disk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from stack.running import RunningStack

ROOT = Path(__file__).parents[2]

# Rows of the outbox are gone once they were published, so they are copied as they are written.
_FOLLOW = """
CREATE TABLE announced (event_id uuid PRIMARY KEY, media_id text NOT NULL, name text NOT NULL);
CREATE FUNCTION copy_announced() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO public.announced VALUES (NEW.event_id, NEW.aggregate_id, NEW.name);
  RETURN NULL;
END $$;
CREATE TRIGGER copy_announced AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION copy_announced();
"""
_FORGET = """
DROP TRIGGER IF EXISTS copy_announced ON outbox;
DROP FUNCTION IF EXISTS copy_announced;
DROP TABLE IF EXISTS announced;
"""

_BOOKS = """
import json
from plumbing.database import transactions
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_media.actions import accounting
from svc_media.storage import storage
from svc_media.workers.cleaning import collect, sweep
db = transactions(settings().database_url)
collect(db, Pusher(new_redis(settings().redis_url)), storage(), 0)
sweep(db, storage(), 0)
print(json.dumps(accounting.report(db, storage())))
"""


@contextmanager
def _database(stack: RunningStack) -> Iterator[Any]:
    url = stack.env("ops")["DATABASE_URL"].replace("postgresql+psycopg2://", "postgresql://")
    with closing(psycopg2.connect(f"{url.rpartition('/')[0]}/media")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


@contextmanager
def followed(stack: RunningStack) -> Iterator[None]:
    """Write down every event from now on."""
    with _database(stack) as cursor:
        cursor.execute(_FORGET + _FOLLOW)
    try:
        yield
    finally:
        with _database(stack) as cursor:
            cursor.execute(_FORGET)


def announced(stack: RunningStack, media_id: str) -> list[str]:
    """Return the names of the events of a media, those that came more than once as often as they did."""
    with _database(stack) as cursor:
        cursor.execute("SELECT name FROM announced WHERE media_id = %s ORDER BY name", (media_id,))
        return [name.partition(".")[0] for (name,) in cursor.fetchall()]  # without its facet


def books(stack: RunningStack) -> dict[str, Any]:
    """Clear away what nobody needs, and return what the service's books and its storage then hold."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-W", "ignore", "-c", _BOOKS],
        cwd=ROOT,
        env=stack.env("media"),
        capture_output=True,
        text=True,
        check=True,
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report
