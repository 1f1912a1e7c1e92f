"""Tokens that services sign for themselves."""

from __future__ import annotations

from pathlib import Path

from plumbing.identity import TokenSigner
from plumbing.settings import Settings


def service_token(configured: Settings, service: str, audience: str = "auth") -> str:
    """Return a token by which a service acts by itself."""
    return TokenSigner(Path(configured.keys_dir) / service, service).sign({"aud": audience}, 60)
