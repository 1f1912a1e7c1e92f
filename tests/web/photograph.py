"""Renews the pictures of the main screens, from a running Charla.

CHARLA_URL=http://127.0.0.1:8080 PYTHONPATH=. .run/venv/bin/python -m tests.web.photograph docs/screenshots
"""

from __future__ import annotations

import io
import os
import sys
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.web import chromium
from tests.web.client import PHONE, WIDE, Client, Look
from tests.web.screens import SCREENS
from tests.web.town import Town

#: Sharp enough to read, and small enough to keep in the repository.
_QUALITY = 82


def main(folder: Path) -> None:
    """Take all of them."""
    url = os.environ["CHARLA_URL"]
    expect.set_options(timeout=20_000)
    folder.mkdir(parents=True, exist_ok=True)
    town = Town.build(url)
    with chromium.running() as browser:
        for language, theme, size in product(("es", "en"), ("light", "dark"), (WIDE, PHONE)):
            take(browser, url, town, Look(language, size, theme), folder)


def take(browser: Browser, url: str, town: Town, look: Look, folder: Path) -> None:
    """Photograph every screen in one look."""
    for signed_in in (False, True):
        client = Client.made(browser, url, look, town.ana if signed_in else None)
        for screen in SCREENS:
            if screen.signed_in is signed_in:
                screen.open(client, town)
                picture = Image.open(io.BytesIO(client.page.screenshot(animations="disabled", caret="hide")))
                picture.save(folder / f"{screen.name}-{look}.webp", quality=_QUALITY, method=6)
        client.context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
