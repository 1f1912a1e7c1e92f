"""What may come in through the door: types, lengths and forms, refused with stable codes."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.auth import InvalidUsername, LeftBehind, WeakPassword
from contracts.base import Invalid
from svc_auth.oidc.config import allowed_app_redirect

USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9._]{2,31}")
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
ROLES = ("user", "moderator", "admin")
PROFILE_FIELDS = frozenset({"username", "display_name", "email", "locale", "time_zone"})
PASSWORD_MIN, PASSWORD_MAX = 10, 256


def refuse(field: str, why: str) -> Invalid:
    """Return the error for a field of a wrong form; its code is `invalid_<field>`."""
    return Invalid(f"{field} {why}", code=f"invalid_{field}", field=field)


def is_plain(value: str) -> bool:
    """Tell whether a text has no control character, NUL or lone surrogate."""
    return not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value)


def text(value: object, field: str, low: int, high: int) -> str:
    """Return `value` if it is a plain text of `low` to `high` characters."""
    if not isinstance(value, str) or not low <= len(value) <= high or not is_plain(value):
        raise refuse(field, f"must be a text of {low} to {high} plain characters")
    return value


def username(value: object) -> str:
    """Return a well-formed username as it was typed."""
    if not isinstance(value, str) or not USERNAME.fullmatch(value):
        raise InvalidUsername
    return value


def login_name(value: object) -> str:
    """Return the name of a sign-in attempt; one that nobody can have is only shortened."""
    return text(value, "username", 1, 254)


def display_name(value: object) -> str:
    """Return a display name, trimmed and in NFC."""
    if not isinstance(value, str):
        raise refuse("display_name", "must be a text")
    return text(unicodedata.normalize("NFC", value[:400]).strip(), "display_name", 1, 80)


def new_password(value: object) -> str:
    """Return a password that may be set, as far as its form goes."""
    if not isinstance(value, str) or "\0" in value or not PASSWORD_MIN <= len(value) <= PASSWORD_MAX:
        raise WeakPassword
    return _encodable(value)


def tried_password(value: object) -> str:
    """Return a password that somebody tries; whether it is right is another question."""
    if not isinstance(value, str) or not 1 <= len(value) <= PASSWORD_MAX:
        raise refuse("password", f"must be a text of 1 to {PASSWORD_MAX} characters")
    return _encodable(value)


def _encodable(password: str) -> str:
    if any(unicodedata.category(char) == "Cs" for char in password):
        raise refuse("password", "must be valid Unicode")
    return password


def email(value: object) -> str | None:
    """Return an e-mail address, trimmed, or None."""
    if value is None:
        return None
    trimmed = text(value, "email", 3, 254).strip()
    if not EMAIL.fullmatch(trimmed):
        raise refuse("email", "must be an e-mail address")
    return trimmed


def locale(value: object) -> str:
    """Return a language tag such as `es`, `en-GB` or `zh-Hant-TW`."""
    if not isinstance(value, str) or not LOCALE.fullmatch(value):
        raise refuse("locale", "must be a language tag such as es or en-GB")
    return value


def time_zone(value: object) -> str:
    """Return the name of an IANA time zone."""
    name = text(value, "time_zone", 1, 64)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise refuse("time_zone", "must be an IANA time zone") from None
    return name


def device(value: object) -> str:
    """Return the client's own label for itself."""
    return text(value, "device", 0, 100)


def address(value: object) -> str:
    """Return an IP address in its shortest form."""
    try:
        return str(ipaddress.ip_address(text(value, "address", 2, 64)))
    except ValueError:
        raise refuse("address", "must be an IP address") from None


def identifier(value: object, field: str) -> str:
    """Return a UUID in its usual form."""
    try:
        return str(UUID(text(value, field, 36, 36)))
    except ValueError:
        raise refuse(field, "must be a UUID") from None


def identifiers(values: object, field: str, most: int) -> list[str]:
    """Return a list of at most `most` UUIDs."""
    if not isinstance(values, list) or len(values) > most:
        raise refuse(field, f"must be a list of at most {most} ids")
    return [identifier(value, field) for value in values]


def maybe_password(value: object) -> str | None:
    """Return a password that somebody tries, or None for none."""
    return None if value is None else tried_password(value)


def maybe_text(value: object, field: str, high: int) -> str | None:
    """Return a plain text of 1 to `high` characters, or None."""
    return None if value is None else text(value, field, 1, high)


def opaque(value: object, field: str) -> str:
    """Return a token of ours, as far as its form goes (1 to 1,000 ASCII characters)."""
    token = text(value, field, 1, 1_000)
    if not token.isascii():
        raise refuse(field, "must be a token")
    return token


def limit(value: object, most: int) -> int:
    """Return a page size of 1 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise refuse("limit", f"must be a whole number of 1 to {most}")
    return value


def number(value: object, field: str, most: int) -> int:
    """Return a whole number from 0 to `most`."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise refuse(field, f"must be a whole number from 0 to {most}")
    return value


def left_behind(value: object) -> LeftBehind:
    """Return what becomes of somebody's messages."""
    if value == "keep":
        return "keep"
    if value != "delete":
        raise refuse("messages", "must be keep or delete")
    return "delete"


def truth(value: object, field: str) -> bool:
    """Return a bool that really is one."""
    if not isinstance(value, bool):
        raise refuse(field, "must be true or false")
    return value


def roles(values: object) -> list[str]:
    """Return roles without repetition, `user` always among them."""
    if not isinstance(values, list) or not all(value in ROLES for value in values if isinstance(value, str)):
        raise refuse("roles", "must be a list of user, moderator, admin")
    if not all(isinstance(value, str) for value in values):
        raise refuse("roles", "must be a list of texts")
    return [role for role in ROLES if role == "user" or role in values]


def mapping(value: object, field: str) -> dict[str, Any]:
    """Return a JSON object of at most 30 members."""
    if not isinstance(value, dict) or len(value) > 30 or not all(isinstance(key, str) for key in value):
        raise refuse(field, "must be an object")
    return value


def changes(value: object) -> dict[str, Any]:
    """Return the checked changes of a profile; unknown fields are refused."""
    wanted = mapping(value, "changes")
    _only(wanted, PROFILE_FIELDS)
    check = {
        "username": username,
        "display_name": display_name,
        "email": email,
        "locale": locale,
        "time_zone": time_zone,
    }
    return {field: check[field](given) for field, given in wanted.items()}


def _only(given: Iterable[str], known: frozenset[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise Invalid("There is an unknown field.", code="unknown_field", fields=[name[:40] for name in unknown[:5]])


def credential(value: object) -> dict[str, Any]:
    """Return a WebAuthn answer: an object of at most 16 KiB."""
    answer = mapping(value, "credential")
    if len(str(answer)) > 16_384:
        raise refuse("credential", "is too long")
    return answer


def moment(value: object, field: str) -> datetime | None:
    """Return an RFC 3339 time with its zone, or None."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(text(value, field, 20, 40))
    except ValueError:
        raise refuse(field, "must be a time in RFC 3339") from None
    if found.tzinfo is None:
        raise refuse(field, "must name its zone")
    return found


def app_redirect(value: object) -> str | None:
    """Return the address of an app that may be answered, or None."""
    if value is None:
        return None
    url = text(value, "app_redirect", 1, 200)
    if not allowed_app_redirect(url):
        raise refuse("app_redirect", "must be one of those that this installation allows")
    return url


@dataclass(frozen=True, slots=True)
class OidcAnswer:
    """What a provider answers through the browser: a code or an error, and maybe its name."""

    code: str | None
    error: str | None
    iss: str | None


def oidc_answer(code: object, error: object, iss: object) -> OidcAnswer:
    """Return a provider's answer: either a code or an error."""
    answer = OidcAnswer(maybe_text(code, "code", 4_096), maybe_text(error, "error", 200), maybe_text(iss, "iss", 1_000))
    if (answer.code is None) == (answer.error is None):
        raise refuse("code", "or error must be there, and not both")
    return answer
