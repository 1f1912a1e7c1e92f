"""Tokens written by hand, byte by byte, which nobody may be let in by."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbing.identity import MAX_TOKEN_CHARS

#: Some of these are made when tests are collected, and used much later.
DAY_S = 86_400
HEADER = b'{"alg":"EdDSA","kid":"user-1","typ":"JWT"}'


def part(raw: bytes) -> str:
    """Return a part of a token: base64url without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def whole(header: bytes, payload: bytes, signature: bytes) -> str:
    """Return a token of any three parts."""
    return f"{part(header)}.{part(payload)}.{part(signature)}"


def payload(**changed: Any) -> bytes:
    """Return the claims of a good token, or nearly."""
    now = int(time.time())
    facts = {"iss": "charla-auth", "aud": "charla", "sub": "u1", "sid": "s1", "roles": ["user"]}
    return json.dumps(facts | {"iat": now, "nbf": now, "exp": now + 20 * DAY_S} | changed).encode()


def signed(key: Ed25519PrivateKey, header: bytes, body: bytes) -> str:
    """Return a token that a key has signed, whatever it says."""
    return whole(header, body, key.sign(f"{part(header)}.{part(body)}".encode()))


#: With our own signature under them, so that nothing but the header is wrong.
HEADERS = {
    "alg none": b'{"alg":"none","kid":"user-1"}',
    "alg None": b'{"alg":"None","kid":"user-1"}',
    "alg in small letters": b'{"alg":"eddsa","kid":"user-1"}',
    "alg of another curve": b'{"alg":"ES256","kid":"user-1"}',
    "alg HS256": b'{"alg":"HS256","kid":"user-1"}',
    "alg is a list": b'{"alg":["EdDSA"],"kid":"user-1"}',
    "alg is null": b'{"alg":null,"kid":"user-1"}',
    "no alg": b'{"kid":"user-1"}',
    "alg twice, the last none": b'{"alg":"EdDSA","alg":"none","kid":"user-1"}',
    "kid twice, the last unknown": b'{"alg":"EdDSA","kid":"user-1","kid":"user-2"}',
    "no kid": b'{"alg":"EdDSA"}',
    "kid is a number": b'{"alg":"EdDSA","kid":1}',
    "kid is a path": b'{"alg":"EdDSA","kid":"../auth/user-1"}',
    "kid is SQL": b'{"alg":"EdDSA","kid":"user-1\' OR \'1\'=\'1"}',
    "kid ends in NUL": b'{"alg":"EdDSA","kid":"user-1\\u0000"}',
    "kid in other letters": b'{"alg":"EdDSA","kid":"USER-1"}',
    "critical extension": b'{"alg":"EdDSA","kid":"user-1","crit":["exp"]}',
    "payload apart": b'{"alg":"EdDSA","kid":"user-1","b64":false,"crit":["b64"]}',
    "no UTF-8": b'{"alg":"EdDSA","kid":"user-1","x":"\xff"}',
    "no JSON": b'{"alg":"EdDSA","kid":"user-1"',
    "a list": b'["EdDSA","user-1"]',
    "nothing": b"",
    "deep": b'{"alg":"EdDSA","kid":"user-1","x":' + b"[" * 2_000 + b"]" * 500,
    "huge": b'{"alg":"EdDSA","kid":"user-1","x":"' + b"x" * MAX_TOKEN_CHARS + b'"}',
}


NOW = int(time.time())
#: What nobody but we could have signed, and we never did.
PAYLOADS = {
    "audience of another": payload(aud="charla-admin"),
    "audience is a list without us": payload(aud=["a", "b"]),
    "audience is a number": payload(aud=1),
    "audience in other letters": payload(aud="Charla"),
    "issuer of another": payload(iss="charla-auth-2"),
    "issuer is a list": payload(iss=["charla-auth"]),
    "begins later": payload(nbf=NOW + 10 * DAY_S),
    "is made later": payload(iat=NOW + 10 * DAY_S),
    "begins at no time": payload(nbf="soon"),
    "ends at no time": payload(exp="later"),
    "ends nowhere": payload(exp=float("inf")),
    "ends at no number": payload(exp=float("nan")),
    "ends too late for a float": payload(exp=10**400),
    "is made at an endless time": payload(iat=float("inf")),
    "subject is nobody": payload(sub=""),
    "subject is a number": payload(sub=7),
    "subject is null": payload(sub=None),
    "session is null": payload(sid=None),
    "roles are a word": payload(roles="admin"),
    "roles are no words": payload(roles=[1]),
    "no JSON": b"{",
    "no UTF-8": payload()[:-1] + b',"x":"\xff"}',
    "a list": b"[]",
    "nothing": b"",
    "deep": payload()[:-1] + b',"x":' + b"[" * 1_500 + b"]" * 200 + b"}",
    "audience twice, the last of another": payload()[:-1] + b',"aud":"another"}',
}
