"""Tokens: forged JWTs, tickets, links and refresh tokens at every door; none lets anybody in."""

from __future__ import annotations

import base64
import hmac
import json
import string
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from fuzz.budget import Budget
from fuzz.forged_tokens import HEADERS, PAYLOADS, part, payload, signed, whole
from fuzz.people import Reply
from fuzz.raw_socket import TEXT, HungUp, converse, frame
from fuzz.site import Site
from fuzz.tally import Tally
from fuzz.tus_client import STREAM, TusClient

#: A JWT that is refused is told to be so; longer headers than anybody reads are refused before.
_REFUSED = {400, 401, 403, 404, 414, 431}
_LATER = {0, 429, 503}
_LETTERS = string.ascii_letters + string.digits + string.punctuation


class Doors:
    """Tries a forged token at all doors.

    Args:
        site: Where.
        tally: What let somebody in.
    """

    def __init__(self, site: Site, tally: Tally) -> None:
        self._site, self._tally = site, tally
        self.person = site.person("ina")
        self._client = TusClient(site.media_url, self.person)
        headers = {"Upload_Length": "6", "Content_Type": STREAM}
        self.media = self._client.ask("POST", "/uploads", b"secret", **headers).headers["Charla-Media-Id"]

    def try_jwt(self, token: str) -> None:
        """Come with an access token to the gateway, the door of media, and as a ticket to the socket."""
        if not token.isprintable() or not token.isascii() or token.strip() != token or not token:
            return
        authorization = {"Authorization": f"Bearer {token}"}
        self._refused("HTTP", self.person.bare("GET", "/v1/users/me", None, authorization))
        self._refused(
            "media", self._client.send("GET", f"/media/{self.media}/original", None, authorization, upto=None)
        )
        self._refused(
            "uploads", self._client.send("POST", "/uploads", None, {"Upload_Length": "1", **authorization}, upto=None)
        )

    def try_ticket(self, ticket: str) -> None:
        """Come to the socket with something that is no ticket."""
        try:
            said = converse(self._site.url, frame(json.dumps({"t": "auth", "ticket": ticket}).encode()))
        except (HungUp, OSError):
            self._tally.case("socket: no answer")
            return
        kinds = [json.loads(payload_).get("t") for opcode, payload_ in said.frames if opcode == TEXT]
        self._tally.case(f"socket: {said.close_code or said.status}")
        self._tally.demand(set(kinds) <= {"error"}, f"a forged ticket let somebody in: {kinds}")

    def try_link(self, path: str) -> None:
        """Follow a link to a media that nobody signed."""
        reply = self._client.send("GET", path, None, {"Authorization": ""}, upto=None)
        self._refused("link", reply)
        self._tally.demand(reply.status != 200, f"a link that nobody signed shows something: {path}")

    def try_body(self, operation: str, path: str, body: Any) -> None:
        """Hand a secret over that is none."""
        self._refused(operation, self.person.bare("POST", path, body, None))

    def _refused(self, door: str, reply: Reply) -> None:
        self._tally.case(f"{door}: {reply.status}")
        self._tally.demand(reply.status in _REFUSED | _LATER, f"{door} answered {reply.status} to what is forged")


def _keys(site: Site, name: str) -> dict[str, Ed25519PrivateKey]:
    found = {}
    for path in sorted(site.run.secrets.glob(f"keys/{name}/*.pem")):
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        if isinstance(key, Ed25519PrivateKey):
            found[path.stem] = key
    return found


def forged(site: Site, good: str) -> dict[str, str]:
    """Return tokens that nobody may be let in by: our own key under wrong words, and others' under right ones.

    Args:
        site: Whose keys.
        good: A token that is right.
    """
    header = json.loads(_plain(good.split(".")[0]))
    kid = str(header["kid"])
    ours = _keys(site, "auth")[kid]
    right = _plain(good.split(".")[1])
    made = {f"header: {how}": signed(ours, text.replace(b'"user-1"', f'"{kid}"'.encode()), right)
            for how, text in HEADERS.items() if how != "kid is a path"}  # fmt: skip
    known = json.dumps({"alg": "EdDSA", "kid": kid, "typ": "JWT"}).encode()
    made |= {f"claims: {how}": signed(ours, known, text) for how, text in PAYLOADS.items()}
    made["claims: of nobody"] = signed(ours, known, payload(sub="u1", exp=1))
    made["unsigned"] = whole(known, right, b"")
    made["of another key"] = signed(Ed25519PrivateKey.generate(), known, right)
    shapes = {"PEM": serialization.Encoding.PEM, "DER": serialization.Encoding.DER}
    for name, encoding in shapes.items():
        secret = ours.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        text = json.dumps({"alg": "HS256", "kid": kid}).encode()
        digest = hmac.digest(secret, f"{part(text)}.{part(right)}".encode(), "sha256")
        made[f"public key as a secret, {name}"] = whole(text, right, digest)
    for service in ("gateway", "messaging", "media", "auth-service"):
        for name, key in _keys(site, service).items():
            # A service's own key is good for what services ask of each other, and for no door of people.
            made[f"key of {service}"] = signed(key, json.dumps({"alg": "EdDSA", "kid": name}).encode(), right)
            made[f"key of {service} as {kid}"] = signed(key, known, right)
    return made


def _plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _changed(good: str) -> st.SearchStrategy[str]:
    """Return a right one with something changed."""
    places = st.integers(0, len(good) - 1)
    letters = st.sampled_from(_LETTERS)
    return st.one_of(
        st.builds(lambda place, letter: good[:place] + letter + good[place + 1 :], places, letters),
        st.builds(lambda place, letter: good[:place] + letter + good[place:], places, letters),
        places.map(lambda place: good[:place]),
        places.map(lambda place: good[place:]),
        st.text(_LETTERS, min_size=1, max_size=200),
        st.lists(st.sampled_from(good.split(".")), min_size=1, max_size=5).map(".".join),
    )


def _same(one: str, other: str) -> bool:
    """Tell whether two texts are the same bytes: the last letter of a part has bits that say nothing."""
    if one == other:
        return True
    (before, sign, first), (begins, _, second) = one.partition("?t="), other.partition("?t=")
    if sign and before != begins:
        return False
    try:
        return [_plain(each) for each in (first or one).split(".")] == [_plain(e) for e in (second or other).split(".")]
    except ValueError:
        return False


def run(site: Site, budget: Budget) -> Tally:
    """Try what was thought out, then changes of right ones until the time is over."""
    tally = Tally("tokens")
    doors = Doors(site, tally)
    good = doors.person.token
    for token in forged(site, good).values():
        doors.try_jwt(token)
        doors.try_ticket(token[:100])
    link = doors.person.need("POST", f"/v1/media/{doors.media}/link", {})["url"]
    path = "/" + link.partition("//")[2].partition("/")[2]
    changes: list[tuple[str, Callable[[str], None]]] = [(good, doors.try_jwt), (path, doors.try_link)]
    for right, attempt in changes:
        budget.explore(_changed(right), _unless_same(right, attempt), 0.4)
    ticket = doors.person.need("POST", "/v1/ws-ticket")["ticket"]
    budget.explore(_changed(ticket), _unless_same(ticket, doors.try_ticket), 0.5)
    budget.explore(_changed(ticket), lambda text: _bodies(doors, text))
    return tally


def _unless_same(right: str, attempt: Callable[[str], None]) -> Callable[[str], None]:
    def try_it(text: str) -> None:
        if not _same(text, right):
            attempt(text)

    return try_it


def _bodies(doors: Doors, text: str) -> None:
    """Hand a text over as each secret that opens something without a sign-in."""
    doors.try_body("refresh", "/v1/auth/refresh", {"refresh_token": text})
    doors.try_body("verify", "/v1/auth/email/verify", {"verify_token": text})
    doors.try_body("code", "/v1/auth/login/code", {"factor_token": text, "code": "123456"})
    doors.try_body("reset", "/v1/auth/password/reset", {"reset_token": text, "new_password": "another 1 long one"})
