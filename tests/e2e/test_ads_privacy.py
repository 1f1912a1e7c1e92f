"""What svc_ads never learns: canaries are planted through the whole of Charla, and looked for in all that it keeps."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from typing import Any

import pytest

from stack.running import RunningStack, load
from tests.e2e.looking import cached, leaks, logs, rows
from tests.e2e.people import Person, eventually

#: All that svc_ads hears of. Each tells of money, of what everybody may know, or of advertising itself.
HEARD = {
    "account_erased",
    "ad_post_published",
    "campaign_published",
    "campaign_stopped",
    "entitlement_changed.ad_free",
    "public_channel_changed",
}


@dataclass
class Canaries:
    """What must not be known: words that somebody wrote, and ids that tell who is with whom."""

    words: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def word(self) -> str:
        """Make a word that stands nowhere else."""
        self.words.append(f"canary{secrets.token_hex(8)}")
        return self.words[-1]


@pytest.fixture(scope="module")
def stack() -> RunningStack:
    return load(os.environ.get("CHARLA_RUN_DIR"))


def made(person: Person, path: str, body: Any) -> Any:
    answer = person.ask("POST", path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def plant(ana: Person, ben: Person) -> Canaries:
    """Write, meet, follow and search in every private place there is."""
    found = Canaries()
    direct = made(ana, "/conversations", {"kind": "direct", "member_ids": [ben.id]})["id"]
    group = made(ana, "/conversations", {"kind": "group", "title": found.word(), "member_ids": [ben.id]})["id"]
    hidden = made(ana, "/channels", {"title": found.word(), "description": found.word(), "visibility": "private"})["id"]
    found.ids += [direct, group, hidden]
    for room in (direct, group):
        found.ids.append(ana.write(room, f"I want to buy {found.word()}").json()["id"])
        ben.get(f"/conversations/{room}/messages")
    assert ana.ask("PUT", f"/conversations/{group}/draft", {"text": found.word()}).status_code in (200, 204)
    ana.get("/search", q=found.word())
    invite = made(ana, f"/channels/{hidden}/invites", {})
    made(ben, "/invites/accept", {"code": invite["code"]})
    post = {"client_post_id": secrets.token_hex(8), "text": found.word()}
    found.ids.append(made(ana, f"/channels/{hidden}/posts", post)["id"])
    # Ads are asked for where there must be none: by a client that is wrong, or by somebody who tries.
    for place in (hidden, direct, group):
        assert ana.ask("GET", f"/channels/{place}/ad", params={"at_seq": 1}).status_code in (204, 404)
    return found


def consent(*people: Person) -> None:
    """Let everybody say yes to all that may be known of them."""
    for person in people:
        told = {"consent": "personal", "region": "ES", "interests": ["music"]}
        answer = person.ask("PATCH", "/users/me/ads", told)
        assert answer.status_code == 200, answer.text


def bindings(stack: RunningStack) -> set[str]:
    """Return the routing keys of events that reach queues of svc_ads."""
    said = stack.control_broker("--quiet", "list_bindings", "-p", "charla", "--formatter", "json")
    return {
        row["routing_key"].replace(".#", "")
        for row in json.loads(said)
        if row["destination_name"].startswith("evt-ads") and row["source_name"].endswith(".events")
    }


@pytest.fixture
def canaries(ana: Person, ben: Person) -> Canaries:
    consent(ana, ben)
    return plant(ana, ben)


def test_nothing_private_reaches_what_svc_ads_keeps(stack: RunningStack, ana: Person, canaries: Canaries) -> None:
    # What is on its way arrives: the same person's public channel does, so the others would have, too.
    public = made(ana, "/channels", {"title": "For everybody", "visibility": "public", "topics": ["music"]})["id"]
    eventually(lambda: any(public in line for line in rows(stack, "ads")))
    for where, lines in (
        ("database", rows(stack, "ads")),
        ("cache", cached(stack, "ads:*")),
        ("logs", logs(stack, "ads*")),
    ):
        assert leaks([*canaries.words, *canaries.ids], lines) == [], where


def test_the_search_for_canaries_finds_one_that_is_there(stack: RunningStack, ana: Person) -> None:
    """A search that finds nothing anywhere would prove nothing."""
    word = f"canary{secrets.token_hex(8)}"
    answer = ana.ask("PUT", "/advertiser", {"name": word})
    assert answer.status_code == 200, answer.text
    assert len(leaks([word], rows(stack, "ads"))) == 1


def test_svc_ads_hears_of_nothing_private(stack: RunningStack) -> None:
    assert bindings(stack) == HEARD


def test_who_follows_whom_is_not_kept(stack: RunningStack, ana: Person, ben: Person) -> None:
    """A person's public channels are known by their topics, not by their names: no row has both."""
    consent(ben)
    public = made(ana, "/channels", {"title": "For everybody", "visibility": "public", "topics": ["music"]})["id"]
    made(ben, f"/channels/{public}/subscription", {"level": "all"})
    eventually(lambda: any(public in line for line in rows(stack, "ads")))
    ben.get("/users/me/ads")
    assert [line for line in rows(stack, "ads") if public in line and ben.id in line] == []
