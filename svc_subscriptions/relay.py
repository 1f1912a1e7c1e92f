"""The process that publishes the events of svc_subscriptions."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_subscriptions.models import Base

RelayService = relay_service("subscriptions", Base)
