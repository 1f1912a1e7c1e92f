"""The process that publishes the events of svc_payments."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_payments.models import Base

RelayService = relay_service("payments", Base)
