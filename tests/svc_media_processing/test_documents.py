"""Documents: how many pages, and what the first looks like."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest
from PIL import Image

from fuzz import corpus
from tests.svc_media_processing.conftest import Make

RED_SQUARE = corpus.stream(b"", b"1 0 0 rg 0 0 100 100 re f")


def test_its_pages_are_counted_and_the_first_is_drawn(make: Make) -> None:
    result = make(corpus.pages(7, b"/Contents 4 0 R", RED_SQUARE), "application/pdf")
    assert (result.kind, result.mime, result.pages) == ("document", "application/pdf", 7)
    name, path, mime, width, height = next(each for each in result.variants if each[0] == "thumb_640.jpg")
    assert (width, height) == (640, 320)
    with Image.open(path) as drawn:
        left, right = drawn.getpixel((80, 160)), drawn.getpixel((560, 160))
    assert left[0] > 200 > 60 > left[1]  # type: ignore[index]
    assert min(right) > 240  # type: ignore[type-var]


def test_the_document_itself_is_kept_as_it_came(make: Make) -> None:
    assert "original" not in [name for name, *_ in make(corpus.pages()).variants]


def test_a_locked_document_stays_closed(make: Make, tmp_path: object) -> None:
    result = make(LOCKED, "application/pdf")
    assert (result.kind, result.pages, result.variants) == ("document", None, [])


@pytest.mark.parametrize("side", [b"0 0 14400 14400", b"0 0 3 3"])
def test_a_page_of_any_size_is_drawn_in_the_same_size(make: Make, side: bytes) -> None:
    result = make(corpus.pages().replace(b"0 0 200 100", side), "application/pdf")
    assert result.pages == 1
    assert max(width or 0 for *_, width, _ in result.variants) <= 1_280


def test_pdfium_is_the_one_that_is_locked() -> None:
    assert pdfium.PYPDFIUM_INFO.version


# Made with `qpdf --encrypt secret secret 256`-like settings by hand: RC4, 40 bits, an unknown password.
LOCKED = corpus.document(
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] >>",
    b"<< /Filter /Standard /V 1 /R 2 /P -64 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >>",
).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 4 0 R /ID [<00> <00>]")
