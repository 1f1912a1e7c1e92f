"""Asking the ledger of svc_payments for a campaign's budget, between the transactions that say what is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contracts.ads import BudgetMissing
from contracts.base import ServiceError
from plumbing.doors import Writing
from plumbing.rpc import ServiceRpc
from svc_ads.actions import running
from svc_ads.models import Campaign

_TOO_LOW = "balance_too_low"


class Funding(Writing):
    """Mixin of doors and workers. Asked again, the ledger sets the same aside once and gives the same back once."""

    payments: Any = ServiceRpc("payments")

    def set_aside(self, campaign: Campaign) -> None:
        """Have the ledger hold what a campaign asked for, and take up its answer.

        Raises:
            BudgetMissing: The prepaid money does not hold that; the campaign is as it was before it asked.
            ServiceError: The ledger gave no answer, a kind of `Unavailable`; the worker asks again.
        """
        total = campaign.asked_budget
        try:
            self.payments.as_service().set_aside_ad_budget(
                campaign_id=campaign.campaign_id,
                advertiser_id=campaign.advertiser_id,
                currency=campaign.currency,
                total=total,
            )
        except ServiceError as error:
            if error.code != _TOO_LOW:
                raise
            self.write(lambda session: running.refused(session, campaign.campaign_id))
            held = campaign.budget if campaign.funded else 0
            available = int(error.facts.get("available", 0))
            raise BudgetMissing(needed=total - held, available=available, currency=campaign.currency) from error
        self.write(lambda session: running.funded(session, campaign.campaign_id, total, datetime.now(UTC)))

    def give_back(self, campaign: Campaign, spent: int) -> None:
        """Have the ledger return what a campaign that ends did not spend, and take up that it has ended.

        Raises:
            ServiceError: The ledger gave no answer; the worker asks again.
        """
        self.payments.as_service().release_ad_budget(
            campaign_id=campaign.campaign_id,
            advertiser_id=campaign.advertiser_id,
            currency=campaign.currency,
            spent=spent,
        )
        self.write(lambda session: running.finish(session, campaign.campaign_id, datetime.now(UTC)))
