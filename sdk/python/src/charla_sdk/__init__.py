"""A client of Charla: typed API, live events, and an outbox that survives restarts."""

from charla_sdk.client import Charla
from charla_sdk.commands import Command
from charla_sdk.errors import (
    CharlaError,
    EnrolmentRequired,
    FactorRequired,
    ProblemError,
    SessionEnded,
    StoreInUse,
    StoreOfAnother,
    Unreachable,
)
from charla_sdk.events import Event
from charla_sdk.generated import models
from charla_sdk.outbox import Sending
from charla_sdk.pace import Pace
from charla_sdk.webhook import Webhook

__version__ = "0.1.0"

__all__ = [
    "Charla",
    "CharlaError",
    "Command",
    "EnrolmentRequired",
    "Event",
    "FactorRequired",
    "Pace",
    "ProblemError",
    "Sending",
    "SessionEnded",
    "StoreInUse",
    "StoreOfAnother",
    "Unreachable",
    "Webhook",
    "__version__",
    "models",
]
