"""Why somebody got an ad: what the log of the decision says, in plain facts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contracts.ads import WhyView
from svc_ads.models import CampaignVersion, Decision
from svc_ads.options import options
from svc_ads.serving import log
from svc_ads.serving.matching import matched
from svc_ads.terms import terms_of
from svc_ads.tickets import Ticket

OWNER_SHARE_PERCENT = 50


def explain(session: Session, ticket: Ticket) -> WhyView | None:
    """Return everything that the decision of a ticket looked at; None where the log has no such decision."""
    row = session.get(Decision, (str(ticket.channel), str(ticket.decision)))
    if row is None:
        return None
    kept = log.logged(row.inputs)
    winner = next((each for each in kept.candidates if each.campaign_id == row.campaign_id), None)
    version = session.get(CampaignVersion, (row.campaign_id, winner.version)) if winner else None
    if version is None:
        return None
    terms = terms_of(version.terms)
    return {
        "advertiser": terms.advertiser,
        "category": terms.category,
        "matched": matched(terms, kept.facts) or [],
        "consent": kept.facts.consent,
        "used": kept.facts.used(),
        "price_micros": row.price_micros,
        "currency": options().ads_currency,
        "owner_share_percent": OWNER_SHARE_PERCENT,
    }
