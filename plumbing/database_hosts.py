"""Which of several PostgreSQL servers a process asks first: the one that served it last.

libpq finds the one that takes writes (`target_session_attrs=read-write`), but asks all of them in the order of the
URL, each time, and waits for one that is cut off. So whoever serves comes first here, and whoever does not comes last.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import ExceptionContext

#: After so many milliseconds without a sign that what was sent has arrived, a connection is lost.
UNHEARD_MS = 3_000
#: What both sides look at a silent connection with: where one of them was cut off, the other one lets go of its
#: session, and so of its locks, within some ten seconds. (By default PostgreSQL does after two hours.)
SILENCE = {"idle": 5, "interval": 2, "count": 3}
#: PostgreSQL's read_only_sql_transaction: the server has become a replica, and closes no session for that.
_READ_ONLY = "25006"
_KEY = "charla_host"


def patience() -> dict[str, Any]:
    """Return what libpq is told about silence, for a connection's parameters."""
    return {"tcp_user_timeout": UNHEARD_MS, **{f"keepalives_{name}": value for name, value in SILENCE.items()}}


def server_patience() -> str:
    """Return the same for the server's side of a session, as its start-up options."""
    silence = "".join(f" -c tcp_keepalives_{name}={value}" for name, value in SILENCE.items())
    return f"{silence} -c tcp_user_timeout={2 * UNHEARD_MS}"


class Hosts:
    """The servers of one engine, in the order in which they are asked."""

    def __init__(self, engine: Engine) -> None:
        self._order: list[tuple[str, str]] = []
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "handle_error", self._look_at)

    def _connect(self, dialect: Any, record: Any, args: Any, params: dict[str, Any]) -> Any:
        """Open a connection; what SQLAlchemy itself would do, but for the order."""
        order = self._order or _named(params)
        if len(order) < 2:  # noqa: PLR2004 - nothing to put in order
            return None
        params["host"], params["port"] = (",".join(each) for each in zip(*order, strict=True))
        try:
            made = dialect.connect(*args, **params)
        except dialect.dbapi.Error:
            self._order = [*order[1:], order[0]]  # perhaps the one that all the time was spent on
            raise
        served = (made.info.host, str(made.info.port))
        self._order = [served, *(each for each in order if each != served)]
        return made

    def _look_at(self, context: ExceptionContext) -> None:
        """Count a server that takes no writes any more as lost, with all its connections."""
        if getattr(context.original_exception, "pgcode", None) == _READ_ONLY and self._order:
            context.is_disconnect = True
        if context.is_disconnect and self._order:
            self._order = [*self._order[1:], self._order[0]]


def _named(params: dict[str, Any]) -> list[tuple[str, str]]:
    hosts, ports = (str(params.get(name) or "").split(",") for name in ("host", "port"))
    return [(host, (ports * len(hosts))[at] or "5432") for at, host in enumerate(hosts)]
