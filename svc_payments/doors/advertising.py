"""What svc_ads has the ledger do with the budgets of campaigns."""

from __future__ import annotations

from contracts.ads import MAX_BUDGET
from plumbing import checks
from plumbing.rpc import rpc
from svc_payments import money_checks
from svc_payments.actions import ad_budgets
from svc_payments.doors.base import Door

#: Who may.
ASKING = ("ads",)


class Advertising(Door):
    """For svc_ads alone, by its own token; both may be asked again and happen once."""

    @rpc
    def set_aside_ad_budget(self, *, campaign_id: str, advertiser_id: str, currency: str, total: int) -> dict[str, int]:
        """See to it that so much in all was set aside for a campaign: `{set_aside}`."""
        self.caller.service(*ASKING)
        campaign_id, advertiser_id = _ids(campaign_id, advertiser_id)
        currency, total = money_checks.a_currency(currency), checks.a_number(total, "total", 1, MAX_BUDGET)
        return {
            "set_aside": self.write(
                lambda session: ad_budgets.set_aside(session, campaign_id, advertiser_id, currency, total)
            )
        }

    @rpc
    def release_ad_budget(self, *, campaign_id: str, advertiser_id: str, currency: str, spent: int) -> dict[str, int]:
        """Give back what a campaign that is over did not spend: `{released}`."""
        self.caller.service(*ASKING)
        campaign_id, advertiser_id = _ids(campaign_id, advertiser_id)
        currency, spent = money_checks.a_currency(currency), checks.a_number(spent, "spent", 0, MAX_BUDGET)
        return {
            "released": self.write(
                lambda session: ad_budgets.release(session, campaign_id, advertiser_id, currency, spent)
            )
        }


def _ids(campaign_id: object, advertiser_id: object) -> tuple[str, str]:
    return checks.an_id(campaign_id, "campaign_id"), checks.an_id(advertiser_id, "advertiser_id")
