"""SHA-256 states of uploads that grow, so that a whole upload need not be read again to be hashed.

They live in this process: where another one has received a part, or this one was restarted, `store`
reads the file instead.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from svc_media.door.disk import Hash

_MOST = 2_000


class Digests:
    """States by upload, with the offset that each has seen."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, tuple[int, Hash]] = OrderedDict()

    def take(self, upload_id: str, offset: int) -> Hash | None:
        """Return the state after the first `offset` bytes; None where it is not known. It is forgotten here."""
        seen, state = self._states.pop(upload_id, (-1, None))
        if offset == 0:
            return hashlib.sha256()
        return state if seen == offset else None

    def keep(self, upload_id: str, offset: int, state: Hash | None) -> None:
        """Remember a state until more bytes come."""
        if state is None:
            return
        self._states[upload_id] = (offset, state)
        if len(self._states) > _MOST:
            self._states.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """Forget an upload."""
        self._states.pop(upload_id, None)
