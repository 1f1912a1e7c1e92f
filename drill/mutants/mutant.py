"""A mistake that somebody could make, as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class NotThere(Exception):
    """The text that a mutant replaces is not found exactly once: the sources have moved on, and it must follow."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change to one file, and what must fail because of it.

    Attributes:
        name: For the command line and the report.
        file: Relative to the repository's root.
        old: The text that is replaced; it is found exactly once.
        new: What is put in its place.
        why: What goes wrong in production with it.
        proof: pytest's names of the tests that must notice, in folders of one kind: with Nameko's containers inside,
            or without.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    proof: tuple[str, ...]

    def applied_to(self, source: str) -> str:
        """Return the file's text with the mistake in it.

        Raises:
            NotThere: There is not exactly one place for it.
        """
        if (found := source.count(self.old)) != 1:
            raise NotThere(f"{self.name}: its text is found {found} times in {self.file}")
        return source.replace(self.old, self.new)

    def source(self, root: Path) -> str:
        """Return the file's text as it is."""
        return (root / self.file).read_text(encoding="utf-8")
