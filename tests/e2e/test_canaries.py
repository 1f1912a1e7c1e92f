"""What somebody wrote in private stands where it must, and nowhere else: not in an answer to anybody else, not in an
event, a log, a cache, a notification, nor in another service's tables.

Each word that is planted stands nowhere else in the world, and names the databases that may know it.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import websocket
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import IntegrityError

from contracts.clock import rfc3339
from stack.running import RunningStack, load
from tests.e2e.looking import SERVICES, Tap, cached, leaks, logs, rows
from tests.e2e.moderators import make_moderator
from tests.e2e.paying import begin, give
from tests.e2e.people import Person, Socket, eventually, sign_up
from tests.e2e.uploading import Upload

#: No database has these as they are.
SECRETS = ("password", "TOTP secret", "access token", "refresh token")

#: Conversations show them, so messaging has to hear them.
NOTES = ("note of a payment", "note of a request")


@dataclass
class Planted:
    """The words, by what they are; whose databases may hold each; and the ids of what they stand in."""

    mark: str = field(default_factory=lambda: f"zq{secrets.token_hex(6)}")
    words: dict[str, str] = field(default_factory=dict)
    homes: dict[str, set[str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def word(self, what: str, *homes: str) -> str:
        """Make a word for something that somebody writes."""
        return self.keep(what, f"{self.mark}n{len(self.words):02d}x", *homes)

    def keep(self, what: str, word: str, *homes: str) -> str:
        """Look for a word that Charla made."""
        self.words[what], self.homes[what] = word, set(homes)
        return word

    def away_from(self, database: str) -> list[str]:
        """The words that this database must not have."""
        return [word for what, word in self.words.items() if database not in self.homes[what]]


@dataclass
class World:
    """Ana and Ben have secrets; Cleo is a stranger who listened all the while; the moderator may moderate."""

    ana: Person
    ben: Person
    cleo: Person
    moderator: Person
    planted: Planted
    events: list[str]
    overheard: list[str]


def made(person: Person, method: str, path: str, body: Any = None) -> Any:
    answer = person.ask(method, path, body)
    assert answer.status_code in (200, 201, 202, 204), f"{path}: {answer.text}"
    return answer.json() if answer.content else {}


def account(url: str, planted: Planted) -> Person:
    """Make Ana's account, whose password and sessions are secrets."""
    address = f"{planted.word('address', 'auth')}@example.org"
    password = planted.word("password")
    pair = sign_up(url, "ana", password=password, email=address)
    planted.keep("access token", pair["access_token"].rpartition(".")[2])
    planted.keep("refresh token", pair["refresh_token"])
    ana = Person(url, pair["user"]["id"], pair["access_token"])
    factor = made(ana, "POST", "/auth/factors/totp", {"label": "phone", "password": password})
    planted.keep("TOTP secret", factor["secret"])
    return ana


def converse(ana: Person, ben: Person, planted: Planted) -> None:
    """Write in every way that a conversation has."""

    def home(what: str) -> str:
        return planted.word(what, "messaging")

    group = made(ana, "POST", "/conversations", {"kind": "group", "title": home("title"), "member_ids": [ben.id]})["id"]
    direct = made(ana, "POST", "/conversations", {"kind": "direct", "member_ids": [ben.id]})["id"]
    message = ana.write(group, home("text before an edit")).json()["id"]
    made(ana, "PATCH", f"/messages/{message}", {"text": home("text after an edit")})
    assert ana.write(direct, home("text between two")).status_code == 201
    gone = ana.write(group, home("deleted text")).json()["id"]
    made(ana, "DELETE", f"/messages/{gone}")
    mention = {"type": "mention", "offset": 0, "length": 4, "user_id": ben.id}
    assert ana.write(group, f"@Ben {home('text with a mention')}", entities=[mention]).status_code == 201
    later = rfc3339(datetime.now(UTC) + timedelta(days=1))
    assert ana.write(group, home("scheduled text"), send_at=later).status_code in (201, 202)
    poll = {"question": home("question"), "options": [home("choice"), "no"]}
    assert ana.write(group, "", poll=poll).status_code == 201
    made(ana, "PUT", f"/conversations/{group}/draft", {"text": home("draft")})
    report = {"conversation_id": group, "reason": "spam", "note": home("note to moderators"), "user_id": ana.id}
    made(ben, "POST", "/reports", report)
    ana.get("/search", q=planted.words["text after an edit"])
    ben.get(f"/conversations/{group}/messages")
    planted.ids |= {"conversation_id": group, "message_id": message}


def publish(ana: Person, ben: Person, planted: Planted) -> None:
    """Have a private channel with a post, and a follower who was invited."""
    facts = {what: planted.word(f"channel's {what}", "subscriptions") for what in ("title", "description")}
    channel = made(ana, "POST", "/channels", {**facts, "visibility": "private"})["id"]
    invite = made(ana, "POST", f"/channels/{channel}/invites", {})
    made(ben, "POST", "/invites/accept", {"code": invite["code"]})
    mention = {"type": "mention", "offset": 0, "length": 4, "user_id": ben.id}
    words = {"text": f"@Ben {planted.word('post', 'subscriptions')}", "entities": [mention]}
    words["client_post_id"] = secrets.token_hex(8)
    post = made(ana, "POST", f"/channels/{channel}/posts", words)["id"]
    planted.ids |= {"channel_id": channel, "post_id": post}


def pay(ana: Person, ben: Person, planted: Planted) -> None:
    """Pay with a note, which the conversation shows, and ask for money with another."""
    give(ana, 500)
    told = {"conversation_id": planted.ids["conversation_id"], "amount": 100, "currency": "EUR"}
    note = planted.word("note of a payment", "payments", "messaging")
    payment = begin(ana, "/payments", {**told, "payee_id": ben.id, "note": note, "method": "balance"})
    note = planted.word("note of a request", "payments", "messaging")
    request = begin(ana, "/payment-requests", {**told, "payer_id": ben.id, "note": note})
    planted.ids |= {"payment_id": payment["id"], "request_id": request["id"]}


def upload(ana: Person, planted: Planted) -> None:
    """Store a file with a telling name."""
    stored = Upload(
        ana, b"%PDF-1.4\n" + secrets.token_bytes(64), f"{planted.word('file', 'media')}.pdf", "application/pdf"
    )
    assert stored.patch().status_code == 204
    planted.ids["media_id"] = stored.id


class Ear(threading.Thread):
    """Keeps all that comes to somebody's socket."""

    def __init__(self, screen: Socket) -> None:
        super().__init__(daemon=True)
        self._screen = screen
        self.heard: list[str] = []

    def run(self) -> None:
        """Listen until the socket is closed."""
        with suppress(websocket.WebSocketException, OSError):
            for frame in self._screen.hear_all():
                self.heard.append(json.dumps(frame))


@pytest.fixture(scope="module")
def stack() -> RunningStack:
    return load(os.environ.get("CHARLA_RUN_DIR"))


@pytest.fixture(scope="module")
def world(url: str, stack: RunningStack) -> World:
    """Everything is said and done, and whatever follows from it has come to an end."""
    planted, tap = Planted(), Tap(stack)
    ben, cleo = Person.register(url, "ben"), Person.register(url, "cleo")
    screen, ana = cleo.socket(), account(url, planted)
    ear = Ear(screen)
    ear.start()
    converse(ana, ben, planted)
    publish(ana, ben, planted)
    pay(ana, ben, planted)
    upload(ana, planted)
    planted.ids |= {"user_id": ana.id, "handle": "nowhere"}
    events: list[str] = []
    # The last that was told is the last to be heard of.
    eventually(
        lambda: (
            events.extend(tap.heard()) or any("media" in each and planted.ids["media_id"] in each for each in events)
        ),
        60,
    )
    room = made(ben, "POST", "/conversations", {"kind": "direct", "member_ids": [cleo.id]})["id"]
    assert ben.write(room, "That was all").status_code == 201
    eventually(lambda: leaks(["That was all"], list(ear.heard)), 60)
    screen.close()
    tap.close()
    return World(ana, ben, cleo, make_moderator(url), planted, events, ear.heard)


def everything(person: Person | None, world: World) -> dict[str, str]:
    """Ask by every GET that there is, with the ids of what Ana has; return what each said, by its path."""
    document = requests.get(f"{world.ana.url}/v1/openapi.json", timeout=60).json()
    said = {}
    for path, operations in document["paths"].items():
        if "get" in operations and not path.endswith(("/poll", "/openapi.json")):
            headers = {"Authorization": f"Bearer {person.token}"} if person else {}
            address = f"{world.ana.url}{filled(path, world.planted.ids)}"
            wanted = query(operations["get"], world.planted)
            answer = requests.get(address, params=wanted, headers=headers, timeout=40, allow_redirects=False)
            assert answer.status_code < 500 or path == "/readyz", f"{path}: {answer.text}"
            said[path] = f"{answer.headers} {answer.text}"
    return said


def filled(path: str, ids: dict[str, str]) -> str:
    """Return a path with Ana's ids in it, and one that nobody has for what she has not."""
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        head, _, rest = path.partition("{")
        path = f"{head}00000000-0000-7000-8000-000000000000{rest.partition('}')[2]}"
    return path


def query(operation: dict[str, Any], planted: Planted) -> dict[str, Any]:
    """Return words for a query that would show the most. What is searched for is no word, but how all of them begin."""
    known = {
        "q": planted.mark,
        "query": planted.mark,
        "currency": "EUR",
        "month": time.strftime("%Y-%m"),
        "token": "x",
        "at_seq": 1,
        "after_seq": 0,
        "after_ver": 0,
        "kind": "media",
    }
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    return {
        name: known[name] for name in names if name in known and not (name == "after_seq" and "before_seq" in names)
    }


def test_a_stranger_is_told_none_of_it(world: World) -> None:
    for person in (None, world.cleo):
        assert (
            leaks(world.planted.words.values(), [f"{path}: {each}" for path, each in everything(person, world).items()])
            == []
        )


def test_a_moderator_is_told_the_note_to_moderators_and_no_more(world: World) -> None:
    """They see what was reported. Ben reported a person, and no message."""
    said = [f"{path}: {each}" for path, each in everything(world.moderator, world).items()]
    note = world.planted.words["note to moderators"]
    assert leaks([note], said)
    assert leaks([word for word in world.planted.words.values() if word != note], said) == []


def test_who_wrote_it_is_told_all_of_it(world: World) -> None:
    """What nobody is told would prove nothing. A deleted text is gone, an edited one among a message's edits."""
    said = [f"{path}: {each}" for path, each in everything(world.ana, world).items()]
    gone = {"deleted text", "note to moderators"}
    missing = [what for what, word in world.planted.words.items() if what not in gone and not leaks([word], said)]
    assert set(missing) == set(SECRETS)


def test_no_event_carries_it(world: World) -> None:
    assert len(world.events) > len(SERVICES)
    notes = {world.planted.words[what] for what in NOTES}
    assert leaks(set(world.planted.words.values()) - notes, world.events) == []
    told = leaks(notes, world.events)
    assert {each.partition(":")[0] for each in told} == {"payment_changed", "payment_request_changed"}


def test_nobody_overhears_it(world: World) -> None:
    assert leaks(world.planted.words.values(), world.overheard) == []


@pytest.mark.parametrize("database", SERVICES)
def test_each_service_keeps_what_is_its_own(world: World, stack: RunningStack, database: str) -> None:
    kept = list(rows(stack, database, world.planted.mark))
    assert leaks(world.planted.away_from(database), kept) == []
    homes = {what for what, homes in world.planted.homes.items() if database in homes and what != "deleted text"}
    assert [what for what in homes if not leaks([world.planted.words[what]], kept)] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_no_table_has_a_secret_as_it_is(world: World, stack: RunningStack, secret: str) -> None:
    for database in SERVICES:
        assert list(rows(stack, database, world.planted.words[secret])) == []


def test_no_cache_has_it(world: World, stack: RunningStack) -> None:
    assert leaks(world.planted.words.values(), cached(stack)) == []


def run_badly(stack: RunningStack, word: str) -> None:
    """Run a statement that takes long and one that fails, as each may on a busy day."""
    with create_engine(stack.env("ops")["DATABASE_URL"], poolclass=NullPool).connect() as connection:
        connection.execute(text("SELECT pg_sleep(1.5), :word"), {"word": word})
        connection.execute(text("CREATE TEMPORARY TABLE birds (word text PRIMARY KEY)"))
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO birds VALUES (:word), (:word)"), {"word": word})


def test_no_log_has_it(world: World, stack: RunningStack) -> None:
    run_badly(stack, world.planted.words["draft"])
    assert leaks(world.planted.words.values(), logs(stack)) == []


def test_a_notification_says_where_and_not_what(world: World) -> None:
    title = world.planted.words["channel's title"]
    eventually(lambda: title in json.dumps(world.ben.get("/notifications")))
    told = json.dumps(world.ben.get("/notifications"))
    assert leaks([word for word in world.planted.words.values() if word != title], [told]) == []
