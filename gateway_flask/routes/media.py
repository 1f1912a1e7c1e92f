"""Media as their owners and readers see them; bytes travel through the media service's own door (docs/wire-api.md)."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import Meta

from contracts import media as contract
from contracts.base import Page
from gateway_flask.fields import MAX_SAFE, Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("media", __name__, url_prefix="/v1")

Ids = Annotated[list[Id], Meta(max_length=contract.MAX_ASKED)]
#: Seconds that a page has to answer in; the service keeps a little of it for the way back.
PREVIEW_PATIENCE_S = 6.0
_ONE = (contract.UnknownMedia,)


class Found(TypedDict):
    """Those that the caller may read, in the order in which they were asked for."""

    items: list[contract.MediaView]


class Links(TypedDict):
    """Links to those that the caller may read, in the order in which they were asked for."""

    items: list[contract.LinkView]


class MyMediaQuery(Request):
    """A page of one's own media, the newest first."""

    kind: contract.MediaKind | None = None
    limit: Limit = 50
    after: Cursor | None = None


class MediaIdsBody(Request):
    """Up to 100 media, such as those of the messages on a screen."""

    ids: Ids


class LinkBody(Request):
    """With `download`, browsers save the file instead of showing it."""

    download: bool = False


class QuotaBody(Request):
    """What the person may store, in bytes; null for the usual."""

    limit_bytes: Annotated[int, Meta(ge=0, le=MAX_SAFE)] | None


class PreviewBody(Request):
    """A web page."""

    url: Annotated[str, Meta(min_length=1, max_length=2_000)]


@bp.get("/media")
@operation(summary="List one's own media", query=MyMediaQuery, returns=Page[contract.MediaView])
def list_my_media(call: Call) -> Any:
    query: MyMediaQuery = call.query
    return call.ask("media", "list_my_media", limit=query.limit, after=query.after, kind=query.kind)


@bp.get("/media/quota")
@operation(summary="See how much one has stored and may store", returns=contract.QuotaView)
def get_media_quota(call: Call) -> Any:
    return call.ask("media", "get_quota")


@bp.get("/users/<id:user_id>/media-quota")
@operation(summary="See what a person has stored and may store (administrators)", returns=contract.QuotaView)
def find_media_quota(call: Call, user_id: str) -> Any:
    return call.ask("media", "find_quota", user_id=user_id)


@bp.put("/users/<id:user_id>/media-quota")
@operation(
    summary="Set what a person may store (administrators)", body=QuotaBody, returns=contract.QuotaView, limit="write"
)
def set_media_quota(call: Call, user_id: str) -> Any:
    return call.ask("media", "set_quota", user_id=user_id, limit_bytes=call.body.limit_bytes)


@bp.post("/media/lookup")
@operation(
    summary="Get many media", body=MediaIdsBody, returns=Found, limit="media",
    description="Those that one may not read, or that do not exist, are left out.",
)  # fmt: skip
def lookup_media(call: Call) -> Any:
    return {"items": call.ask("media", "get_many", media_ids=call.body.ids)}


@bp.post("/media/links")
@operation(
    summary="Get links to many media", body=MediaIdsBody, returns=Links, limit="media",
    description="As `POST /v1/media/{media_id}/link`; those that one may not read are left out.",
)  # fmt: skip
def sign_media_links(call: Call) -> Any:
    return {"items": call.ask("media", "sign_links", media_ids=call.body.ids)}


@bp.get("/media/<id:media_id>")
@operation(
    summary="Get a media", returns=contract.MediaView, errors=_ONE,
    description="Its owner and whoever may read a message or post that carries it; to others it does not exist.",
)  # fmt: skip
def get_media(call: Call, media_id: str) -> Any:
    return call.ask("media", "get_media", media_id=media_id)


@bp.delete("/media/<id:media_id>")
@operation(
    summary="Delete one's own media for everybody", limit="write",
    description="At whatever stage it is; what is not one's own, or gone, stays as it is and is no error.",
)  # fmt: skip
def delete_media(call: Call, media_id: str) -> None:
    call.ask("media", "delete_media", media_id=media_id)


@bp.post("/media/<id:media_id>/retry")
@operation(
    summary="Have one's own media that failed processed again", returns=contract.MediaView, limit="write",
    errors=(*_ONE, contract.MediaGone),
)  # fmt: skip
def retry_media(call: Call, media_id: str) -> Any:
    return call.ask("media", "retry_media", media_id=media_id)


@bp.post("/media/<id:media_id>/link")
@operation(
    summary="Get a link by which a browser reads a media", body=LinkBody, body_required=False,
    returns=contract.LinkView, limit="media", errors=_ONE,
    description="It is the caller's own and expires: handed on, or after they lost their way in, it opens nothing "
    "that they may not read. A variant is read by its name in the place of `original`.",
)  # fmt: skip
def sign_media_link(call: Call, media_id: str) -> Any:
    body: LinkBody = call.body or LinkBody()
    return call.ask("media", "sign_link", media_id=media_id, download=body.download)


@bp.post("/link-previews")
@operation(
    summary="Get what a web page says of itself", body=PreviewBody, returns=contract.LinkPreviewView,
    limit="preview", patience_s=PREVIEW_PATIENCE_S,
    errors=(contract.PreviewRefused, contract.PreviewUnavailable),
    description="Only its head is read, from public addresses, and remembered for an hour.",
)  # fmt: skip
def preview_link(call: Call) -> Any:
    return call.ask("media", "preview_link", url=call.body.url)
