"""Refusing passwords that everybody guesses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from contracts.auth import WeakPassword

_DATA = Path(__file__).parent.parent / "data"
#: Patterns that people make of common words, and the most used of the passwords that became known in breaches.
LISTS = (_DATA / "common_passwords.txt", _DATA / "leaked_passwords.txt")
#: So many characters must be left when what is easily guessed is taken away.
MIN_REST = 6
MIN_DISTINCT = 5

_LEET = str.maketrans("@4301!5$78", "aaeoiisstb")
_WALKS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgbyhnujmikolp",
)


def check_strength(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that is common, a pattern, or like what `about` says of its owner.

    Raises:
        WeakPassword: It is one of these.
    """
    folded = _fold(password)
    if len(set(folded)) < MIN_DISTINCT or _is_walk(folded) or _is_common(folded) or _is_like(folded, about):
        raise WeakPassword


@cache
def common_passwords() -> frozenset[str]:
    """Return the lists shipped with the code, in lower case."""
    return frozenset(word for each in LISTS for word in each.read_text(encoding="utf-8").split())


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def _is_common(folded: str) -> bool:
    return any(form in common_passwords() for form in _forms(folded))


def _forms(folded: str) -> set[str]:
    """Return the word itself, without leet, without a short tail, and not repeated."""
    letters = folded.translate(_LEET)
    forms = {folded, letters}
    for form in (folded, letters):
        bare = re.sub(r"[\W\d_]", "", form)
        if len(form) - len(bare) < MIN_REST:
            forms.add(bare)
        forms.add(_without_tail(form))
    return forms | {_unit(form) for form in forms}


def _without_tail(form: str) -> str:
    head = form.strip("0123456789 !?.,;:-_*#+@$%&/()=")
    return head if len(form) - len(head) <= MIN_REST else form


def _unit(form: str) -> str:
    """Return the shortest piece that gives `form` when repeated."""
    at = (form + form).find(form, 1)
    return form[:at] if form else form


def _is_walk(folded: str) -> bool:
    """Tell whether all but a few characters are runs along the alphabet or a keyboard."""
    rest = _unit(folded)
    for walk in _WALKS:
        for line in (walk, walk[::-1]):
            rest = _without_runs(rest, line)
    return len(rest) < MIN_REST - 1


def _without_runs(text: str, line: str) -> str:
    kept, at = [], 0
    while at < len(text):
        length = 1
        while at + length < len(text) and text[at : at + length + 1] in line:
            length += 1
        if length < 3:
            kept.append(text[at])
            length = 1
        at += length
    return "".join(kept)


def _is_like(folded: str, about: Iterable[str]) -> bool:
    rest = folded
    for fact in about:
        for word in [fact, *re.split(r"[\W_]+", fact)]:
            known = _fold(word)
            if len(known) >= 3:
                rest = rest.replace(known, "").replace(known[::-1], "")
    return rest != folded and len(rest) < MIN_REST
