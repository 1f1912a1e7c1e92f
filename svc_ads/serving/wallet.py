"""What one server may still spend, in memory: its leases, and what of them is reserved by tickets.

A ticket's price stays reserved until the view is billed or the ticket is over. Only then, and only after the database
was asked whether it was billed, it can be reserved again. Whatever happens here, the database has the last word when
a view is billed (`leases.spend`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from svc_ads.serving.leases import LIFE, TICKET_LIFE, Granted

#: A ticket is over for good so long after its end, in seconds: clocks differ, and a last view may be on its way.
GRACE_S = 20.0
#: How long a campaign that got no lease is not asked for another one, in seconds.
REFUSED_S = 3.0
_USABLE_S = (LIFE - TICKET_LIFE).total_seconds() - GRACE_S
_TICKET_S = TICKET_LIFE.total_seconds() + GRACE_S


@dataclass
class Slice:
    """One lease.

    Attributes:
        granted: Micros.
        spent: Micros that are known to be billed.
        usable_until: When its last ticket may be given out; seconds of the same clock as everywhere in here.
        reserved: Tickets that may still be billed: when they are over for good, and their price.
    """

    lease_id: str
    campaign_id: str
    granted: int
    usable_until: float
    spent: int = 0
    held: int = 0
    reserved: dict[str, tuple[float, int]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Micros that can be reserved."""
        return self.granted - self.spent - self.held

    def reserve(self, decision_id: str, micros: int, now: float) -> None:
        """Keep the price of a ticket."""
        self.reserved[decision_id] = (now + _TICKET_S, micros)
        self.held += micros

    def settle(self, decision_id: str, *, billed: bool) -> None:
        """Take up that a ticket was billed, or that it never will be."""
        found = self.reserved.pop(decision_id, None)
        if found is not None:
            self.held -= found[1]
            self.spent += found[1] if billed else 0

    def over(self, now: float) -> Iterator[str]:
        """Yield the decisions whose tickets are over for good: these were given out before all others."""
        return (decision_id for decision_id, _ in takewhile(lambda each: each[1][0] <= now, self.reserved.items()))

    def reconcile(self, asked: Iterable[str], billed: Collection[str]) -> None:
        """Take up which of the tickets asked about were billed; the others never will be."""
        for decision_id in asked:
            self.settle(decision_id, billed=decision_id in billed)

    def ends_in(self, now: float) -> float:
        """Return in how many seconds its last ticket is over for good."""
        return max((over - now for over, _ in self.reserved.values()), default=0.0)


class Wallet:
    """The leases of one server. `now` is always a clock that never goes back, in seconds."""

    def __init__(self) -> None:
        self._slices: dict[str, list[Slice]] = {}
        self._refused_until: dict[str, float] = {}
        self._used: set[str] = set()

    def put(self, granted: Collection[Granted], asked: Iterable[str], asked_at: float) -> None:
        """Take up what was granted at some time after `asked_at`; who was asked for and got nothing is let be."""
        for each in granted:
            mine = Slice(each.lease_id, each.campaign_id, each.micros, asked_at + _USABLE_S)
            self._slices.setdefault(each.campaign_id, []).append(mine)
        got = {each.campaign_id for each in granted}
        self._refused_until.update({each: asked_at + REFUSED_S for each in asked if each not in got})

    def left(self, campaign_id: str, now: float) -> int:
        """Return how many micros one view of a campaign may cost here."""
        return max((each.left for each in self._usable(campaign_id, now)), default=0)

    def may_ask(self, campaign_id: str, now: float) -> bool:
        """Tell whether a lease for a campaign may be asked for."""
        return self._refused_until.get(campaign_id, now) <= now

    def reserve(self, campaign_id: str, decision_id: str, micros: int, now: float) -> str:
        """Reserve the price of a ticket; return its lease.

        Raises:
            LookupError: No lease holds that much.
        """
        for each in self._usable(campaign_id, now):
            if each.left >= micros:
                each.reserve(decision_id, micros, now)
                self._used.add(campaign_id)
                return each.lease_id
        raise LookupError(campaign_id)

    def cancel(self, campaign_id: str, decision_id: str) -> None:
        """Take back a reservation whose ticket was never given out."""
        for each in self._slices.get(campaign_id, ()):
            each.settle(decision_id, billed=False)

    def running_low(self, bids: Mapping[str, int], now: float) -> list[str]:
        """Return campaigns that were shown since the last call and of which little is left here."""
        used, self._used = self._used, set()
        return [each for each in used if each in bids and self._is_low(each, bids[each], now)]

    def _is_low(self, campaign_id: str, bid: int, now: float) -> bool:
        usable = list(self._usable(campaign_id, now + _USABLE_S / 10))
        left, granted = sum(each.left for each in usable), max((each.granted for each in usable), default=0)
        return left < max(2 * bid, granted // 3) and self.may_ask(campaign_id, now)

    def over(self, now: float) -> dict[str, list[str]]:
        """Return the decisions whose tickets are over for good, by campaign."""
        found: dict[str, list[str]] = {}
        for each in self._all():
            if ended := list(each.over(now)):
                found.setdefault(each.campaign_id, []).extend(ended)
        return found

    def reconcile(self, asked: Mapping[str, Iterable[str]], billed: set[str]) -> None:
        """Take up which of the tickets that are over were billed; what the others kept is free again."""
        for each in self._all():
            each.reconcile(asked.get(each.campaign_id, ()), billed)

    def surplus(self, running: Iterable[str], now: float) -> list[Slice]:
        """Take out, and return, leases that give out no more tickets: of campaigns not `running`, or too old."""
        live = set(running)
        return self._take(lambda each: each.campaign_id not in live or each.usable_until <= now)

    def all_slices(self) -> list[Slice]:
        """Take out, and return, every lease: this server is about to stop."""
        return self._take(lambda _: True)

    def _take(self, wanted: Callable[[Slice], bool]) -> list[Slice]:
        taken = [each for each in self._all() if wanted(each)]
        for each in taken:
            self._slices[each.campaign_id].remove(each)
            if not self._slices[each.campaign_id]:
                del self._slices[each.campaign_id]
        return taken

    def _usable(self, campaign_id: str, now: float) -> Iterator[Slice]:
        return (each for each in self._slices.get(campaign_id, ()) if each.usable_until > now)

    def _all(self) -> Iterator[Slice]:
        return (each for mine in self._slices.values() for each in mine)
