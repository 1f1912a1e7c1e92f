"""Media: each file that is uploaded ends `ready` or `failed` with a code, and those who look at them live on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fuzz import files
from fuzz.budget import Budget
from fuzz.files import Made
from fuzz.mutations import MUTATIONS
from fuzz.site import Site
from fuzz.tally import Tally
from fuzz.tus_client import STREAM, TusClient, pairs
from svc_media.processing.inside.pictures import MOST_PIXELS
from svc_media.processing.refusals import CODES

#: So many files wait at once; each comes to its end within so many seconds of the last that did.
WAITING, END_S = 12, 300.0
_LATER = {0, 429, 503}
_ENDS = {"ready", "failed"}
#: What a browser would run; nothing of strangers' is shown as that.
_ACTIVE = ("html", "svg", "xml", "script", "flash")


def mutants(budget: Budget) -> Iterator[Made]:
    """Yield files without end: those made to do harm first, then right ones and what becomes of them."""
    dice = budget.dice("media")
    right = files.right(dice)
    yield from right
    harmful = files.harmful()
    data = [made.data for made in right]
    while True:
        # Among them, so that what is cheap does not wait behind what is costly.
        if dice.random() < 0.1 and (bomb := next(harmful, None)) is not None:
            yield bomb
        made, mutation = dice.choice(right), dice.choice(MUTATIONS)
        mime = made.mime if dice.random() < 0.85 else dice.choice(right).mime
        yield Made(f"{mutation.__name__} of {made.what}", mutation(dice, made.data, data), mime)


@dataclass
class Sent:
    """A file on its way to its end."""

    media_id: str
    made: Made


class Sender:
    """Somebody who uploads them, and looks at what becomes of them."""

    def __init__(self, site: Site, tally: Tally) -> None:
        self._person, self._tally = site.person("max"), tally
        self._client = TusClient(site.media_url, self._person)
        self._waiting: list[Sent] = []

    def send(self, made: Made) -> None:
        """Upload a file; wait for the end of others where too many are on their way."""
        deadline = time.monotonic() + END_S
        headers = {"Upload_Length": str(len(made.data)), "Content_Type": STREAM}
        headers["Upload_Metadata"] = pairs(filename=f"{made.what}.bin", filetype=made.mime)
        while (reply := self._client.ask("POST", "/uploads", made.data, **headers)).status in _LATER:
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
        if reply.status != 201:
            self._tally.fault(f"{made.what} was not taken: {reply.status} {reply.code}")
            return
        self._tally.case()
        self._waiting.append(Sent(reply.headers["Charla-Media-Id"], made))
        self.settle(WAITING)

    def settle(self, left: int = 0) -> None:
        """Wait until no more than so many have not ended."""
        deadline = time.monotonic() + END_S
        while len(self._waiting) > left:
            before = len(self._waiting)
            self._waiting = [sent for sent in self._waiting if not self._ended(sent)]
            if len(self._waiting) < before:
                deadline = time.monotonic() + END_S
            elif time.monotonic() > deadline:
                for sent in self._waiting:
                    self._tally.fault(f"{sent.made.what} does not end")
                self._waiting = []
            else:
                time.sleep(0.3)

    def _ended(self, sent: Sent) -> bool:
        reply = self._person.ask("GET", f"/v1/media/{sent.media_id}")
        if reply.status != 200:
            self._tally.demand(reply.status in _LATER, f"a media is answered {reply.status}")
            return False
        media = reply.json
        if media["state"] not in _ENDS:
            return False
        self._look(sent, media)
        return True

    def _look(self, sent: Sent, media: dict[str, Any]) -> None:
        what = sent.made.what
        if media["state"] == "failed":
            self._tally.kinds[f"failed {media['error']}"] += 1
            self._tally.demand(media["error"] in CODES, f"{what} failed as {media['error']}")
            return
        self._tally.kinds[f"ready {media['kind']}"] += 1
        pixels = (media["width"] or 0) * (media["height"] or 0)
        self._tally.demand(pixels <= MOST_PIXELS or media["kind"] == "video", f"{what} is ready with {pixels:,} pixels")
        for variant in ["original", *(each["name"] for each in media["variants"])]:
            self._read(sent, variant)

    def _read(self, sent: Sent, variant: str) -> None:
        deadline = time.monotonic() + END_S
        while (reply := self._client.ask("GET", f"/media/{sent.media_id}/{variant}")).status in _LATER:
            if time.monotonic() > deadline:
                break
            time.sleep(0.5)
        told = {name.lower(): value for name, value in reply.headers.items()}
        what = f"{variant} of {sent.made.what}"
        self._tally.demand(reply.status == 200, f"{what} is answered {reply.status}")
        self._tally.demand(told.get("x-content-type-options") == "nosniff", f"{what} may be sniffed")
        self._tally.demand("sandbox" in told.get("content-security-policy", ""), f"{what} may run")
        kind = told.get("content-type", "html")
        self._tally.demand(not any(each in kind for each in _ACTIVE), f"{what} is shown as {kind}")


def run(site: Site, budget: Budget) -> Tally:
    """Upload until the time is over; then wait for the last one, and see that a right one still becomes ready."""
    tally = Tally("media")
    sender = Sender(site, tally)
    for made in mutants(budget):
        sender.send(made)
        if budget.left <= 0:
            break
    sender.settle()
    _lives_on(sender, tally)
    return tally


def _lives_on(sender: Sender, tally: Tally) -> None:
    for made in files.right(Budget(0, 0).dice("last")):
        if made.what in {"PNG RGB", "mp4", "ogg", "pdf"}:
            ready = sum(number for kind, number in tally.kinds.items() if kind.startswith("ready"))
            sender.send(made)
            sender.settle()
            now = sum(number for kind, number in tally.kinds.items() if kind.startswith("ready"))
            tally.demand(now == ready + 1, f"a right {made.what} is no longer made ready")
