"""What processing makes of a file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.media import MediaKind

#: Name, file, media type, width and height.
Variant = tuple[str, Path, str, int | None, int | None]


@dataclass(frozen=True)
class Result:
    """A processed file. A variant named `original` takes the place of what was uploaded.

    Attributes:
        thumbhash: In base64.
        waveform: 0 to 100 for equal stretches of the sound.
    """

    kind: MediaKind
    mime: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    thumbhash: str | None = None
    waveform: list[int] | None = None
    pages: int | None = None
    variants: list[Variant] = field(default_factory=list)

    def with_variants(self, more: list[Variant]) -> Result:
        """Return the same with more variants."""
        return replace(self, variants=[*self.variants, *more])


def from_sandbox(told: dict[str, Any], mime: str, workdir: Path) -> Result:
    """Return what a decoder in the sandbox told, with its files where they lie."""
    variants = [variant(each, workdir) for each in told["variants"]]
    kept = next((each[2] for each in variants if each[0] == "original"), mime)
    facts = {name: told.get(name) for name in ("width", "height", "duration_s", "thumbhash", "pages")}
    return Result(told["kind"], kept, variants=variants, **facts)


def variant(told: dict[str, Any], workdir: Path) -> Variant:
    """Return a file as it is to be kept."""
    return told["name"], workdir / Path(told["path"]).name, told["mime"], told["width"], told["height"]
