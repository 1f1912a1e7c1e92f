"""Whether browsers are to come back by HTTPS alone (Strict-Transport-Security)."""

from __future__ import annotations

from urllib.parse import urlsplit

from plumbing.settings import settings

Header = tuple[str, str]
_NAME, _A_YEAR = "Strict-Transport-Security", "max-age=31536000"


def headers(url: str) -> list[Header]:
    """Return what every answer of an origin tells browsers; nothing where it does not keep to HTTPS."""
    if not is_for_good(url):
        return []
    # Only the operator knows what else is below that name: it would be out of reach for a year.
    return [(_NAME, f"{_A_YEAR}; includeSubDomains" if settings().hsts_subdomains == "on" else _A_YEAR)]


def is_for_good(url: str) -> bool:
    """Return whether an origin keeps to HTTPS.

    Not on `localhost`: browsers take it for all its ports, and whatever else is developed there would be out of reach.
    """
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname != "localhost"
