"""The worker's timers for campaigns: money that was asked for, beginnings and ends. Each fires in one replica."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from contracts.ads import BudgetMissing
from contracts.base import ServiceError
from plumbing.logs import get_logger
from plumbing.timers import every
from svc_ads.actions import running, settled
from svc_ads.funding import Funding
from svc_ads.models import Campaign

log = get_logger(__name__)

BATCH = 200


class Running(Funding):
    """Mixin of the worker. What a killed process began is found by the campaign's state, and goes on."""

    @every(2.0, lock="fund_campaigns")
    def fund_campaigns(self) -> None:
        """Have budgets set aside for which nobody waits any more."""
        with self.db.reading() as session:
            found = running.unfunded(session, BATCH)
        for campaign in found:
            try:
                self.set_aside(campaign)
            except BudgetMissing:
                log.info("budget_missing", campaign_id=campaign.campaign_id)
            except ServiceError as error:
                log.warning("budget_waits", campaign_id=campaign.campaign_id, code=error.code)

    @every(1.0, lock="begin_campaigns")
    def begin_campaigns(self) -> None:
        """Publish campaigns whose beginning has come, and end those whose time is over."""
        now = datetime.now(UTC)
        with self.db.reading() as session:
            beginning, over = running.due_to_begin(session, now, BATCH), running.due_to_end(session, now, BATCH)
        for campaign_id in beginning:
            self.write(partial(running.begin, campaign_id=campaign_id, now=now))
        for campaign_id in over:
            self.write(partial(running.end_if_over, campaign_id=campaign_id, now=now))

    @every(5.0, lock="end_spent_campaigns")
    def end_spent_campaigns(self) -> None:
        """End campaigns whose budget is spent."""
        now, after = datetime.now(UTC), None
        while True:
            with self.db.reading() as session:
                found = running.running(session, after, BATCH)
                spent = running.spent(session, found)
            for campaign_id in spent:
                self.write(partial(running.end_if_over, campaign_id=campaign_id, now=now))
            if len(found) < BATCH:
                return
            after = found[-1].campaign_id

    @every(5.0, lock="finish_campaigns")
    def finish_campaigns(self) -> None:
        """Let campaigns end for which no view can be billed any more, and have the rest of their budget returned."""
        after = None
        while True:
            with self.db.reading() as session:
                found = running.ending(session, BATCH, after)
                over = [
                    (each, settled.amount(session, each.campaign_id))
                    for each in found
                    if settled.is_settled(session, each.campaign_id)
                ]
            for campaign, amount in over:
                self._finish(campaign, amount)
            if len(found) < BATCH:
                return
            after = found[-1].campaign_id

    def _finish(self, campaign: Campaign, spent: int) -> None:
        try:
            self.give_back(campaign, spent)
        except ServiceError as error:
            log.warning("budget_not_returned", campaign_id=campaign.campaign_id, code=error.code)
