"""Which campaigns may fit, by bid: language x region x topic -> campaigns, in memory.

The index only narrows down: whether a campaign's rules hold is always `matching.matched`'s word.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from hashlib import sha256
from heapq import merge
from itertools import groupby, product

from svc_ads.serving.matching import Facts
from svc_ads.terms import Terms

ANY = "*"
#: Equal bids that one decision looks at; of more of them its hash draws as many.
TIES = 32
#: Cells that one campaign is in. Where its rules would make more, the longest one is left to `matched`.
MOST_CELLS = 500

Key = tuple[str, str, str]


class _Cell:
    """Campaigns of one place in the index, by bid."""

    def __init__(self) -> None:
        self.bids: list[int] = []  # negative, so that the highest comes first
        self.at: dict[int, list[Terms]] = {}

    def add(self, terms: Terms) -> None:
        bid = -terms.bid_micros
        if bid not in self.at:
            insort(self.bids, bid)
        insort(self.at.setdefault(bid, []), terms, key=_campaign)

    def remove(self, terms: Terms) -> None:
        bid = -terms.bid_micros
        same = self.at[bid]
        del same[bisect_left(same, terms.campaign_id, key=_campaign)]
        if not same:
            del self.at[bid]
            del self.bids[bisect_left(self.bids, bid)]


class Index:
    """The campaigns that take part in auctions, each under its newest terms."""

    def __init__(self) -> None:
        self.terms: dict[str, Terms] = {}
        self._cells: dict[Key, _Cell] = {}

    def put(self, terms: Terms) -> None:
        """Take a campaign in, in the place of older terms of it; terms that are older themselves change nothing."""
        before = self.terms.get(terms.campaign_id)
        if before is not None and before.version >= terms.version:
            return
        self.drop(terms.campaign_id)
        self.terms[terms.campaign_id] = terms
        for key in _keys(terms):
            self._cells.setdefault(key, _Cell()).add(terms)

    def drop(self, campaign_id: str) -> None:
        """Take a campaign out."""
        terms = self.terms.pop(campaign_id, None)
        for key in _keys(terms) if terms is not None else ():
            cell = self._cells[key]
            cell.remove(terms)  # type: ignore[arg-type]
            if not cell.bids:
                del self._cells[key]

    def levels(self, facts: Facts, decision_id: str) -> Iterator[list[Terms]]:
        """Yield campaigns that may fit, all of one bid together, the highest bid first."""
        cells = [cell for key in _asked(facts) if (cell := self._cells.get(key)) is not None]
        for bid, _ in groupby(merge(*(cell.bids for cell in cells))):
            parts = [same for cell in cells if (same := cell.at.get(bid))]
            yield _drawn(parts, decision_id)


def _campaign(terms: Terms) -> str:
    return terms.campaign_id


def _asked(facts: Facts) -> Iterator[Key]:
    regions = (ANY, facts.region) if facts.region else (ANY,)
    return product((ANY, facts.language), regions, (ANY, *facts.topics))


def _keys(terms: Terms) -> list[Key]:
    rules = [terms.languages, terms.regions, terms.channel_topics]
    while len(rules[0] or ANY) * len(rules[1] or ANY) * len(rules[2] or ANY) > MOST_CELLS:
        rules[max(range(3), key=lambda number: len(rules[number]))] = ()
    languages, regions, topics = (sorted(set(rule)) or [ANY] for rule in rules)
    return list(product(languages, regions, topics))


def _drawn(parts: list[list[Terms]], decision_id: str) -> list[Terms]:
    """Return up to TIES campaigns of `parts`, each once; the decision's hash says where to begin."""
    total = sum(map(len, parts))
    if total <= TIES:
        found = parts[0] if len(parts) == 1 else [terms for part in parts for terms in part]
        return found if len(parts) == 1 else list({terms.campaign_id: terms for terms in found}.values())
    start = int.from_bytes(sha256(decision_id.encode()).digest()[8:16]) % total
    picked = (_at(parts, (start + step) % total) for step in range(TIES))
    return list({terms.campaign_id: terms for terms in picked}.values())


def _at(parts: list[list[Terms]], place: int) -> Terms:
    for part in parts:
        if place < len(part):
            return part[place]
        place -= len(part)
    raise AssertionError("unreachable")
