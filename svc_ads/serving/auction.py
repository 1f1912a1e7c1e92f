"""The auction: a pure function of what the log keeps. No clock, no chance, no I/O.

Among the candidates that are not passed over the highest bid wins and pays the second highest + 1 micro, at least the
floor and at most its own bid. Equal bids are ordered by the SHA-256 of decision id and campaign id, an evenly paced
campaign takes part by the same hash, and the creative is taken by the SHA-256 of the decision id: whoever has the log
computes the same (`svc_ads/jobs/verify_auctions.py`).
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from contracts.ads import MIN_BID_CPM
from svc_ads.serving.matching import Facts
from svc_ads.terms import bid_micros

#: What a view costs at least, in micros.
FLOOR_MICROS = bid_micros(MIN_BID_CPM)
#: A throttle that lets every decision pass.
FULL = 1_000_000

#: Why a candidate did not take part, or what came of it.
Fate = Literal["own", "hidden", "blocked", "unapproved", "frequency", "throttled", "no_budget", "outbid", "won"]


class Candidate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A campaign whose rules hold, as the decision saw it.

    Attributes:
        version: Of its terms; `bid`, `cap` and `creatives` are theirs.
        bid: Micros for a view.
        left: Micros that this server could still reserve.
        seen: How often the person has seen it in this UTC day.
        throttle: The share of decisions it takes part in, in millionths.
        own: It belongs to the person or to the channel's owner.
    """

    campaign_id: str
    version: int
    bid: int
    cap: int
    creatives: tuple[str, ...]
    left: int
    seen: int = 0
    throttle: int = FULL
    own: bool = False
    hidden: bool = False
    blocked: bool = False
    unapproved: bool = False


class Inputs(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that an auction looks at; nothing in it says whose decision it is."""

    decision_id: str
    at_seq: int
    facts: Facts
    candidates: tuple[Candidate, ...]
    floor: int = FLOOR_MICROS


class Outcome(msgspec.Struct, frozen=True):
    """What comes of an auction; `fates` are in the order of its candidates."""

    campaign_id: str | None
    creative_id: str | None
    price: int
    fates: tuple[Fate, ...]


def decide(inputs: Inputs) -> Outcome:
    """Return who wins, with which creative, at what price, and what became of each candidate."""
    fates: list[Fate | None] = [passed_over(each, inputs.decision_id) for each in inputs.candidates]
    running = [each for each, fate in zip(inputs.candidates, fates, strict=True) if fate is None]
    if not running:
        return Outcome(None, None, 0, _told(inputs, fates, None))
    running.sort(key=lambda each: (-each.bid, tie(inputs.decision_id, each.campaign_id)))
    winner = running[0]
    second = running[1].bid + 1 if len(running) > 1 else 0
    price = min(winner.bid, max(second, inputs.floor))
    creative = creative_of(inputs.decision_id, winner.creatives)
    return Outcome(winner.campaign_id, creative, price, _told(inputs, fates, winner.campaign_id))


def passed_over(candidate: Candidate, decision_id: str) -> Fate | None:
    """Return why a candidate does not take part, None where it does."""
    if candidate.own:
        return "own"
    if candidate.hidden:
        return "hidden"
    if candidate.blocked:
        return "blocked"
    if candidate.unapproved:
        return "unapproved"
    if candidate.seen >= candidate.cap:
        return "frequency"
    if candidate.throttle < FULL and not takes_part(decision_id, candidate.campaign_id, candidate.throttle):
        return "throttled"
    # It may have to pay all that it bids.
    return "no_budget" if candidate.left < candidate.bid else None


def takes_part(decision_id: str, campaign_id: str, throttle: int) -> bool:
    """Tell whether a campaign with that throttle takes part in a decision."""
    return int.from_bytes(_hash(decision_id, campaign_id)[:8]) * FULL < throttle << 64


def tie(decision_id: str, campaign_id: str) -> bytes:
    """Return what orders campaigns with equal bids; other bytes than those that throttle."""
    return _hash(decision_id, campaign_id)[8:]


def creative_of(decision_id: str, creatives: tuple[str, ...]) -> str:
    """Return the creative whose turn it is."""
    return creatives[int.from_bytes(hashlib.sha256(decision_id.encode()).digest()[:8]) % len(creatives)]


def _hash(decision_id: str, campaign_id: str) -> bytes:
    return hashlib.sha256(f"{decision_id} {campaign_id}".encode()).digest()


def _told(inputs: Inputs, fates: list[Fate | None], winner: str | None) -> tuple[Fate, ...]:
    ids = (each.campaign_id for each in inputs.candidates)
    return tuple(fate or ("won" if mine == winner else "outbid") for fate, mine in zip(fates, ids, strict=True))
