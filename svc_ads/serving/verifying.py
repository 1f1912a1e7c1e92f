"""Computing auctions again from their log, and comparing them with what was decided and with the published terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from svc_ads.models import CampaignVersion, Decision
from svc_ads.serving import auction, log
from svc_ads.serving.auction import Candidate
from svc_ads.serving.log import Logged
from svc_ads.serving.matching import matched
from svc_ads.terms import Terms, terms_of

#: How long a server may go on with terms that are not the newest: its compare, and a lost database.
LATE = timedelta(seconds=60)
_BATCH = 500


@dataclass(frozen=True)
class Difference:
    """What is not as it should be in one decision."""

    decision_id: str
    what: str
    logged: object
    expected: object


@dataclass
class Verified:
    """What was looked at."""

    decisions: int = 0
    ads: int = 0
    candidates: int = 0


@dataclass(frozen=True)
class _Version:
    terms: Terms
    since: datetime
    until: datetime | None


class Versions:
    """Published terms, each campaign's read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, dict[int, _Version]] = {}

    def get(self, campaign_id: str, version: int) -> _Version | None:
        """Return a version of a campaign's terms, and from when until when it was the newest."""
        if campaign_id not in self._known:
            self._known[campaign_id] = self._read(campaign_id)
        return self._known[campaign_id].get(version)

    def _read(self, campaign_id: str) -> dict[int, _Version]:
        query = select(CampaignVersion).where(CampaignVersion.campaign_id == campaign_id)
        rows = list(self._session.scalars(query.order_by(CampaignVersion.version)))
        ends: list[datetime | None] = [*(row.at for row in rows[1:]), None]
        return {
            row.version: _Version(terms_of(row.terms), row.at, until) for row, until in zip(rows, ends, strict=True)
        }


def verify(session: Session, since: datetime, until: datetime, counted: Verified) -> Iterator[Difference]:
    """Yield every difference in the decisions of a span; they are read as a stream, and counted in `counted`."""
    versions = Versions(session)
    query = select(Decision.__table__).where(Decision.at >= since, Decision.at < until)
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        counted.decisions += 1
        counted.ads += row.campaign_id is not None
        yield from _of_decision(row, versions, counted)


def _of_decision(row: Any, versions: Versions, counted: Verified) -> Iterator[Difference]:
    try:
        kept = log.logged(row.inputs)
    except ValueError as error:
        yield Difference(row.decision_id, "inputs", str(error), "the log's format")
        return
    counted.candidates += len(kept.candidates)
    yield from _of_outcome(row, kept)
    for candidate in kept.candidates:
        yield from _of_candidate(row, kept, candidate, versions)


def _of_outcome(row: Any, kept: Logged) -> Iterator[Difference]:
    outcome = auction.decide(kept.inputs(row.decision_id))
    pairs = {
        "winner": (row.campaign_id, outcome.campaign_id),
        "creative": (row.creative_id, outcome.creative_id),
        "price": (row.price_micros, outcome.price),
        "fates": (kept.fates, outcome.fates),
        "floor": (kept.floor, auction.FLOOR_MICROS),
    }
    for what, (logged, expected) in pairs.items():
        if logged != expected:
            yield Difference(row.decision_id, what, logged, expected)


def _of_candidate(row: Any, kept: Logged, candidate: Candidate, versions: Versions) -> Iterator[Difference]:
    name = candidate.campaign_id
    version = versions.get(name, candidate.version)
    if version is None:
        yield Difference(row.decision_id, f"version of {name}", candidate.version, "a published one")
        return
    terms = version.terms
    if version.since > row.at + LATE or (version.until is not None and version.until + LATE < row.at):
        yield Difference(row.decision_id, f"time of {name}", row.at, f"{version.since} to {version.until}")
    pairs = {
        "bid": (candidate.bid, terms.bid_micros),
        "cap": (candidate.cap, terms.frequency_cap),
        "creatives": (candidate.creatives, tuple(each.creative_id for each in terms.creatives)),
        "rules": (matched(terms, kept.facts) is not None, True),
        "span": (terms.starts_at <= row.at < terms.ends_at, True),
    }
    for what, (logged, expected) in pairs.items():
        if logged != expected:
            yield Difference(row.decision_id, f"{what} of {name}", logged, expected)
