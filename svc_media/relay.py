"""The process that publishes the events of svc_media."""

from __future__ import annotations

from plumbing.outbox import relay_service
from svc_media.models import Base

RelayService = relay_service("media", Base)
