"""Why a file is refused: stable codes that clients know."""

from __future__ import annotations

#: Not on the list of types that are taken as what it was declared to be.
TYPE_REFUSED = "media_type_refused"
#: The content is of another type than was declared.
TYPE_MISMATCH = "media_type_mismatch"
#: Broken, cut off, or using what the format does not allow.
INVALID = "media_invalid"
#: One file that is two: a picture with an archive or a page hidden in it.
AMBIGUOUS = "media_ambiguous"
PICTURE_TOO_LARGE = "picture_too_large"
VIDEO_TOO_LARGE = "video_too_large"
TOO_LONG = "media_too_long"
#: Looking at it takes more processor time, memory or disk than a file of its kind may take.
TOO_COSTLY = "media_too_costly"

CODES = frozenset(
    {TYPE_REFUSED, TYPE_MISMATCH, INVALID, AMBIGUOUS, PICTURE_TOO_LARGE, VIDEO_TOO_LARGE, TOO_LONG, TOO_COSTLY}
)


class Refused(Exception):
    """The file itself is why it cannot be processed; trying again will not help.

    Attributes:
        code: One of `CODES`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SandboxFailed(Exception):
    """We, and not the file, are why it was not processed: no disk, no process. Trying again may help."""
