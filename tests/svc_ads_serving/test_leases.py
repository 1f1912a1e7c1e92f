"""A budget is never overspent by a micro, whatever dies when."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select

from contracts.base import new_id
from svc_ads.models import BilledView, Lease
from svc_ads.serving import leases
from svc_ads.serving.leases import Granted
from svc_ads.serving.wallet import Wallet
from svc_ads.workers.settling import close_leases
from tests.svc_ads_serving.shop import Shop, now

#: 16 processes with 4 servers each: 64 processes of their own do not fit beside a stack into a small machine.
PROCESSES, SERVERS = 16, 4
MANY_LOOKS = 200


def billed(shop: Shop, campaign_id: str) -> int:
    query = select(func.coalesce(func.sum(BilledView.price_micros), 0)).where(BilledView.campaign_id == campaign_id)
    with shop.db.reading() as session:
        return int(session.scalars(query).one())


def tell(process: subprocess.Popen[bytes]) -> None:
    """Write a line to a process: first that it begins, then that it ends."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


@pytest.mark.timeout(900)  # processes take long to start on a busy machine
def test_64_servers_some_of_them_killed_never_overspend(shop: Shop) -> None:
    mine = shop.campaign(bid_micros=1_000_000, budget_micros=500_000_000)
    shop.campaign(bid_micros=999_000, budget_micros=500_000_000)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "tests.svc_ads_serving.killed_server",
        str(SERVERS),
        shop.channel(),
    ]
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, **piped) for _ in range(PROCESSES)]
    for each in running:
        assert each.stdout is not None
        each.stdout.readline()
    for each in running:
        tell(each)
    chance, looks = random.Random(7), 0
    doomed, lived = running[: PROCESSES // 2], running[PROCESSES // 2 :]
    due = list(doomed)
    # Until all doomed are dead, and those that live have billed on.
    until = time.monotonic() + 300
    while (due or looks < MANY_LOOKS) and time.monotonic() < until:
        closed, granted, spent = shop.budget(mine.campaign_id)
        assert closed + granted <= mine.budget_micros
        assert spent <= granted
        looks += 1
        if due and billed(shop, mine.campaign_id) and chance.random() < 0.1:
            due.pop().send_signal(signal.SIGKILL)
        time.sleep(0.02)
    assert [each.poll() for each in lived] == [None] * len(lived), "nobody else has died"
    for each in lived:
        tell(each)
    for each in running:
        each.communicate()
    assert [each.returncode for each in doomed] == [-signal.SIGKILL] * len(doomed)
    assert [each.returncode for each in lived] == [0] * len(lived)
    total = billed(shop, mine.campaign_id)
    assert 0 < total <= mine.budget_micros
    shop.end_leases()
    close_leases(shop.db)
    assert shop.budget(mine.campaign_id) == (total, 0, 0)
    whatever_is_left_can_be_leased(shop, mine.campaign_id, mine.budget_micros - total)


def whatever_is_left_can_be_leased(shop: Shop, campaign_id: str, left: int) -> None:
    """Lease until there is nothing: in the end all of what was not billed is out."""
    got, more = 0, 1
    while more:
        with shop.db.transaction() as session:
            more = sum(each.micros for each in leases.grant(session, [campaign_id], "another"))
        got += more
    assert left - 1_000_000 < got <= left  # less than one bid is not worth a lease


def test_many_who_lease_at_once_share_what_there_is(shop: Shop) -> None:
    mine = shop.campaign(bid_micros=10_000_000, budget_micros=500_000_000)

    def grant(number: int) -> int:
        with shop.db.transaction() as session:
            return sum(each.micros for each in leases.grant(session, [mine.campaign_id], f"server {number}"))

    with ThreadPoolExecutor(24) as pool:
        got = list(pool.map(grant, range(64)))
    assert sum(got) == mine.budget_micros
    assert got.count(0) > 50


def test_a_campaign_that_does_not_run_is_not_leased(shop: Shop) -> None:
    paused, over = shop.campaign(status="paused"), shop.campaign(ends_at=now() - timedelta(seconds=1))
    with shop.db.transaction() as session:
        assert leases.grant(session, [paused.campaign_id, over.campaign_id, new_id()], "a server") == []


def test_an_evenly_paced_campaign_is_leased_no_further_than_planned(shop: Shop) -> None:
    hours = {"starts_at": now() - timedelta(hours=1), "ends_at": now() + timedelta(hours=99)}
    mine = shop.campaign(pacing="even", budget_micros=10_000_000_000, bid_micros=100_000, **hours)
    got, more = 0, 1
    while more:
        with shop.db.transaction() as session:
            more = sum(each.micros for each in leases.grant(session, [mine.campaign_id], "a server"))
        got += more
    # An hour and a half of a hundred, and a hundredth ahead.
    assert 240_000_000 <= got <= 251_000_000


def test_a_server_that_drains_gives_back_what_lives_on_no_ticket(shop: Shop) -> None:
    mine, channel, me = shop.campaign(), shop.channel(), new_id()
    shop.fresh()
    ad = shop.choose(channel, me)
    assert ad is not None
    ticket = shop.ticket(ad, me)
    shop.server.close()
    assert shop.budget(mine.campaign_id) == (0, ticket.price, 0)
    assert shop.bill(ticket) is None
    with shop.db.reading() as session:
        ends_at = session.scalars(select(Lease.expires_at)).one()
    assert now() + timedelta(minutes=9) < ends_at < now() + timedelta(minutes=11)
    shop.end_leases()
    assert close_leases(shop.db) == 1
    assert shop.budget(mine.campaign_id) == (ticket.price, 0, 0)


def test_a_server_that_drains_gives_back_also_what_was_billed_elsewhere(shop: Shop) -> None:
    mine, channel, me = shop.campaign(), shop.channel(), new_id()
    shop.fresh()
    ad = shop.choose(channel, me)
    assert ad is not None
    ticket = shop.ticket(ad, me)
    assert shop.bill(ticket) is None
    shop.server.close()
    assert shop.budget(mine.campaign_id)[1] == ticket.price
    assert close_leases(shop.db) == 1
    assert shop.budget(mine.campaign_id) == (ticket.price, 0, 0)


def test_a_server_gives_back_leases_of_a_campaign_that_stops(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    shop.fresh()
    assert shop.choose(channel) is not None
    shop.server.stopped(mine.campaign_id, 2)
    shop.server._compared_at = time.monotonic()  # before it looks at the database again
    shop.server.tick()
    _, granted, _ = shop.budget(mine.campaign_id)
    assert granted == 10_000  # the one ticket's price


def test_what_is_seen_elsewhere_and_what_is_never_seen_is_found_out(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    shop.fresh()
    people = [new_id(), new_id()]
    ads = [shop.choose(channel, each) for each in people]
    assert ads[0] is not None
    shop.bill(shop.ticket(ads[0], people[0]))
    [lease] = shop.server.wallet._slices[mine.campaign_id]
    assert (lease.spent, lease.held) == (0, 20_000)
    shop.server.reconcile()
    assert (lease.spent, lease.held) == (0, 20_000)  # both live
    lease.reserved = dict.fromkeys(lease.reserved, (time.monotonic() - 1, 10_000))
    shop.server.reconcile()
    assert (lease.spent, lease.held) == (10_000, 0)


def test_more_is_leased_before_it_runs_out(shop: Shop) -> None:
    mine, channel = shop.campaign(bid_micros=1_000_000, budget_micros=500_000_000), shop.channel()
    shop.campaign(bid_micros=999_999, budget_micros=500_000_000)
    server = shop.fresh()
    for _ in range(20):
        shop.choose(channel)
    before = shop.budget(mine.campaign_id)[1]
    server._compared_at = time.monotonic()
    server.tick()
    assert shop.budget(mine.campaign_id)[1] > before


class WalletMachine(RuleBasedStateMachine):
    """One lease after the other, tickets of them, views that are billed here and there, and time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.wallet, self.now = Wallet(), 0.0
        self.granted = self.billed = self.numbers = 0
        self.alive: dict[str, tuple[float, int]] = {}
        self.billed_ids: set[str] = set()

    @rule(micros=st.integers(1, 100))
    def grant(self, micros: int) -> None:
        self.numbers += 1
        self.wallet.put([Granted(f"l{self.numbers}", "c", micros)], ["c"], self.now)
        self.granted += micros

    @rule(micros=st.integers(1, 60))
    def decide(self, micros: int) -> None:
        if self.wallet.left("c", self.now) >= micros:
            self.numbers += 1
            self.wallet.reserve("c", f"d{self.numbers}", micros, self.now)
            self.alive[f"d{self.numbers}"] = (self.now + 600, micros)

    @rule(which=st.integers(0, 10**6))
    def see(self, which: int) -> None:
        living = [key for key, (over, _) in self.alive.items() if over > self.now]
        if living:
            key = living[which % len(living)]
            self.billed += self.alive.pop(key)[1]
            self.billed_ids.add(key)

    @rule(which=st.integers(0, 10**6))
    def cancel(self, which: int) -> None:
        if self.alive:
            key = list(self.alive)[which % len(self.alive)]
            self.wallet.cancel("c", key)
            del self.alive[key]

    @rule(seconds=st.floats(0, 700))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def reconcile(self) -> None:
        asked = self.wallet.over(self.now)
        self.wallet.reconcile(asked, self.billed_ids & set(asked.get("c", ())))
        assert not self.wallet.over(self.now)

    @invariant()
    def never_more_than_was_granted(self) -> None:
        at_stake = sum(micros for over, micros in self.alive.values() if over > self.now)
        assert self.billed + at_stake <= self.granted
        for each in self.wallet._all():
            assert each.left >= 0
            assert each.held == sum(micros for _, micros in each.reserved.values())


TestWallet = WalletMachine.TestCase
TestWallet.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
