"""Renews the pictures of the main screens, from a running Charla.

CHARLA_URL=http://127.0.0.1:8080 PYTHONPATH=. .run/venv/bin/python -m tests.web.photograph docs/screenshots
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.web import chromium
from tests.web.client import PATIENCE_MS, PHONE, WIDE, Client, Look
from tests.web.screens import SCREENS, Screen
from tests.web.town import Town

#: Each language, theme and size with two of the others; all eight would be twice as many megabytes.
_LOOKS = (Look("es", WIDE, "light"), Look("es", PHONE, "dark"), Look("en", WIDE, "dark"), Look("en", PHONE, "light"))
#: Sharp enough to read, and small enough to keep in the repository.
_QUALITY = 72


def main(folder: Path) -> None:
    """Take all of them."""
    url = os.environ["CHARLA_URL"]
    expect.set_options(timeout=PATIENCE_MS)
    folder.mkdir(parents=True, exist_ok=True)
    town = Town.build(url)
    with chromium.running() as browser:
        for account in (None, town.ana):
            client = Client.made(browser, url, Look(), account)
            for look in _LOOKS:
                client.take(look)
                take(client, town, [each for each in SCREENS if each.signed_in is bool(account)], folder)


def take(client: Client, town: Town, screens: list[Screen], folder: Path) -> None:
    """Photograph screens in one look."""
    for screen in screens:
        screen.open(client, town)
        client.page.wait_for_load_state("networkidle")  # the pictures in it too
        picture = Image.open(io.BytesIO(client.page.screenshot(animations="disabled", caret="hide")))
        picture.save(folder / f"{screen.name}-{client.look}.webp", quality=_QUALITY, method=6)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
