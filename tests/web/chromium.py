"""Debian's Chromium, started once for all tests; Playwright's own browsers are never downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_MISSING = "Debian's package `chromium` is missing; `./charla test` installs it, or as root `./charla install test`"
_OPTIONS = (
    # A container's /dev/shm may be small.
    "--disable-dev-shm-usage",
    # A microphone that beeps, and nobody who has to press "allow".
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Films with sound play without a press, as in a site that somebody uses often.
    "--autoplay-policy=no-user-gesture-required",
    # Machines differ; letters shall not.
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)


@contextmanager
def running() -> Iterator[Browser]:
    """Give a running Chromium."""
    program = shutil.which("chromium")
    assert program, _MISSING
    os.environ["PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_OPTIONS)
        yield browser
        browser.close()
