"""The process that publishes the events of svc_auth."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_auth.models import Base

RelayService = relay_service("auth", Base)
