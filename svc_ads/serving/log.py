"""The log of decisions: all that each looked at, written for a whole batch by one statement before any answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from plumbing import codec
from plumbing.prepared import Prepared
from svc_ads.serving.auction import Candidate, Fate, Inputs, Outcome
from svc_ads.serving.matching import Facts

_WRITE = Prepared(
    """
WITH written AS (
  INSERT INTO decisions
    (channel_id, decision_id, person_id, at, inputs, campaign_id, creative_id, price_micros, lease_id)
  SELECT channel, decision, person, :at, inputs, campaign, creative, price, lease
  FROM json_to_recordset(:rows) AS x(
    channel uuid, decision uuid, person uuid, inputs jsonb, campaign uuid, creative uuid, price bigint, lease uuid)
  RETURNING campaign_id
)
INSERT INTO served_counts (campaign_id, day, count)
SELECT campaign_id, :day, count(*) FROM written WHERE campaign_id IS NOT NULL GROUP BY campaign_id ORDER BY campaign_id
ON CONFLICT (campaign_id, day) DO UPDATE SET count = served_counts.count + excluded.count
""",
    at="timestamptz",
    day="date",
    rows="json",
)


class Logged(msgspec.Struct, frozen=True, omit_defaults=True):
    """`decisions.inputs`: what the auction looked at, and what became of each candidate."""

    at_seq: int
    facts: Facts
    floor: int
    candidates: tuple[Candidate, ...]
    fates: tuple[Fate, ...]

    def inputs(self, decision_id: str) -> Inputs:
        """Return what the auction of a decision is computed from again."""
        return Inputs(decision_id, self.at_seq, self.facts, self.candidates, self.floor)


@dataclass(frozen=True)
class Decided:
    """One decision that is to be logged; `lease_id` is the winner's."""

    person_id: str
    channel_id: str
    inputs: Inputs
    outcome: Outcome
    lease_id: str | None


def write(session: Session, decided: Sequence[Decided], at: datetime) -> None:
    """Log decisions, and count the campaigns that won.

    Whose decision it was is kept only where an ad was given: who opened a channel and got none is nobody's business.
    """
    if decided:
        rows = codec.encode([_row(each) for each in decided]).decode()
        _WRITE.run(session, at=at, day=at.date(), rows=rows)


def _row(decided: Decided) -> dict[str, object]:
    inputs, outcome = decided.inputs, decided.outcome
    return {
        "channel": decided.channel_id,
        "decision": inputs.decision_id,
        "person": decided.person_id if outcome.campaign_id else None,
        "inputs": Logged(inputs.at_seq, inputs.facts, inputs.floor, inputs.candidates, outcome.fates),
        "campaign": outcome.campaign_id,
        "creative": outcome.creative_id,
        "price": outcome.price,
        "lease": decided.lease_id,
    }


def logged(inputs: object) -> Logged:
    """Return what a row of `decisions` has in `inputs`.

    Raises:
        ValueError: It is not that.
    """
    return codec.convert(inputs, Logged)
