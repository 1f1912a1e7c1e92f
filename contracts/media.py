"""What svc_media offers: pictures, voice, video and files, who may read them, and link previews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, TypedDict

from contracts.base import Conflict, Event, Forbidden, Invalid, NotFound, Page, TooMany, Unavailable

MediaKind = Literal["picture", "animation", "video", "voice", "document", "file"]
MediaState = Literal["uploading", "queued", "processing", "ready", "failed"]
KINDS: tuple[MediaKind, ...] = ("picture", "animation", "video", "voice", "document", "file")

#: The variant that is the thing itself, e.g. in `/media/{id}/original`.
ORIGINAL = "original"
#: Whose the pictures of web pages are: nobody's, and everybody who is signed in reads them.
PREVIEWS = "00000000-0000-0000-0000-000000000001"
MAX_NAME = 200
MAX_ASKED = 100


class VariantView(TypedDict):
    """Another form of a media: a thumbnail, a poster, a rendition. `size` is in bytes."""

    name: str
    mime: str
    width: int | None
    height: int | None
    size: int


class MediaView(TypedDict):
    """Something that was or is being uploaded.

    `ver` grows with each change that is told: of two views of a media the one with the higher is the newer, whichever
    came first. `progress` is 0 to 100 while it is processed; `error` is a stable code where `state` is `failed`.
    `thumbhash` is base64; `waveform` holds 0 to 100 for equal stretches of a voice message.
    """

    id: str
    owner_id: str
    ver: int
    kind: MediaKind
    state: MediaState
    name: str
    mime: str
    size: int
    width: int | None
    height: int | None
    duration_s: float | None
    thumbhash: str | None
    waveform: list[int] | None
    pages: int | None
    progress: int
    variants: list[VariantView]
    error: str | None
    created_at: str


class QuotaView(TypedDict):
    """Bytes that a person has stored, that their running uploads will need, and that they may have."""

    used_bytes: int
    reserved_bytes: int
    limit_bytes: int


class LinkView(TypedDict):
    """A way to read one media for whom it was made, and for nobody who may not read it any more.

    `url` reads the thing itself; a variant is read by its name in the place of `original`.
    """

    media_id: str
    url: str
    token: str
    expires_at: str


class LinkPreviewView(TypedDict):
    """What a web page says of itself. Texts are plain.

    `picture_media_id` is the page's picture as a media, fetched and made anew by us; None where there is none.
    """

    url: str
    title: str
    description: str
    site_name: str
    picture_url: str | None
    picture_media_id: str | None
    fetched_at: str


@dataclass(frozen=True, kw_only=True)
class _MediaEvent(Event):
    source: ClassVar[str] = "media"
    media_id: str
    owner_id: str
    kind: str
    ver: int

    def aggregate(self) -> tuple[str, int]:
        """Events of one media keep their order."""
        return self.media_id, self.ver


@dataclass(frozen=True, kw_only=True)
class MediaStored(_MediaEvent):
    """All bytes of an upload are stored; whether it can be used is seen when it was processed."""

    name: ClassVar[str] = "media_stored"
    mime: str
    size: int


@dataclass(frozen=True, kw_only=True)
class VideoQueued(_MediaEvent):
    """A video was stored and waits to be transcoded."""

    name: ClassVar[str] = "video_queued"
    mime: str
    size: int


@dataclass(frozen=True, kw_only=True)
class MediaProcessed(_MediaEvent):
    """A media is ready, with all its variants."""

    name: ClassVar[str] = "media_processed"

    def facets(self) -> tuple[str, ...]:
        """Return `video` for one: its owner has waited so long that they may want to be told."""
        return ("video",) if self.kind == "video" else ()


@dataclass(frozen=True, kw_only=True)
class MediaFailed(_MediaEvent):
    """A media was refused or could not be processed; `code` says why."""

    name: ClassVar[str] = "media_failed"
    code: str


class UnknownMedia(NotFound):
    """Also the answer to people who may not read it: they may not know that it exists."""

    code = "unknown_media"
    detail = "There is no such media."


class UnknownUpload(NotFound):
    code = "unknown_upload"
    detail = "There is no such upload, or it has expired."


class UploadExpired(UnknownUpload):
    code = "upload_expired"
    detail = "Nothing came for too long, and the upload has expired; begin it again."


class UnknownVariant(NotFound):
    code = "unknown_variant"
    detail = "This media has no such variant."


class MediaNotReady(Conflict):
    code = "media_not_ready"
    detail = "That media is not ready yet."


class MediaGone(Conflict):
    code = "media_gone"
    detail = "Nothing of that file was kept; upload it again."


class QuotaExceeded(Forbidden):
    code = "quota_exceeded"
    detail = "That does not fit into what you may store; delete something first."


class TooManyUploads(TooMany):
    code = "too_many_uploads"
    detail = "You have as many unfinished uploads as one person can have."


class MediaTypeRefused(Invalid):
    code = "media_type_refused"
    detail = "Files of that type are not taken."


class MediaTypeMismatch(Invalid):
    code = "media_type_mismatch"
    detail = "The file is not of the type that it says it is."


class MediaTooLarge(Invalid):
    code = "media_too_large"
    detail = "That is larger than a media may be."


class MediaInvalid(Invalid):
    code = "media_invalid"
    detail = "That file is broken or not what it says it is."


class OffsetMismatch(Conflict):
    code = "offset_mismatch"
    detail = "The upload stands elsewhere; ask for its offset and go on from there."


class ChecksumMismatch(Invalid):
    code = "checksum_mismatch"
    detail = "The checksum does not fit the bytes; send them again."


class UploadLengthInvalid(Invalid):
    code = "upload_length_invalid"
    detail = "An upload has one length, and its bytes fit into it."


class ConcatenationInvalid(Invalid):
    code = "concatenation_invalid"
    detail = "An upload is put together out of finished partial uploads of your own."


class LinkInvalid(Forbidden):
    code = "link_invalid"
    detail = "That link is not valid or has expired."


class StorageAway(Unavailable):
    code = "storage_away"
    detail = "The place where media are stored does not answer right now; try again."


class PreviewRefused(Invalid):
    code = "preview_refused"
    detail = "That address is not one that Charla may call."


class PreviewUnavailable(NotFound):
    code = "preview_unavailable"
    detail = "That page has no preview."


class MediaService(Protocol):
    """RPC interface of svc_media (service name `media`).

    The caller's access token travels in the call context. Bytes travel over HTTP alone
    (`svc_media.edge`): uploads by tus at `/uploads`, downloads at `/media/{id}/{variant}`.
    """

    def get_media(self, *, media_id: str) -> MediaView: ...  # whoever may read what carries it
    def get_many(
        self, *, media_ids: list[str]
    ) -> list[MediaView]: ...  # at most 100; what the caller may not read is left out; a service sees all
    def list_my_media(
        self, *, limit: int = 50, after: str | None = None, kind: MediaKind | None = None
    ) -> Page[MediaView]: ...  # the newest first
    def delete_media(self, *, media_id: str) -> None: ...  # its owner; idempotent
    def retry_media(self, *, media_id: str) -> MediaView: ...  # its owner; one that failed is processed again
    def get_quota(self) -> QuotaView: ...
    def find_quota(self, *, user_id: str) -> QuotaView: ...  # platform admins; somebody's
    def set_quota(self, *, user_id: str, limit_bytes: int | None) -> QuotaView: ...  # platform admins; None: the usual
    def sign_link(
        self, *, media_id: str, download: bool = False
    ) -> LinkView: ...  # `download`: browsers save the file instead of showing it
    def sign_links(self, *, media_ids: list[str]) -> list[LinkView]: ...  # what the caller may not read is left out
    def preview_link(self, *, url: str) -> LinkPreviewView: ...
    # for svc_auth, by its own token: what is kept of a person, page by page
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]: ...
