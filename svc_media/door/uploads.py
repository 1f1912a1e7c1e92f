"""tus 1.0.0 at /uploads: https://tus.io/protocols/resumable-upload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contracts.base import ServiceError
from contracts.media import MediaTooLarge, OffsetMismatch, UnknownUpload, UploadLengthInvalid
from svc_media.actions import reading, storing, uploading
from svc_media.door import disk, files, tus
from svc_media.door.body import Body
from svc_media.door.http import Answer, Header, Request
from svc_media.door.people import signed_in
from svc_media.door.receiving import Into, Receiving
from svc_media.door.refusals import FinalUpload
from svc_media.door.tus import Checksum
from svc_media.door.world import World
from svc_media.models import Media, Upload
from svc_media.options import options
from svc_media.processing.sniffing import sniff

NO_STORE: Header = ("Cache-Control", "no-store")


class Uploads:
    """The operations of tus."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._writer = world.writer

    def options(self, request: Request, upload_id: str = "") -> Answer:
        """Tell what this server can do."""
        return Answer(
            204,
            [
                ("Tus-Version", tus.VERSION),
                ("Tus-Extension", tus.EXTENSIONS),
                ("Tus-Max-Size", str(options().max_bytes)),
                ("Tus-Checksum-Algorithm", ",".join(tus.ALGORITHMS)),
            ],
        )

    def create(self, request: Request) -> Answer:
        """Begin an upload, perhaps with its first bytes, or put one together from partial ones."""
        tus.demand_version(request)
        owner_id = signed_in(request)
        is_partial, part_ids = tus.read_concat(request)
        metadata = tus.read_metadata(request)
        if part_ids:
            upload = self._writer.write(
                lambda session: uploading.begin_final(session, owner_id, part_ids=part_ids, metadata=metadata)
            )
            return _created(upload, self._store_when_complete(upload))
        length, checksum, body = tus.read_length(request), tus.read_checksum(request), Body(request.environ)
        if body.left != 0:
            tus.demand_stream(request)
        upload = self._writer.write(
            lambda session: uploading.begin(session, owner_id, length=length, partial=is_partial, metadata=metadata)
        )
        if body.left == 0 and length != 0:
            return _created(upload, None)
        with self._undone_by_refusal(upload):
            return _created(*self._receive(body, upload, 0, None, checksum))

    def head(self, request: Request, upload_id: str) -> Answer:
        """Tell how far an upload is."""
        tus.demand_version(request)
        owner_id = signed_in(request)
        self._world.running.settle(upload_id)
        with self._world.db.reading() as session:
            upload = uploading.find(session, upload_id, owner_id)
            media = reading.find(session, upload_id) if upload.stored else None
        return Answer(200, [*_told(upload), *_length_of(upload), *tus.write_concat(upload), *_made(upload, media)])

    def patch(self, request: Request, upload_id: str) -> Answer:
        """Take bytes at the offset where the upload stands."""
        tus.demand_version(request)
        owner_id = signed_in(request)
        tus.demand_stream(request)
        offset, length = tus.read_offset(request), tus.read_size(request, "Upload-Length")
        checksum, body = tus.read_checksum(request), Body(request.environ)
        with self._world.db.reading() as session:
            upload = uploading.find(session, upload_id, owner_id)
        upload, media = self._receive(body, upload, offset, length, checksum)
        return Answer(204, [*_told(upload), *_made(upload, media)])

    def delete(self, request: Request, upload_id: str) -> Answer:
        """End an upload that is not finished, and free what it took."""
        tus.demand_version(request)
        owner_id = signed_in(request)
        with self._world.db.reading() as session:
            if uploading.find(session, upload_id, owner_id).stored:
                raise UnknownUpload  # it is a media by now
        self._world.running.stop(upload_id, UnknownUpload())
        self._end(upload_id, owner_id)
        return Answer(204, [NO_STORE])

    def _end(self, upload_id: str, owner_id: str) -> None:
        self._writer.write(lambda session: uploading.end(session, upload_id, owner_id))
        self._world.digests.forget(upload_id)
        files.remove(upload_id)

    @contextmanager
    def _undone_by_refusal(self, upload: Upload) -> Iterator[None]:
        """End a new upload whose first bytes are refused: its client never heard where it is."""
        try:
            yield
        except ServiceError:
            self._end(upload.id, upload.owner_id)
            raise

    def _receive(
        self, body: Body, upload: Upload, offset: int, length: int | None, checksum: Checksum | None
    ) -> tuple[Upload, Media | None]:
        if upload.stored:
            return upload, self._stored(body, upload, offset)
        with self._world.running.enter(upload.id, body.socket) as running, files.held(upload.id) as file:
            upload = self._ready(upload, offset, length)
            _demand_fit(upload, body)
            if not uploading.is_complete(upload):
                files.cut(file, upload.id, offset)
                into, most = Into(upload, file, running), options().max_bytes
                upload = Receiving(self._writer, self._world.digests, into, checksum, most).receive(body)
            return upload, self._store_when_complete(upload)

    def _stored(self, body: Body, upload: Upload, offset: int) -> Media:
        """Return the media that an upload has become, to who did not hear that it has."""
        if offset != upload.offset:
            raise OffsetMismatch(offset=upload.offset)
        if body.left != 0:
            raise UploadLengthInvalid
        with self._world.db.reading() as session:
            return reading.find(session, upload.id)

    def _ready(self, upload: Upload, offset: int, length: int | None) -> Upload:
        """Return the upload as it is now that this request holds it.

        Raises:
            FinalUpload, OffsetMismatch, UnknownUpload, UploadLengthInvalid: It takes no such bytes.
        """
        upload_id, owner_id = upload.id, upload.owner_id
        try:
            with self._world.db.reading() as session:
                upload = uploading.find(session, upload_id, owner_id)
        except UnknownUpload:
            files.remove(upload_id)  # it was ended since, and holding it may have made its file again
            raise
        if upload.parts:
            raise FinalUpload
        if upload.offset != offset:
            raise OffsetMismatch(offset=upload.offset)
        if length is None or upload.length == length:
            return upload
        return self._writer.write(lambda session: uploading.declare_length(session, upload_id, owner_id, length))

    def _store_when_complete(self, upload: Upload) -> Media | None:
        if upload.partial or not uploading.is_complete(upload):
            return None
        state = self._world.digests.take(upload.id, upload.offset) if upload.offset else None
        return storing.store(
            self._world.db,
            self._world.push,
            self._world.files,
            upload.id,
            sniff=sniff,
            offload=disk.run,
            sha256=state.hexdigest() if state is not None else None,
        )


def _demand_fit(upload: Upload, body: Body) -> None:
    """Refuse a body that is longer than what is missing, before any of it is read."""
    most = options().max_bytes if upload.length is None else upload.length
    if body.left is None or upload.offset + body.left <= most:
        return
    raise MediaTooLarge(limit_bytes=most) if upload.length is None else UploadLengthInvalid()


def _created(upload: Upload, media: Media | None) -> Answer:
    return Answer(201, [("Location", tus.location(upload.id)), *_told(upload), *_made(upload, media)])


def _told(upload: Upload) -> list[Header]:
    """Return where the upload stands, and until when it may go on."""
    headers: list[Header] = [NO_STORE, ("Upload-Offset", str(upload.offset))]
    if not uploading.is_complete(upload) or upload.partial:
        headers.append(tus.write_expiry(upload.expires_at))
    return headers


def _length_of(upload: Upload) -> list[Header]:
    metadata = tus.write_metadata(upload.metadata_)
    told: list[Header] = [("Upload-Metadata", metadata)] if metadata else []
    if upload.length is None:
        return [*told, ("Upload-Defer-Length", "1")]
    return [*told, ("Upload-Length", str(upload.length))]


def _made(upload: Upload, media: Media | None) -> list[Header]:
    """Return which media the upload becomes, and its state once its bytes are stored."""
    if upload.partial:
        return []
    headers: list[Header] = [("Charla-Media-Id", upload.id)]
    if media is not None:
        headers.append(("Charla-Media-State", media.state))
        if media.error:
            headers.append(("Charla-Media-Error", media.error))
    return headers
