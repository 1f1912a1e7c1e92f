"""From a request's body to the upload's file: two buffers, one of which fills while the other is written.

Bytes count as received once they are synced to the disk and the upload's row says so. That is done every
`CHECKPOINT` bytes or seconds, while more bytes come in; a process that is killed loses what came since.
A body with a checksum counts as a whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass

import gevent

from contracts.base import ServiceError
from contracts.media import ChecksumMismatch, UploadLengthInvalid
from plumbing.database import DATABASE_AWAY
from plumbing.logs import first_line, get_logger
from svc_media.actions import uploading
from svc_media.door import disk
from svc_media.door.body import Body
from svc_media.door.digests import Digests
from svc_media.door.metrics import RECEIVED_BYTES
from svc_media.door.refusals import ClientGone
from svc_media.door.running import Running
from svc_media.door.tus import Checksum
from svc_media.models import Upload
from svc_media.writing import Writer

log = get_logger(__name__)

BUFFER = 256 * 1024
CHECKPOINT_BYTES = 16 * 1024 * 1024
CHECKPOINT_S = 3.0
#: A buffer that fills slowly is written after so many seconds.
FLUSH_S = 1.0
_PAUSES_S = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Into:
    """Where bytes go: the open file of an upload, which this request alone holds."""

    upload: Upload
    file: int
    running: Running


class Receiving:
    """Receives one body.

    Attributes:
        position: Where the next byte goes.
        acknowledged: The offset that the upload's row has.
    """

    def __init__(self, writer: Writer, digests: Digests, into: Into, checksum: Checksum | None, most: int) -> None:
        self._writer, self._digests, self._into, self._checksum = writer, digests, into, checksum
        self._start = self.position = self.acknowledged = into.upload.offset
        self._most = most if into.upload.length is None else into.upload.length
        self._whole = digests.take(into.upload.id, self._start)
        self._before = self._whole.copy() if self._whole is not None else None
        self._sum = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._hashes = [each for each in (self._whole, self._sum) if each is not None]
        self._buffers = [memoryview(bytearray(BUFFER)) for _ in range(2)]
        self._filled, self._filled_at = 0, 0.0
        self._writing: disk.Job | None = None
        self._checkpoint: gevent.Greenlet | None = None
        self._checked_at, self._checked_to = time.monotonic(), self._start

    def receive(self, body: Body) -> Upload:
        """Receive the body and return the upload as it is then.

        Raises:
            ClientGone: It broke off; what came is acknowledged, unless it has a checksum.
            ChecksumMismatch: Nothing of it is kept.
            UploadLengthInvalid: It is longer than the upload; what fits is kept, unless it has a checksum.
            ServiceError: Why the request was told to stop, or why the bytes are not taken.
        """
        try:
            self._read(body)
        except (ClientGone, UploadLengthInvalid) as error:
            body.break_off()
            self._keep_what_came()
            raise self._into.running.reason or error from None
        except BaseException:
            body.break_off()
            self._give_up()
            raise
        return self._finish()

    def _read(self, body: Body) -> None:
        while (size := body.read_into(self._buffers[0][self._filled :])) != 0:
            if size is None:
                self._use_pause()
                continue
            now = self._into.running.heard_at = time.monotonic()
            self._filled_at = self._filled_at or now
            self._filled += size
            if self.position + self._filled > self._most:
                self._filled = 0
                raise UploadLengthInvalid
            if self._filled == BUFFER or now - self._filled_at > FLUSH_S:
                self._write()
                self._acknowledge_when_due(now)

    def _use_pause(self) -> None:
        """Nothing comes right now: make sure of what came, and hear whether the upload was ended."""
        if self._checkpoint is not None and self._checkpoint.ready():
            self._await_checkpoint()
        if self._filled:
            self._write()
        if self.position > self._checked_to and self._checksum is None:
            self._begin_checkpoint()

    def _write(self) -> None:
        """Give the filled buffer to the disk and go on with the other one, once that is written."""
        self._wait_for_write()
        view = self._buffers[0][: self._filled]
        self._writing = disk.begin_write(self._into.file, self.position, view, self._hashes)
        self.position += self._filled
        RECEIVED_BYTES.inc(self._filled)
        self._buffers.reverse()
        self._filled, self._filled_at = 0, 0.0

    def _wait_for_write(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _acknowledge_when_due(self, now: float) -> None:
        far = self.position - self._checked_to >= CHECKPOINT_BYTES
        if self._checksum is None and (far or now - self._checked_at > CHECKPOINT_S):
            self._begin_checkpoint()

    def _begin_checkpoint(self) -> None:
        """Acknowledge what came so far, while more comes in."""
        self._await_checkpoint()
        self._wait_for_write()
        self._checked_at, self._checked_to = time.monotonic(), self.position
        self._checkpoint = gevent.spawn(_outcome_of, self._acknowledge, self.position)

    def _await_checkpoint(self) -> None:
        checkpoint, self._checkpoint = self._checkpoint, None
        error = checkpoint.get() if checkpoint is not None else None
        if isinstance(error, DATABASE_AWAY):
            log.warning("checkpoint_put_off", upload_id=self._into.upload.id, error=first_line(error))
        elif error is not None:
            raise error

    def _acknowledge(self, end: int) -> Upload:
        """Sync everything up to `end` and say so in the upload's row."""
        upload = self._into.upload
        disk.sync(self._into.file)
        start = self.acknowledged
        found = self._writer.write(
            lambda session: uploading.advance(session, upload.id, upload.owner_id, start=start, end=end)
        )
        self.acknowledged = end
        return found

    def _acknowledge_patiently(self, end: int) -> Upload:
        """Give a database that restarts some seconds, rather than have all this sent again."""
        for pause_s in _PAUSES_S:
            try:
                return self._acknowledge(end)
            except DATABASE_AWAY as error:
                log.warning("acknowledgement_put_off", upload_id=self._into.upload.id, error=first_line(error))
                gevent.sleep(pause_s)
        return self._acknowledge(end)

    def _settle(self) -> None:
        """Write what is in the buffer and wait for everything that was begun."""
        if self._filled:
            self._write()
        self._wait_for_write()
        self._await_checkpoint()

    def _finish(self) -> Upload:
        try:
            self._settle()
            self._demand_checksum()
            found = self._acknowledge_patiently(self.position)
        except BaseException:
            self._give_up()
            raise
        self._digests.keep(found.id, self.position, self._whole)
        return found

    def _demand_checksum(self) -> None:
        if self._sum is not None and self._checksum is not None and self._sum.digest() != self._checksum.digest:
            raise ChecksumMismatch

    def _keep_what_came(self) -> None:
        if self._checksum is not None:
            self._give_up()
        else:
            self._finish()

    def _give_up(self) -> None:
        """Forget what is not acknowledged."""
        try:
            self._filled = 0
            self._settle()
            os.truncate(self._into.file, self.acknowledged)
        except (ServiceError, OSError, *DATABASE_AWAY) as error:
            log.warning("not_truncated", upload_id=self._into.upload.id, error=first_line(error))
        if self.acknowledged == self._start:
            self._digests.keep(self._into.upload.id, self._start, self._before)


def _outcome_of(work: object, *arguments: object) -> BaseException | None:
    try:
        work(*arguments)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whoever waits gets it
        return error
    return None
