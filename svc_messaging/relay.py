"""The process that publishes the events of svc_messaging."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_messaging.models import Base

RelayService = relay_service("messaging", Base)
