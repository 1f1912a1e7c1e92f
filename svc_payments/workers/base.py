"""What the worker's mixins that talk with the provider stand on."""

from __future__ import annotations

from typing import Any

from plumbing.doors import Writing
from svc_payments.providers import PaymentsProvider


class Work(Writing):
    """Base of mixins of the worker; a `Desk` of `actions.calling`."""

    provider: Any = PaymentsProvider()
