"""Asks an instance how it is."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

from discovery.sidecar.standing import Seen

#: A process that is stopped (SIGSTOP) accepts connections and never answers.
PATIENCE_S = 2.0
_MOST_BYTES = 65_536


async def ask(url: str) -> Seen:
    """Return what the instance says of itself at `/readyz`."""
    return await asyncio.to_thread(_ask, url)


def _ask(url: str) -> Seen:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own loopback address
            answer.read(_MOST_BYTES)
            return "ready"
    except urllib.error.HTTPError as refusal:
        with refusal:
            return "draining" if _drains(refusal.read(_MOST_BYTES)) else "unready"
    except (OSError, ValueError):
        return "silent"


def _drains(body: bytes) -> bool:
    """Return whether one of the checks says that the process ends."""
    try:
        checks = json.loads(body)["checks"]
        return checks.get("draining", "no") not in ("no", "ok")
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
