"""Folding names, so that jose finds José."""

from __future__ import annotations

import re
import unicodedata

from svc_auth.actions.sealing import keyed_hash


def fold(text: str) -> str:
    """Return `text` in lower case without accents and with single spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(bare.split())


def words(username: str, display_name: str) -> set[str]:
    """Return what a person can be found by: each a text whose beginning matches."""
    full = fold(display_name)
    return {word[:160] for word in (username.casefold(), full, *re.split(r"[\W_]+", full)) if word}


def like_prefix(query: str) -> str:
    """Return a LIKE pattern for what begins with `query`, wildcards taken literally."""
    escaped = fold(query).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped + "%"


def retired_key(username: str) -> str:
    """Return the key under which the name of an erased account stays taken; it does not tell the name."""
    return f"#{keyed_hash('retired names', username.lower()).hex()[:31]}"
