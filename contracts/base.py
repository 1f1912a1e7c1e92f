"""The shapes every contract is made of: events, errors, pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NotRequired, TypedDict, TypeVar

import uuid_utils

from contracts.clock import utc_now

Item = TypeVar("Item")


def new_id() -> str:
    """Return a new UUIDv7 as a string; ids made later sort later."""
    return str(uuid_utils.uuid7())


class Page(TypedDict, Generic[Item]):
    """One page of a list. `next` is an opaque cursor, or None on the last page."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a service, told after its transaction committed.

    Attributes:
        event_id: UUIDv7; the same event is delivered at least once under this id.
        occurred_at: RFC 3339 time in UTC.
    """

    #: The wire name, in the past tense; it is part of every queue's name.
    name: ClassVar[str]
    #: The service that owns the event; its exchange is `<source>.events`.
    source: ClassVar[str]

    event_id: str = field(default_factory=new_id)
    occurred_at: str = field(default_factory=utc_now)

    def aggregate(self) -> tuple[str, int]:
        """Return the id and the version of what the event is about.

        Events of one aggregate reach a queue in the order of their versions.
        """
        return self.event_id, 0

    def facets(self) -> tuple[str, ...]:
        """Return words by which observers choose: `@observes(E, only=word)` hears of events that have it."""
        return ()

    def topic(self) -> str:
        """Return the routing key: the name, then the facets."""
        return ".".join((self.name, *self.facets()))


class ErrorBody(TypedDict):
    """A `ServiceError` as it travels on the bus."""

    kind: str
    code: str
    detail: str
    facts: NotRequired[dict[str, Any]]


class ServiceError(Exception):
    """A refusal that the caller can act on.

    Subclasses name the fact (`NotAMember`) and inherit one of the kinds below, which alone
    decides the HTTP status.

    Args:
        detail: A sentence for people; the class's own when None.
        code: A stable machine code; the class's own when None.
        facts: Values that help the caller, sent beside the code. Never secrets.
    """

    kind: ClassVar[str] = "internal"
    code: str = "internal"
    detail: str = "Something went wrong on our side."

    def __init__(self, detail: str | None = None, *, code: str | None = None, **facts: Any) -> None:
        self.code = code or type(self).code
        self.detail = detail or type(self).detail
        self.facts = facts
        super().__init__(self.code, self.detail)

    def to_wire(self) -> ErrorBody:
        """Return the error as plain values for the bus."""
        return {
            "kind": self.kind,
            "code": self.code,
            "detail": self.detail,
            "facts": self.facts,
        }


class Invalid(ServiceError):
    """The request itself is wrong; sending it again will not help."""

    kind = "invalid"
    code = "invalid"
    detail = "The request is not valid."


class Unauthenticated(ServiceError):
    """The caller has not proved who they are."""

    kind = "unauthenticated"
    code = "unauthenticated"
    detail = "Sign in first."


class Forbidden(ServiceError):
    """The caller is known and may see the thing, but may not do this to it."""

    kind = "forbidden"
    code = "forbidden"
    detail = "You are not allowed to do that."


class NotFound(ServiceError):
    """There is no such thing, or the caller may not know that there is."""

    kind = "not_found"
    code = "not_found"
    detail = "There is no such thing."


class Conflict(ServiceError):
    """The request contradicts what is already stored."""

    kind = "conflict"
    code = "conflict"
    detail = "That contradicts what is already stored."


class KeyInvalid(Invalid):
    """The Idempotency-Key is not one."""

    code = "idempotency_key_invalid"
    detail = "An Idempotency-Key has 1 to 200 visible ASCII characters."


class KeyMismatch(Conflict):
    """The Idempotency-Key came before with another request."""

    code = "idempotency_mismatch"
    detail = "That Idempotency-Key was used for another request."


class TooMany(ServiceError):
    """A limit was reached; the fact `retry_after_s` says when to try again."""

    kind = "too_many"
    code = "too_many"
    detail = "Too many requests; wait a moment."


class Unavailable(ServiceError):
    """A part of the platform does not answer now; the same request may be sent again."""

    kind = "unavailable"
    code = "unavailable"
    detail = "That part of the platform does not answer right now; try again."


KINDS: dict[str, type[ServiceError]] = {
    cls.kind: cls
    for cls in (
        ServiceError,
        Invalid,
        Unauthenticated,
        Forbidden,
        NotFound,
        Conflict,
        TooMany,
        Unavailable,
    )
}


def error_from_wire(body: ErrorBody) -> ServiceError:
    """Return the error that `body` describes, as its kind's class with the sender's code."""
    kind = KINDS.get(body["kind"], ServiceError)
    error = kind(body["detail"], code=body["code"])
    error.facts = body.get("facts", {})
    return error
