"""What holds of budgets, leases, views and settlements at every moment; each rule is a query of what breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

_RULES = {
    "budget": """
SELECT c.campaign_id, 'closed and leased ' || c.closed_micros + coalesce(sum(l.granted_micros), 0)
  || ' of ' || c.budget * 1000000
FROM campaigns c LEFT JOIN campaign_leases l ON l.campaign_id = c.campaign_id AND l.closed_at IS NULL
GROUP BY c.campaign_id HAVING c.closed_micros + coalesce(sum(l.granted_micros), 0) > c.budget * 1000000
""",
    "lease": """
SELECT lease_id, 'spent ' || spent_micros || ' of ' || granted_micros
FROM campaign_leases WHERE spent_micros > granted_micros
""",
    "closed": """
SELECT c.campaign_id, 'closed ' || c.closed_micros || ', its leases spent ' || coalesce(sum(l.spent_micros), 0)
FROM campaigns c LEFT JOIN campaign_leases l ON l.campaign_id = c.campaign_id AND l.closed_at IS NOT NULL
GROUP BY c.campaign_id HAVING c.closed_micros <> coalesce(sum(l.spent_micros), 0)
""",
    "billed": """
SELECT l.lease_id, 'spent ' || l.spent_micros || ', its views cost ' || coalesce(v.cost, 0)
FROM campaign_leases l LEFT JOIN (
  SELECT campaign_id, lease_id, sum(price_micros) AS cost FROM billed_views GROUP BY campaign_id, lease_id
) v ON v.campaign_id = l.campaign_id AND v.lease_id = l.lease_id
WHERE l.spent_micros <> coalesce(v.cost, 0)
""",
    "settled": """
SELECT v.campaign_id, 'views of channel ' || v.channel_id || ' cost ' || v.cost || ', settled and carried '
  || coalesce(s.amount, 0) * 1000000 + coalesce(c.micros, 0)
FROM (SELECT campaign_id, channel_id, sum(price_micros) AS cost FROM billed_views
  WHERE settlement_id IS NOT NULL GROUP BY campaign_id, channel_id) v
LEFT JOIN (SELECT campaign_id, channel_id, sum(amount) AS amount FROM settlements GROUP BY campaign_id, channel_id) s
  ON s.campaign_id = v.campaign_id AND s.channel_id = v.channel_id
LEFT JOIN carried_micros c ON c.campaign_id = v.campaign_id AND c.channel_id = v.channel_id
WHERE v.cost <> coalesce(s.amount, 0) * 1000000 + coalesce(c.micros, 0)
""",
    "decided": """
SELECT v.decision_id, 'billed ' || v.price_micros || ', decided ' || coalesce(d.price_micros::text, 'nothing')
FROM billed_views v LEFT JOIN decisions d ON d.channel_id = v.channel_id AND d.decision_id = v.decision_id
WHERE d.price_micros IS DISTINCT FROM v.price_micros OR d.campaign_id IS DISTINCT FROM v.campaign_id
  OR d.lease_id IS DISTINCT FROM v.lease_id
""",
}


@dataclass(frozen=True)
class Finding:
    """What breaks a rule."""

    rule: str
    where: str
    detail: str


def check(session: Session) -> list[Finding]:
    """Return all that breaks a rule; the session sees one moment."""
    return [
        Finding(rule, str(where), detail)
        for rule, query in _RULES.items()
        for where, detail in session.execute(text(query))
    ]
