"""The process that publishes the events of svc_ads."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_ads.models import Base

RelayService = relay_service("ads", Base)
