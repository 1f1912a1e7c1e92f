"""Both languages are whole: each text has its translation, and each translation its text."""

from __future__ import annotations

import re

from tests.web.words import texts

#: Texts that are the same in both languages, and not forgotten.
ALIKE = {"Chats", "Chat", "Emoji", "QR", "Error", "PDF", "OK", "Normal", "Plan", "Total", "Webhooks", "webhook"}
_WORD = re.compile(r"[^\W\d_]{3,}")
_PLACES = re.compile(r"\{\$\w+\}")


def test_every_text_has_a_translation() -> None:
    assert sorted(set(texts("en")) - set(texts("es"))) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(texts("es")) - set(texts("en"))) == []


def test_no_text_was_left_in_english() -> None:
    spanish = texts("es")
    same = {text_id: text for text_id, text in texts("en").items() if spanish.get(text_id) == text}
    left = {
        text_id: text for text_id, text in same.items() if text not in ALIKE and _WORD.search(_PLACES.sub("", text))
    }
    assert left == {}


def test_translations_fill_in_the_same_places() -> None:
    """A place may be used again, as in the branches of a plural; none may be lost."""
    spanish = texts("es")
    wrong = {
        text_id: (sorted(set(_PLACES.findall(text))), sorted(set(_PLACES.findall(spanish[text_id]))))
        for text_id, text in texts("en").items()
        if text_id in spanish and set(_PLACES.findall(text)) != set(_PLACES.findall(spanish[text_id]))
    }
    assert wrong == {}


def test_plurals_are_plurals_in_both_languages() -> None:
    spanish = texts("es")
    plural = re.compile(r"\{\s*\w+,\s*plural,")
    assert [
        text_id
        for text_id, text in texts("en").items()
        if text_id in spanish and bool(plural.search(text)) != bool(plural.search(spanish[text_id]))
    ] == []
