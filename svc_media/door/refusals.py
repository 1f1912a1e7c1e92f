"""What only this door refuses, and the statuses that tus wants where the kind alone would say another."""

from __future__ import annotations

from typing import ClassVar

from contracts.base import Invalid, ServiceError, Unavailable
from plumbing import problems

#: By code; everything else goes by its kind (`plumbing.problems`).
_STATUS_OF_CODE: dict[str, tuple[int, str]] = {
    "upload_expired": (410, "Gone"),
    "tus_version_unsupported": (412, "Precondition failed"),
    "precondition_failed": (412, "Precondition failed"),
    "media_too_large": (413, "Too large"),
    "quota_exceeded": (413, "Too large"),
    "range_not_satisfiable": (416, "Range not satisfiable"),
    "upload_locked": (423, "Locked"),
    "checksum_mismatch": (460, "Checksum mismatch"),
}


def status_of(error: ServiceError) -> tuple[int, str]:
    """Return the HTTP status and the title for `error`."""
    return _STATUS_OF_CODE.get(error.code) or problems.status_of(error)


class MethodNotAllowed(ServiceError):
    """The path exists, but not with this method."""

    kind: ClassVar[str] = "method_not_allowed"
    code = "method_not_allowed"
    detail = "This path does not answer to that method."


class OriginRefused(ServiceError):
    """Only pages of ours may ask for this."""

    kind: ClassVar[str] = "forbidden"
    code = "origin_refused"
    detail = "Pages of this origin may not ask for that."


class NotAnUpload(ServiceError):
    """The body is not declared as bytes of an upload."""

    kind: ClassVar[str] = "unsupported_media_type"
    code = "unsupported_media_type"
    detail = "Send the bytes as application/offset+octet-stream."


class TusVersionUnsupported(Invalid):
    """The client did not say that it speaks tus 1.0.0."""

    code = "tus_version_unsupported"
    detail = "Send Tus-Resumable: 1.0.0."


class HeaderInvalid(Invalid):
    """A header is missing or makes no sense; the fact `header` names it."""

    code = "header_invalid"
    detail = "A header is missing or is not valid."


class ChecksumUnsupported(Invalid):
    """The algorithm is not among those that OPTIONS names."""

    code = "checksum_unsupported"
    detail = "That checksum algorithm is not supported."


class FinalUpload(ServiceError):
    """An upload that is put together from others takes no bytes of its own."""

    kind: ClassVar[str] = "forbidden"
    code = "upload_is_final"
    detail = "This upload is put together from others; it takes no bytes."


class UploadLocked(ServiceError):
    """Another request sends bytes to this upload."""

    kind: ClassVar[str] = "conflict"
    code = "upload_locked"
    detail = "Another request sends bytes to this upload right now."


class PreconditionFailed(ServiceError):
    """If-Match or If-Unmodified-Since do not fit."""

    kind: ClassVar[str] = "conflict"
    code = "precondition_failed"
    detail = "The media is another one than the request expects."


class RangeNotSatisfiable(Invalid):
    """The range lies behind the end."""

    code = "range_not_satisfiable"
    detail = "The media has no such range of bytes."


class ClientGone(Invalid):
    """The body ended too early; what came is kept, unless it had a checksum."""

    code = "body_incomplete"
    detail = "The body ended before all of its bytes had come."


class Draining(Unavailable):
    """This process ends; what came is kept."""

    code = "draining"
    detail = "This server is being restarted; ask for the offset and go on."


class Overloaded(Unavailable):
    """This process receives as many uploads as it can."""

    code = "overloaded"
    detail = "Too many uploads run at the same time; try again in a moment."
