"""PDF documents: how many pages, and a picture of the first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image

from svc_media.processing.inside import pictures
from svc_media.processing.refusals import INVALID, Refused

_SIDE = 1_280
_MOST_PAGES = 100_000
_LOCKED = "Incorrect password"


def make(path: str) -> dict[str, Any]:
    """Count the pages, and draw the first one in the fixed sizes, in the present folder.

    A document that wants a password stays closed: there are no pages then, and no picture.

    Raises:
        Refused: It is broken.
    """
    try:
        # A file, and not its name: the folders above this one cannot be passed any more.
        with Path(path).open("rb") as file, pdfium.PdfDocument(file) as document:
            pages = len(document)
            if not 0 < pages <= _MOST_PAGES:
                raise Refused(INVALID)
            first = _drawn(document)
    except pdfium.PdfiumError as error:
        if _LOCKED in str(error):
            return {"kind": "document", "variants": []}
        raise Refused(INVALID) from error
    told = pictures.described("document", first, pictures.thumbnails(first))
    return told | {"pages": pages}


def _drawn(document: pdfium.PdfDocument) -> Image.Image:
    page = document[0]
    width, height = page.get_size()
    longest = max(width, height)
    if not 0 < longest < 1e6 or min(width, height) * 100 < longest:
        raise Refused(INVALID)
    image = page.render(scale=min(4.0, _SIDE / longest)).to_pil().convert("RGB")
    image.info.clear()
    return image
