"""What the processes of svc_media that are nameko services stand on, beside the plumbing."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from nameko.extensions import DependencyProvider

from plumbing import readiness
from plumbing.redis_client import new_redis
from plumbing.settings import settings
from svc_media.access_cache import AccessCache
from svc_media.storage import Storage, storage


class Answers(DependencyProvider):
    """Gives a service `self.answers`, an `AccessCache`."""

    def setup(self) -> None:
        """Connect lazily: without Redis nothing is remembered."""
        self._cache = AccessCache(new_redis(settings().redis_url))

    def get_dependency(self, worker_ctx: Any) -> AccessCache:
        """Return the cache, which all workers share."""
        return self._cache


class Files(DependencyProvider):
    """Gives a service `self.files`, the storage that is configured."""

    def setup(self) -> None:
        """Make the storage, and let readiness look at it."""
        self._storage = storage()
        readiness.register("storage", self._check)

    def stop(self) -> None:
        """Look at it no more."""
        readiness.unregister("storage")

    def _check(self) -> str | None:
        self._storage.size("00/readiness")  # there is no such key, and asking for it goes all the way
        return None

    def get_dependency(self, worker_ctx: Any) -> Storage:
        """Return the storage."""
        return self._storage


class TaskQueue(Protocol):
    """What `svc_media.tasks` offers: each call returns once the broker has the task."""

    def enqueue(self, media_id: str, *, long: bool) -> None:
        """Have a media processed."""

    def enqueue_store(self, upload_id: str) -> None:
        """Have a complete upload stored, after whoever received it has died."""


class Tasks(DependencyProvider):
    """Gives a service `self.tasks`, the way into Celery's queues."""

    def setup(self) -> None:
        """Load the tasks: only who hands them over needs Celery."""
        self._tasks: Any = import_module("svc_media.tasks")

    def get_dependency(self, worker_ctx: Any) -> TaskQueue:
        """Return the module itself."""
        return self._tasks
