"""The sandbox's options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Options:
    """Typed options; each field is the environment variable `SANDBOX_<NAME>`.

    Attributes:
        dir: Where all state is kept, in one SQLite file.
        key: The secret key of API calls and of the controls.
        webhook_secret: What messages are signed with.
        webhook_url: Where they go; without one they are kept, and sent to nobody.
        public_url: Address of the pages as browsers reach them.
        bind: Address that the server listens on.
    """

    dir: Path = Path(".run/payments-sandbox")
    key: str = ""
    webhook_secret: str = ""
    webhook_url: str = ""
    public_url: str = "http://127.0.0.1:8090"
    bind: str = "127.0.0.1:8090"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Options:
        """Return options from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: There is no key.
        """
        found = cls(
            dir=Path(environment.get("SANDBOX_DIR", str(cls.dir))),
            key=environment.get("SANDBOX_KEY", cls.key),
            webhook_secret=environment.get("SANDBOX_WEBHOOK_SECRET", cls.webhook_secret),
            webhook_url=environment.get("SANDBOX_WEBHOOK_URL", cls.webhook_url),
            public_url=environment.get("SANDBOX_PUBLIC_URL", cls.public_url).rstrip("/"),
            bind=environment.get("SANDBOX_BIND", cls.bind),
        )
        if not found.key:
            raise ValueError("SANDBOX_KEY is missing")
        return found
