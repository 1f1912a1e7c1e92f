"""What a page should never do: whatever of it nobody expected fails the test."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response

# Chromium says so of each refused request too; those are counted by their status.
_SAID_BY_STATUS = "Failed to load resource"
# A page that is left, or a request that it takes back, is no failure.
_TAKEN_BACK = "net::ERR_ABORTED"
_VIOLATIONS = """addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""


class Complaints:
    """Collects what went wrong in a page: refused requests, errors, and breaches of its policy."""

    def __init__(self, page: Page) -> None:
        #: Everything, expected or not.
        self.all: list[str] = []
        self._expected: list[str] = []
        page.add_init_script(_VIOLATIONS)
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)

    def expect(self, pattern: str) -> None:
        """Say what is no surprise, such as `401 POST /v1/auth/login`."""
        self._expected.append(pattern)

    def forget(self) -> None:
        """Begin anew."""
        self.all.clear()
        self._expected.clear()

    @property
    def unexpected(self) -> list[str]:
        """All that nobody expected."""
        return [each for each in self.all if not any(re.search(pattern, each) for pattern in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and _SAID_BY_STATUS not in message.text:
            self.all.append(f"console: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.all.append(f"uncaught: {error.message}\n{error.stack}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != _TAKEN_BACK:
            self.all.append(f"failed: {request.method} {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.all.append(f"{response.status} {response.request.method} {_path(response.url)}")


def _path(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url)
