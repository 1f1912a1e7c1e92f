"""What svc_ads does on its own. Its timers and observers are in `workers/`, one file a topic."""

from __future__ import annotations

from typing import Any

from plumbing.database import Database
from plumbing.erasures import Erasing
from plumbing.health import Health
from plumbing.push import Push
from svc_ads.actions.erasing import erasures
from svc_ads.models import Base
from svc_ads.workers.asking import Asking
from svc_ads.workers.checking import Checking
from svc_ads.workers.hearing import Hearing
from svc_ads.workers.running import Running
from svc_ads.workers.settling import Settling


class AdsWorker(
    Running,
    Hearing,
    Asking,
    Settling,
    Checking,
    Erasing,
):
    """Settles, closes leases, and hears of what others tell."""

    name = "ads_worker"
    db: Any = Database(Base)
    push: Any = Push()
    health = Health()
    erasures = erasures
