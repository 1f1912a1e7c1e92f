"""What jobs have to talk with the provider and to write: as a worker has, without a service around it."""

from __future__ import annotations

from plumbing.database import transactions
from plumbing.doors import Writing
from plumbing.push import Pusher
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_payments.providers import new_provider


class JobDesk(Writing):
    """A `Desk` of `actions.calling` for this process."""

    def __init__(self) -> None:
        self.db = transactions(settings().database_url)
        self.push = Pusher(new_redis(settings().redis_url))
        self.provider = new_provider()
