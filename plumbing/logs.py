"""Structured logs: one JSON object a line, with ids and never with bodies or tokens."""

from __future__ import annotations

import logging
import math
from functools import cache
from typing import Any

import structlog

from plumbing.context import current_call
from plumbing.settings import settings

_SECRET_KEYS = frozenset({"authorization", "body", "code", "cookie", "text"})
_SECRET_PARTS = ("password", "secret", "token")


def _add_trace(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    traceparent = current_call().traceparent
    if traceparent:
        event["trace_id"] = traceparent.split("-")[1] if traceparent.count("-") == 3 else traceparent
    event["service"] = settings().service_name
    return event


def _hide_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {key: "[hidden]" if _is_secret(key) else _shown(value) for key, value in event.items()}


def _is_secret(key: object) -> bool:
    name = str(key).lower()
    return name in _SECRET_KEYS or any(part in name for part in _SECRET_PARTS)


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): "[hidden]" if _is_secret(key) else _shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_shown, value)) if type(value) in (list, tuple) else value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON knows no such number
    return value


_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_trace,
    _hide_secrets,
]


class JsonFormatter(structlog.stdlib.ProcessorFormatter):
    """The formatter that `LOGGING` in each config.yml names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            foreign_pre_chain=_shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )


def configure() -> None:
    """Send structlog's and the standard library's records to stderr as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=settings().log_level, handlers=[handler], force=True)


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_shared,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


@cache
def verbose() -> bool:
    """Return whether each call is worth a line; asking the logger for each would cost more than this does."""
    return settings().log_level.upper() == "DEBUG"


def first_line(error: BaseException) -> str:
    """Return the first line of what `error` says: SQLAlchemy's further ones hold statements and parameters."""
    return str(error).partition("\n")[0]


def get_logger(name: str) -> Any:
    """Return a structured logger; use it as `log.info("what_happened", key=value)`."""
    return structlog.stdlib.get_logger(name)
