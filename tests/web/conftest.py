"""Browsers of people in a running Charla. `CHARLA_URL` says where; without one these tests are skipped."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from stack.rundir import RunDir
from tests.web import chromium
from tests.web.accounts import Account
from tests.web.client import PATIENCE_MS, Client, Look
from tests.web.screens import Screen
from tests.web.town import Town
from tests.web.words import texts

MakeClient = Callable[..., Client]
_FOLDER = Path(__file__).parent
_FIGURES = pytest.StashKey[list[str]]()
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the running stack, and leave the supervisor's sockets to the garbage collector."""
    ours = [item for item in items if _FOLDER in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.stack)
        item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
    if ours and "CHARLA_URL" in os.environ:
        texts("en")  # Angular takes its time, which is not the first test's


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember a failure, so that the browsers are photographed before they close."""
    report = yield
    if report.when == "call":  # type: ignore[attr-defined]
        item.stash[_FAILED] = report.outcome in ("failed", "rerun")  # type: ignore[attr-defined]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured, and not judged."""
    for line in config.stash.get(_FIGURES, []):
        terminalreporter.write_line(f"web: {line}")


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are printed at the end."""
    return request.config.stash.setdefault(_FIGURES, [])


@pytest.fixture(scope="module")
def moderator(url: str) -> Account:
    """Who reviews what is shown."""
    found = Account.register(url, "Mod")
    found.become_admin()
    return found


@pytest.fixture
def brand() -> str:
    """What an advertiser is called, whom nobody else is called like."""
    return f"Bakery {secrets.token_hex(3)}"


@pytest.fixture(scope="session")
def url() -> str:
    """Where Charla is, such as http://127.0.0.1:8080."""
    if "CHARLA_URL" not in os.environ:
        pytest.skip("CHARLA_URL names no running Charla")
    return os.environ["CHARLA_URL"]


@pytest.fixture(scope="session")
def browser(url: str) -> Iterator[Browser]:
    """Debian's Chromium."""
    expect.set_options(timeout=PATIENCE_MS)
    with chromium.running() as browser:
        yield browser


@pytest.fixture
def client(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[MakeClient]:
    """Open browsers: `client(ana, language="es", size=PHONE)`. What nobody expected of one fails the test."""
    made: list[Client] = []

    def make(account: Account | None = None, *, service_worker: bool = False, **look: object) -> Client:
        made.append(Client.made(browser, url, Look(**look), account, service_worker))  # type: ignore[arg-type]
        return made[-1]

    yield make
    unexpected = _looked_after(made, request)
    for each in made:
        each.context.close()
    assert unexpected == []


@pytest.fixture(scope="session")
def visitors(browser: Browser, url: str, town: Town) -> dict[bool, Client]:
    """The browsers of Ana and of somebody who has not signed in, which only look."""
    return {
        signed_in: Client.made(browser, url, Look(), town.ana if signed_in else None) for signed_in in (False, True)
    }


@pytest.fixture
def visitor(visitors: dict[bool, Client], request: pytest.FixtureRequest) -> Iterator[Callable[[Screen], Client]]:
    """Give the browser in which a screen is looked at: `visitor(screen)`."""
    used: list[Client] = []

    def browser_of(screen: Screen) -> Client:
        used.append(visitors[screen.signed_in])
        used[-1].complaints.forget()
        return used[-1]

    yield browser_of
    assert _looked_after(used, request) == []


def _looked_after(clients: list[Client], request: pytest.FixtureRequest) -> list[str]:
    """Return what pages complained of; a test that failed by then leaves pictures."""
    for each in clients:
        each.page.title()  # what a page complains of arrives while it is asked something
    unexpected = [line for each in clients for line in each.complaints.unexpected]
    if request.node.stash.get(_FAILED, True) or unexpected:
        _photograph(clients, request.node.name)
    return unexpected


@pytest.fixture
def person(url: str) -> Callable[[str], Account]:
    """Make people."""
    return lambda name: Account.register(url, name)


@pytest.fixture(scope="session")
def town(url: str) -> Town:
    """A town to look at; what changes something has people of its own."""
    return Town.build(url)


@pytest.fixture
def ana(person: Callable[[str], Account]) -> Account:
    return person("Ana")


@pytest.fixture
def ben(person: Callable[[str], Account]) -> Account:
    return person("Ben")


def _photograph(clients: list[Client], name: str) -> None:
    """Keep what the screens of a failed test showed, for whoever looks after it."""
    folder = RunDir.current().folder("web-failures")
    for number, each in enumerate(clients, 1):
        place = "".join(letter if letter.isalnum() else "-" for letter in name)
        each.page.screenshot(path=folder / f"{place}-{number}.png", timeout=5_000)
