import pytest

from plumbing.emoji import EmojiInvalid, canonical_emoji


@pytest.mark.parametrize(
    "emoji",
    [
        "\U0001f44d",  # thumbs up
        "\U0001f44d\U0001f3fd",  # with a skin tone
        "\u2764\ufe0f",  # heart
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",  # family
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # rainbow flag
        "\u2764\ufe0f\u200d\U0001f525",  # heart on fire
        "\U0001f1ea\U0001f1f8",  # flag of Spain
        "1\ufe0f\u20e3",  # keycap
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # flag of England
        "\U0001fae8",  # newer than this Python's Unicode
    ],
)
def test_one_fully_qualified_emoji_stays_as_it_is(emoji: str) -> None:
    assert canonical_emoji(emoji) == emoji


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("\u2764", "\u2764\ufe0f"),
        ("\U0001f44d\ufe0f", "\U0001f44d"),
        ("\U0001f3f3\u200d\U0001f308", "\U0001f3f3\ufe0f\u200d\U0001f308"),
        ("1\u20e3", "1\ufe0f\u20e3"),
    ],
)
def test_an_emoji_has_one_spelling(raw: str, canonical: str) -> None:
    assert canonical_emoji(raw) == canonical


@pytest.mark.parametrize(
    "raw",
    ["", "a", "1", "\u00e9", "<b>", "\U0001f44d\U0001f44d", "\U0001f44d ", "\U0001f44d\u200d", "\u200d", "\ufe0f",
     "\U0001f1ea", "\U0001f44d\ufe0f\ufe0f", "\U0001f44d\n", "\U0001f44d\U0001f3fd\U0001f3fd", "\U0001f44d" * 30],
)  # fmt: skip
def test_anything_else_is_refused(raw: str) -> None:
    with pytest.raises(EmojiInvalid):
        canonical_emoji(raw)
