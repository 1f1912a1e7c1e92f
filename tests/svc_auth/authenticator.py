"""A software passkey: real CBOR, real ES256 signatures."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """A device that keeps one passkey and, unless told otherwise, behaves."""

    origin: str = "https://chat.example.org"
    relying_party: str = "chat.example.org"
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str | None = None

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.user_handle = options["user"]["id"]
        told = self._client_data("webauthn.create", options["challenge"])
        data = self._data(ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer({"clientDataJSON": told, "attestationObject": attestation})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.counter += 1
        told, data = self._client_data("webauthn.get", options["challenge"]), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        answer = self._answer({"clientDataJSON": told, "authenticatorData": data, "signature": signature})
        answer["response"]["userHandle"] = self.user_handle
        return answer

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, more: int) -> bytes:
        party = hashlib.sha256(self.relying_party.encode()).digest()
        return party + struct.pack(">BI", self.flags | more, self.counter)

    def _attested(self) -> bytes:
        at = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")}
        return bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)

    def _answer(self, response: dict[str, bytes]) -> dict[str, Any]:
        name = bytes_to_base64url(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": {key: bytes_to_base64url(value) for key, value in response.items()},
            "clientExtensionResults": {},
        }


def tampered(answer: dict[str, Any], member: str) -> dict[str, Any]:
    """Return an answer with one bit of a member turned."""
    raw = bytearray(base64url_to_bytes(answer["response"][member]))
    raw[-1] ^= 1
    return {**answer, "response": {**answer["response"], member: bytes_to_base64url(bytes(raw))}}
