"""Whose decisions, views and clicks were is forgotten after thirty days; what they cost stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from plumbing.prepared import Prepared

KEPT = timedelta(days=30)
#: What is told about a decision elsewhere is found by its campaign and its own id.
_FORGET = Prepared(
    """
WITH old AS (
  SELECT channel_id, decision_id FROM decisions
  WHERE person_id IS NOT NULL AND at < clock_timestamp() - :kept ORDER BY at LIMIT :most FOR UPDATE SKIP LOCKED
), forgotten AS (
  UPDATE decisions d SET person_id = NULL FROM old
  WHERE d.channel_id = old.channel_id AND d.decision_id = old.decision_id
  RETURNING d.campaign_id, d.decision_id
), views AS (
  UPDATE billed_views v SET person_id = NULL FROM forgotten f
  WHERE v.campaign_id = f.campaign_id AND v.decision_id = f.decision_id
), clicks AS (
  UPDATE clicks c SET person_id = NULL FROM forgotten f
  WHERE c.campaign_id = f.campaign_id AND c.decision_id = f.decision_id
)
SELECT count(*) FROM forgotten
""",
    kept="interval",
    most="integer",
)


def forget(session: Session, most: int) -> int:
    """Forget whose up to `most` old decisions were, the oldest first; return how many."""
    return int(_FORGET.run(session, kept=KEPT, most=most).scalar_one())
