"""What svc_subscriptions does on its own. Its timers and observers are in `workers/`, one file a topic."""

from __future__ import annotations

from typing import ClassVar

from plumbing.database import Database
from plumbing.erasures import Erasing
from plumbing.health import Health
from plumbing.push import Push
from svc_subscriptions.actions.erasing import erasures
from svc_subscriptions.models import Base
from svc_subscriptions.workers.advertising import Advertising
from svc_subscriptions.workers.counting import Counting
from svc_subscriptions.workers.delivering import Delivering
from svc_subscriptions.workers.entitling import Entitling
from svc_subscriptions.workers.pruning import Pruning
from svc_subscriptions.workers.publishing import Publishing


class SubscriptionsWorker(Publishing, Counting, Entitling, Advertising, Delivering, Pruning, Erasing):
    """Does what is due, and observes events."""

    name = "subscriptions_worker"
    db = Database(Base)
    push = Push()
    health = Health()
    erasures = erasures
    #: Observers that were here once; `plumbing.deploy` takes their queues away.
    retired_observers: ClassVar[tuple[str, ...]] = ("evt-subscriptions--message_created--on_message_created",)
