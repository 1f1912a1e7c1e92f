"""The worker's comparison of the provider's books with ours."""

from __future__ import annotations

from plumbing.logs import get_logger
from plumbing.timers import every
from svc_payments.actions import reconciling
from svc_payments.actions.calling import Desk
from svc_payments.provider.base import ProviderAway
from svc_payments.workers.base import Work

log = get_logger(__name__)

TEN_MINUTES_S = 600.0
DAY_S = 24 * 3600.0


def run(desk: Desk, *, thorough: bool = False) -> reconciling.Found | None:
    """Reconcile and tell what was found; None where the provider is away, which the next round makes up for."""
    try:
        found = reconciling.reconcile(desk, thorough=thorough)
    except ProviderAway:
        log.warning("reconciliation_put_off")
        return None
    log.info("reconciled", compared=found.compared, mended=found.mended, thorough=thorough)
    return found


class Reconciling(Work):
    """Mixin of the worker."""

    @every(TEN_MINUTES_S, lock="reconcile")
    def reconcile(self) -> None:
        """Compare what is new since the last round."""
        run(self)

    @every(DAY_S, lock="reconcile_thoroughly")
    def reconcile_thoroughly(self) -> None:
        """Compare the last forty days: what the provider has changed of old objects, and what it lacks."""
        run(self, thorough=True)
