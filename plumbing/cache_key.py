"""Keys of caches, which cannot be made without saying for whom the value is."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

_PUBLIC, _OWN = "all", "of"


class Key:
    """Names a cached value and everybody who may be given it.

    Made by `Key.public` or `Key.of`, and by nothing else. Different words always make different keys, whatever
    they hold: no name, however chosen, leads to somebody else's value.

    Attributes:
        kind: What it is of, in a word; metrics tell hits by it.
        text: The key in the cache.
    """

    __slots__ = ("kind", "text")

    kind: str
    text: str

    def __init__(self, *_: Any) -> None:
        raise TypeError("say for whom: Key.public(kind, …) or Key.of(user_id, kind, …)")

    @classmethod
    def public(cls, kind: str, *words: str) -> Key:
        """Return the key of a value that everybody may be given who may ask at all."""
        return cls._made(kind, (_PUBLIC, kind, *words))

    @classmethod
    def of(cls, user_id: str, kind: str, *words: str) -> Key:
        """Return the key of a value that one person may be given.

        Raises:
            ValueError: It is nobody's.
        """
        if not user_id:
            raise ValueError("a value of somebody needs somebody")
        return cls._made(kind, (_OWN, user_id, kind, *words))

    @classmethod
    def _made(cls, kind: str, words: tuple[str, ...]) -> Key:
        self = object.__new__(cls)
        object.__setattr__(self, "kind", kind)
        # Quoted words hold no colon, so that joining them can be undone.
        object.__setattr__(self, "text", ":".join(quote(word, safe="") for word in words))
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a key stays what it is")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Key({self.text})"
