"""Keys of a service's secret: a rotation takes a new one, and what was sealed, signed or hashed before stays good."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import InvalidToken
from itsdangerous import BadSignature, URLSafeSerializer

from plumbing import sealing
from plumbing.settings import settings

FIRST, SECOND, THIRD = ("first" * 8, "second" * 8, "third" * 8)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    settings.cache_clear()
    sealing.derived_key.cache_clear()


def secrets_are(monkeypatch: pytest.MonkeyPatch, now: str, *before: str) -> None:
    monkeypatch.setenv("TOKEN_SECRET", now)
    monkeypatch.setenv("TOKEN_SECRET_BEFORE", " ".join(before))
    settings.cache_clear()
    sealing.derived_key.cache_clear()


def test_what_was_sealed_before_a_rotation_opens_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    box = sealing.Box("s", "p")
    secrets_are(monkeypatch, FIRST)
    old = box.seal("apple")
    secrets_are(monkeypatch, THIRD, SECOND, FIRST)
    new = box.seal("pear")
    assert (box.unseal(old), box.unseal(new)) == ("apple", "pear")
    secrets_are(monkeypatch, THIRD)
    assert box.unseal(new) == "pear", "the newest seals"
    with pytest.raises(InvalidToken):
        box.unseal(old)


def test_what_was_signed_before_a_rotation_is_believed_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def signer() -> URLSafeSerializer:
        return URLSafeSerializer(sealing.derived_keys("s", "p"), salt="x")

    secrets_are(monkeypatch, FIRST)
    old = signer().dumps("apple")
    secrets_are(monkeypatch, SECOND, FIRST)
    new = signer().dumps("pear")
    assert (signer().loads(old), signer().loads(new)) == ("apple", "pear")
    secrets_are(monkeypatch, SECOND)
    assert signer().loads(new) == "pear", "the newest signs"
    with pytest.raises(BadSignature):
        signer().loads(old)


def test_what_is_compared_for_good_keeps_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets_are(monkeypatch, FIRST)
    first = sealing.derived_key("s", "p")
    secrets_are(monkeypatch, THIRD, SECOND, FIRST)
    assert sealing.derived_key("s", "p") == first


def test_a_short_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets_are(monkeypatch, "short")
    with pytest.raises(RuntimeError, match="32"):
        sealing.derived_key("s", "p")
