"""From what a person types to a PostgreSQL text query; any input gives a query that runs.

Words are looked up stemmed in Spanish and English and as written; "quoted words" stand beside
each other; `-word` must not occur; `or` between two words needs one of them; the last word, while
it is being typed, matches every word that begins with it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Function, cast, func, literal
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY

MAX_TERMS = 12
#: The first two are made by the first migration; the third knows words as they are written. What is
#: indexed with them is in `indexing.py`.
CONFIGS = ("charla_es", "charla_en", "simple")
_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_PLAIN_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Term:
    """One part of a query: a word or a phrase, wanted or unwanted."""

    text: str
    phrase: bool = False
    unwanted: bool = False
    prefix: bool = False


def fold(text: str) -> str:
    """Return `text` without accents and in one case, as both the index and the queries hold it."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\0", " "))
    bare = "".join(char for char in decomposed if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFC", bare).casefold().encode("utf-8", "ignore").decode()


def parse_query(query: str) -> list[list[Term]]:
    """Return the groups of terms of `query`; one term of each group is needed."""
    groups: list[list[Term]] = []
    joined = False
    found = [match for match in _TERM.finditer(fold(query)) if _has_words(match)][:MAX_TERMS]
    for number, match in enumerate(found):
        if groups and number < len(found) - 1 and not match["minus"] and match["word"] == "or":
            joined = True
            continue
        term = _term(match, last=number == len(found) - 1)
        if joined:
            groups[-1].append(term)
        else:
            groups.append([term])
        joined = False
    return groups


def _has_words(match: re.Match[str]) -> bool:
    return _PLAIN_WORD.search(match["phrase"] or match["word"] or "") is not None


def _term(match: re.Match[str], *, last: bool) -> Term:
    if match["phrase"] is not None:
        return Term(match["phrase"], phrase=True, unwanted=bool(match["minus"]))
    prefix = last and not match["minus"] and _PLAIN_WORD.fullmatch(match["word"]) is not None
    return Term(match["word"], unwanted=bool(match["minus"]), prefix=prefix)


def text_query(query: str) -> ColumnElement[Any] | None:
    """Return `query` as a tsquery expression, or None where it asks for nothing.

    A query of unwanted words alone asks for nothing: it would list everything else.
    """
    groups = parse_query(query)
    if all(term.unwanted for group in groups for term in group):
        return None
    return _join("&&", [_join("||", [_term_query(term) for term in group]) for group in groups])


def _term_query(term: Term) -> ColumnElement[Any]:
    if term.phrase:
        asked: ColumnElement[Any] = _call(func.phraseto_tsquery, "simple", term.text)
    else:
        asked = _join("||", [_call(func.plainto_tsquery, config, term.text) for config in CONFIGS])
        if term.prefix:
            asked = _join("||", [asked, _call(func.to_tsquery, "simple", f"'{term.text}':*")])
    return func.tsquery_not(asked, type_=TSQUERY()) if term.unwanted else asked


def _call(function: Any, config: str, text: str) -> Function[Any]:
    called: Function[Any] = function(cast(config, REGCONFIG), literal(text))
    return called


def _join(operator: str, parts: list[Any]) -> ColumnElement[Any]:
    joined: ColumnElement[Any] = reduce(
        lambda left, right: left.op(operator, return_type=TSQUERY())(right).self_group(), parts
    )
    return joined
