"""Advertising: small campaigns one after the other, shown to a crowd at once, each view told once or twice."""

from __future__ import annotations

import asyncio
import http.client
import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.lane import Lane
from bench.people import People, Person, SetupError
from bench.wire import Response, Target
from contracts.clock import rfc3339
from drill.client import Client
from drill.finding import Finding
from drill.loads.load import now_and_then, together
from drill.promises.budgets import AdBooks, AdHistory, Bill, Campaign, check_budgets
from stack.running import RunningStack

CURRENCY = "EUR"
PREPAID, BUDGET = 200_000, 1_000
#: Of thousand views, in minor units: a budget is twenty views, and two campaigns with one bid pay all of it.
BID_CPM, RIVALS = 50_000, 2
PAUSE_S, ROUND_S = 0.5, 40.0
#: A view counts a second after the ad was given at the earliest.
VISIBLE_S = 1.2
REPEAT = 0.3
READY_S = 60.0
CARD = "4242424242424242"
MICROS = 1_000_000


class Ads:
    """A channel that carries ads, an advertiser, and strangers who pass by.

    Args:
        stack: Whose books are read, and whose key signs the strangers' tokens: one person gets one ad in two minutes.
        people: Refreshes tokens.
        team: Who owns the channel, who advertises, and who reviews.
        strangers: How many look at a time.
        seed: Makes the load reproducible.
    """

    name = "ads"

    def __init__(
        self, stack: RunningStack, people: People, team: Sequence[Person], strangers: int, seed: str
    ) -> None:  # fmt: skip
        self.history = AdHistory()
        self.done = 0
        self._books = Books(stack)
        self._crowd = Strangers(stack)
        self._people = people
        self._dice = random.Random(seed)
        self._owner, self._advertiser, self._reviewer = (Client(people, each, self._dice) for each in team)
        self._passers = [Client(people, self._crowd.next(), random.Random(f"{seed}.{n}")) for n in range(strangers)]
        self._channel = ""
        self._campaigns: list[str] = []
        self._stored = AdBooks()

    async def open(self) -> None:
        """Let a channel carry ads, put money aside, and start the first campaigns."""
        body = {"title": "Market", "visibility": "public"}
        self._channel = (await _done(self._owner, "POST", "/channels", body))["id"]
        place = f"/channels/{self._channel}/ads"
        await _until(lambda: self._owner.insist("GET", place), "possible")
        await _done(self._owner, "PATCH", place, {"enabled": True})
        await self._prepay()
        await _done(self._advertiser, "PUT", "/advertiser", {"name": "The drill"})
        await asyncio.to_thread(self._books.make_admin, self._reviewer.person.username)
        await self._sign_in_again(self._reviewer.person)
        await self._launch()

    async def _prepay(self) -> None:
        body = {"amount": PREPAID, "currency": CURRENCY, "purpose": "ads"}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = await self._advertiser.insist("POST", "/top-ups", body, key)
        if not answer.ok:
            raise SetupError(f"top-up: {answer.status} {answer.body[:200]!r}")
        payment = answer.json()
        await asyncio.to_thread(use_card, payment["action_url"])
        path = f"/payments/{payment['id']}"
        await _until(lambda: self._advertiser.insist("GET", path), "status", "succeeded")

    async def _sign_in_again(self, person: Person) -> None:
        body = {"username": person.username, "password": person.password}
        person.take_tokens((await person.lane.call("POST", "/auth/login", body=body)).json())

    async def _launch(self) -> None:
        """Start campaigns that bid against each other."""
        for _ in range(RIVALS):
            now = datetime.now(UTC)
            wanted = {
                "title": "Drill", "category": "arts", "currency": CURRENCY, "budget": BUDGET, "bid_cpm": BID_CPM,
                "starts_at": rfc3339(now), "ends_at": rfc3339(now + timedelta(days=1)), "pacing": "fast",
            }  # fmt: skip
            key = {"Idempotency-Key": str(uuid.uuid4())}
            campaign = (await _done(self._advertiser, "POST", "/campaigns", wanted, key))["id"]
            shown = {"kind": "text", "title": "A drill", "body": "It is over soon", "url": "https://drill.example/"}
            place = f"/campaigns/{campaign}/creatives"
            key = {"Idempotency-Key": str(uuid.uuid4())}
            creative = (await _done(self._advertiser, "POST", place, shown, key))["id"]
            await _done(self._reviewer, "POST", f"{place}/{creative}/review", {"review": "approved"})
            self._campaigns.append(campaign)
            await self._advertiser.insist("POST", f"/campaigns/{campaign}/start")

    async def run(self, stop: asyncio.Event) -> None:
        """Show ads until `stop`."""
        await together(self._launch_on(stop), *(self._pass_by(each, stop) for each in self._passers))

    async def _launch_on(self, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, ROUND_S):
            await self._launch()

    async def _pass_by(self, passer: Client, stop: asyncio.Event) -> None:
        while await now_and_then(stop, self._dice, PAUSE_S):
            passer.person = self._crowd.next()
            answer = await passer.insist("GET", f"/channels/{self._channel}/ad?at_seq=1&language=en")
            self.history.asked += 1
            self.done += 1
            if answer.status == 200:  # noqa: PLR2004
                await self._view(passer, answer.json())

    async def _view(self, passer: Client, ad: Any) -> None:
        self.history.shown[ad["id"]] += 0
        await asyncio.sleep(VISIBLE_S)
        body = {"ticket": ad["ticket"], "visible_ms": int(VISIBLE_S * 1_000)}
        for _ in range(2 if self._dice.random() < REPEAT else 1):
            answer = await passer.insist("POST", f"/ads/{ad['id']}/viewed", body)
            if answer.ok and answer.json()["counted"]:
                self.history.shown[ad["id"]] += 1

    async def findings(self) -> list[Finding]:
        """Compare what was shown and told with what was billed and put aside."""
        self._stored = await asyncio.to_thread(self._books.read, self._campaigns, list(self.history.shown))
        return check_budgets(self.history, self._stored)

    def summary(self) -> str:
        """Return in a line what was done."""
        budgets = sum(each.budget for each in self._stored.campaigns)
        spent = sum(each.billed for each in self._stored.campaigns) / max(1, budgets)
        counted = sum(1 for count in self.history.shown.values() if count)
        return (
            f"{len(self._campaigns)} campaigns, {self.history.asked:,} times asked for an ad,"
            f" {len(self.history.shown)} shown, {counted} views counted, {spent:.0%} of all budgets billed"
        )

    def leave(self) -> None:
        """Close all connections."""
        for client in (self._owner, self._advertiser, self._reviewer, *self._passers):
            client.leave()


async def _done(client: Client, method: str, path: str, body: object, headers: dict[str, str] | None = None) -> Any:
    answer = await client.insist(method, path, body, headers or {})
    if not answer.ok:
        raise SetupError(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
    return answer.json() if answer.body else None


async def _until(ask: Any, name: str, value: object = True) -> None:
    """Ask until a field is what it should become."""
    deadline = monotonic() + READY_S
    while True:
        answer: Response = await ask()
        if answer.ok and answer.json()[name] == value:
            return
        if monotonic() > deadline:
            raise SetupError(f"{name} did not become {value}: {answer.status} {answer.body[:200]!r}")
        await asyncio.sleep(0.2)


def use_card(url: str) -> None:
    """Choose a card on the provider's own page."""
    parts = urlsplit(url)
    wire = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        wire.request("POST", parts.path, urlencode({"shortcut": CARD}), form)
        status = wire.getresponse().status
    finally:
        wire.close()
    if status != http.HTTPStatus.SEE_OTHER:
        raise SetupError(f"the provider's page answered {status}")


class Strangers:
    """People whom nobody knows, with tokens that the stack's own key signs.

    Args:
        stack: Whose key it is.
    """

    def __init__(self, stack: RunningStack) -> None:
        from plumbing.identity import TokenSigner

        self._lane = Lane(Target.from_url(stack.url))
        environment = stack.env("auth")
        self._signer = TokenSigner(Path(environment["KEYS_DIR"]) / "auth", environment["AUTH_ISSUER"])

    def next(self) -> Person:
        """Return another one."""
        user_id = str(uuid.uuid4())
        who = {"sub": user_id, "sid": str(uuid.uuid4()), "jti": uuid.uuid4().hex, "aud": "charla", "roles": ["user"]}
        lifetime_s = 600
        person = Person("stranger", "", "127.0.0.1", id=user_id, token=self._signer.sign(who, lifetime_s))
        person.lane = self._lane
        person.lifetime_s, person.expires_at = lifetime_s, monotonic() + lifetime_s
        return person


class Books:
    """The books of advertising, as the services' own roles read them.

    Args:
        stack: Whose they are.
    """

    def __init__(self, stack: RunningStack) -> None:
        from plumbing.database import transactions

        self._ads = transactions(stack.env("ads")["DATABASE_URL"], 1)
        self._ledger = transactions(stack.env("payments")["DATABASE_URL"], 1)
        self._auth = transactions(stack.env("auth")["DATABASE_URL"], 1)

    def make_admin(self, username: str) -> None:
        """Let somebody review, as the first administrator of an installation is made."""
        from svc_auth.jobs import grant_admin

        grant_admin.run(username, self._auth)

    def read(self, campaign_ids: Sequence[str], shown: Sequence[str]) -> AdBooks:
        """Return what is stored of these campaigns and of the ads that were shown, and what is wrong with all there is.

        An earlier drill's campaigns may still have something to spend, and be shown too.
        """
        from sqlalchemy import text

        from svc_ads.workers.checking import check_budgets as own_proof

        own = [f"{each.rule} {each.where}: {each.detail}" for each in own_proof(self._ads)]
        wanted = {"ids": list(campaign_ids)}
        with self._ledger.reading() as session:
            accounts = {"accounts": [f"campaign:{each}" for each in campaign_ids]}
            aside = {row[0].partition(":")[2]: int(row[1]) for row in session.execute(text(_ASIDE), accounts)}
        with self._ads.reading() as session:
            campaigns = [
                Campaign(str(row[0]), int(row[1]), int(row[2]), int(row[3]), aside.get(str(row[0]), 0))
                for row in session.execute(text(_CAMPAIGNS), wanted)
            ]
            bills = [
                Bill(str(row[0]), str(row[1])) for row in session.execute(text(_BILLS), wanted | {"shown": list(shown)})
            ]
        return AdBooks(campaigns, bills, own)


_CAMPAIGNS = f"""
SELECT c.campaign_id, c.budget * {MICROS},
  coalesce((SELECT sum(v.price_micros) FROM billed_views v WHERE v.campaign_id = c.campaign_id), 0),
  c.closed_micros + coalesce((SELECT sum(l.granted_micros) FROM campaign_leases l
    WHERE l.campaign_id = c.campaign_id AND l.closed_at IS NULL), 0)
FROM campaigns c WHERE c.campaign_id = ANY (CAST(:ids AS uuid[]))
"""  # noqa: S608 - a constant
_BILLS = """
SELECT campaign_id, decision_id FROM billed_views
WHERE campaign_id = ANY (CAST(:ids AS uuid[])) OR decision_id = ANY (CAST(:shown AS uuid[]))
"""
_ASIDE = "SELECT account_id, sum(amount) FROM ledger_entries WHERE account_id = ANY (:accounts) GROUP BY account_id"
