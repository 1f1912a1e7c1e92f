"""What svc_media does on its own. Its timers and observers are in `workers/`, one file a topic."""

from __future__ import annotations

from typing import Any

from plumbing.database import Database
from plumbing.erasures import Erasing
from plumbing.health import Health
from plumbing.push import Push
from svc_media.actions.erasing import erasures
from svc_media.models import Base
from svc_media.workers.attaching import Attaching
from svc_media.workers.cleaning import Cleaning
from svc_media.workers.queueing import Queueing


class MediaWorker(Attaching, Queueing, Cleaning, Erasing):
    """Follows what carries media, hands what was stored to Celery, and clears away."""

    name = "media_worker"
    db: Any = Database(Base)
    push: Any = Push()
    health = Health()
    erasures = erasures
