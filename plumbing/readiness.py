"""Ready is more than alive: the checks that a process must pass to be given work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Check = Callable[[], str | None]

_checks: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Add a check: it returns None when all is well, or else a short reason."""
    _checks[name] = check


def unregister(name: str) -> None:
    """Take a check out again."""
    _checks.pop(name, None)


def _run(check: Check) -> str | None:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever a check raises is its answer
        return f"{type(error).__name__}: {error}"


def report() -> tuple[bool, dict[str, Any]]:
    """Run all checks and return whether all passed, and what each said."""
    results = {name: _run(check) or "ok" for name, check in list(_checks.items())}
    return all(said == "ok" for said in results.values()), results
