"""A running stack, and the Python SDK as a program has it that installed it."""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "sdk" / "python" / "src")]

from tcp_proxy import TcpProxy  # noqa: E402

if TYPE_CHECKING:
    from people import Account


@pytest.fixture(scope="session")
def stack() -> str:
    """The address of the running stack."""
    url = os.environ.get("CHARLA_URL", "http://127.0.0.1:8080").rstrip("/")
    try:
        with urllib.request.urlopen(f"{url}/v1/installation", timeout=20):  # noqa: S310 - of this machine
            return url
    except OSError:
        if "CHARLA_URL" in os.environ:
            pytest.fail(f"nothing answers at {url}")
        pytest.skip("no stack is running")


@pytest.fixture
def proxy(stack: str) -> Iterator[TcpProxy]:
    """Something between a client and the stack that can be broken."""
    found = TcpProxy(stack)
    yield found
    found.close()


@pytest.fixture(scope="session")
def new_account(stack: str) -> Callable[[], Account]:
    """Makes accounts."""
    from people import Account

    return lambda: Account.register(stack)


@pytest.fixture(scope="session")
def ana(new_account: Callable[[], Account]) -> Account:
    return new_account()


@pytest.fixture(scope="session")
def ben(new_account: Callable[[], Account]) -> Account:
    return new_account()


@pytest.fixture
def group(ana: Account, ben: Account) -> str:
    """A group of Ana and Ben."""
    return ana.make_group(ben)
