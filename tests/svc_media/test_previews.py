"""Link previews: what a page says of itself, fetched safely, within limits, and once for all who ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from typing import Any

import eventlet
import pytest
from PIL import Image

from contracts.base import ServiceError, new_id
from contracts.media import PREVIEWS, MediaNotReady, PreviewRefused, PreviewUnavailable, UnknownMedia
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.settings import Settings, settings
from svc_media import preview_pictures, previews
from svc_media.actions import orphans, quotas, reading
from svc_media.models import Media
from svc_media.page import MAX_DESCRIPTION, MAX_TITLE, read_page
from svc_media.service import MediaService
from svc_media.storage.local import LocalStorage
from tests.services import FakePush, calling, user_token
from tests.svc_media.test_storing import agree

HTML = "text/html; charset=utf-8"
PAGE = b"""<!doctype html><html><head>
<meta charset="utf-8"><title> Fallback
title </title>
<meta property="og:title" content="Tea &amp; &lt;b&gt;biscuits&lt;/b&gt;">
<meta name="description" content="Plain">
<meta property="og:description" content="Two
 lines">
<meta property="og:site_name" content="The Kettle">
<meta property="og:image" content="/pot.png">
</head><body><title>no</title><meta property="og:title" content="no"></body></html>"""


@dataclass
class Site:
    """A web server on loopback, which the tests may call."""

    url: str
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: bytes, content_type: str = HTML, status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": content_type, **named}, body)
        return self.url + path


@pytest.fixture
def site(configured: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found: list[Site] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found[0].asked.append(self.path)
            status, headers, body = found[0].answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    port = server.server_address[1]
    found.append(Site(f"http://127.0.0.1:{port}"))
    monkeypatch.setenv("OUTGOING_ALLOW", f"127.0.0.1:{port}")
    settings.cache_clear()
    yield found[0]
    server.shutdown()
    server.server_close()
    settings.cache_clear()


def preview(service: MediaService, url: str) -> dict[str, Any]:
    with calling(new_id()):
        return dict(service.preview_link(url=url))


def test_a_page_says_what_it_is(service: MediaService, site: Site) -> None:
    url = site.put("/tea", PAGE)
    view = preview(service, url + "#fragment")
    assert view.pop("fetched_at").endswith("Z")
    assert view == {
        "url": url,
        "title": "Tea & <b>biscuits</b>",
        "description": "Two lines",
        "site_name": "The Kettle",
        "picture_url": site.url + "/pot.png",
        "picture_media_id": None,
    }


def pot(colour: str = "teal") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_its_picture_is_stored_like_what_people_upload(
    service: MediaService, site: Site, db: Transactions, push: FakePush
) -> None:
    site.put("/pot.png", pot(), "image/png")
    media_id = preview(service, site.put("/tea", PAGE))["picture_media_id"]
    with calling(new_id()):  # whoever is signed in
        media = service.get_media(media_id=media_id)
        assert [each["media_id"] for each in service.sign_links(media_ids=[media_id])] == [media_id]
    assert (media["owner_id"], media["kind"], media["state"]) == (PREVIEWS, "picture", "queued")
    # It has all that the stranger put into it until it was made anew, and is shown to nobody before.
    with db.reading() as session, pytest.raises(MediaNotReady):
        reading.locate(session, media_id, "original", new_id())
    with calling(new_id()):
        service.delete_media(media_id=media_id)
        assert service.get_media(media_id=media_id) == media


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 200, {}),
        (b"%PDF-1.4", 200, {}),
        (b"", 200, {}),
        (pot(), 404, {}),
        (pot(), 200, {"Content_Encoding": "gzip"}),
        (pot() + b"x" * preview_pictures.MAX_BYTES, 200, {}),
        (pot(), 302, {"Location": "http://10.0.0.1/pot.png"}),
    ],
)
def test_what_is_no_picture_leaves_the_preview_without_one(
    service: MediaService, site: Site, body: bytes, status: int, headers: dict[str, str]
) -> None:
    site.put("/pot.png", body, "image/png", status, **headers)
    view = preview(service, site.put("/tea", PAGE))
    assert (view["site_name"], view["picture_media_id"]) == ("The Kettle", None)


def test_an_address_that_may_not_be_called_is_not_called_for_a_picture(service: MediaService, site: Site) -> None:
    page = PAGE.replace(b"/pot.png", b"http://169.254.169.254/latest/meta-data")
    assert preview(service, site.put("/tea", page))["picture_media_id"] is None


def test_pictures_that_are_too_many_are_left_out(
    service: MediaService, site: Site, db: Transactions, files: LocalStorage
) -> None:
    with db.transaction() as session:
        quotas.set_limit(session, PREVIEWS, 10)
    site.put("/pot.png", pot(), "image/png")
    assert preview(service, site.put("/tea", PAGE))["picture_media_id"] is None
    agree(db, files)


def test_a_picture_goes_after_a_day(service: MediaService, site: Site, db: Transactions, push: FakePush) -> None:
    site.put("/pot.png", pot(), "image/png")
    media_id = preview(service, site.put("/tea", PAGE))["picture_media_id"]
    assert orphans.remove_abandoned(db, push, 0) == 0
    with db.transaction() as session:
        media = session.get_one(Media, (PREVIEWS, media_id))
        assert media.abandoned_at - datetime.now(UTC) > timedelta(hours=23)
        media.abandoned_at -= preview_pictures.KEPT
    assert orphans.remove_abandoned(db, push, 0) == 1
    with calling(new_id()), pytest.raises(UnknownMedia):
        service.get_media(media_id=media_id)


def test_a_page_is_fetched_once_for_all_who_ask(service: MediaService, site: Site) -> None:
    url = site.put("/tea", PAGE)
    pool = eventlet.GreenPool(8)
    assert len(set(pool.imap(lambda _: preview(service, url)["title"], range(8)))) == 1
    preview(service, url)
    assert site.asked == ["/tea", "/pot.png"]


def test_a_page_without_a_title_is_asked_for_once_too(service: MediaService, site: Site) -> None:
    url = site.put("/bare", b"<p>nothing</p>")
    for _ in range(2):
        with pytest.raises(PreviewUnavailable):
            preview(service, url)
    assert site.asked == ["/bare"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "headers"),
    [
        (PAGE, "application/pdf", 200, {}),
        (PAGE, "text/plain", 200, {}),
        (PAGE, HTML, 404, {}),
        (PAGE, HTML, 200, {"Content_Encoding": "gzip"}),
        (b"", HTML, 200, {}),
        (b"\xff\xfe\x00" * 100, HTML, 200, {}),
    ],
)
def test_what_is_no_page_has_no_preview(
    service: MediaService, site: Site, body: bytes, content_type: str, status: int, headers: dict[str, str]
) -> None:
    with pytest.raises(PreviewUnavailable):
        preview(service, site.put("/x", body, content_type, status, **headers))


def test_a_huge_page_is_cut_and_not_read_to_its_end(service: MediaService, site: Site) -> None:
    url = site.put("/huge", PAGE + b"x" * 30_000_000)
    began = time.monotonic()
    assert preview(service, url)["site_name"] == "The Kettle"
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:22/",
        "http://localhost:5432/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "http://user:secret@example.org/",
        "http://example.org:25/",
    ],
)
def test_addresses_inside_are_refused(service: MediaService, site: Site, url: str) -> None:
    with pytest.raises(PreviewRefused):
        preview(service, url)
    assert site.asked == []


def test_a_page_cannot_lead_inside(service: MediaService, site: Site) -> None:
    for number, target in enumerate(("http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd")):
        url = site.put(f"/away{number}", b"", status=302, Location=target)
        with pytest.raises(PreviewRefused):
            preview(service, url)


def test_a_page_that_leads_on_for_ever_is_given_up(service: MediaService, site: Site) -> None:
    url = site.put("/loop", b"", status=302, Location="/loop")
    with pytest.raises(PreviewUnavailable):
        preview(service, url)
    assert len(site.asked) == 4


def test_a_slow_page_is_given_up_before_the_caller_gives_up(service: MediaService, site: Site) -> None:
    silent = eventlet.listen(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTGOING_ALLOW", f"127.0.0.1:{port}")
        settings.cache_clear()
        deadline = time.time() + 1.0
        call = CallContext(token=user_token(new_id()), deadline=deadline)
        with working_on(call), pytest.raises(ServiceError) as caught:
            service.preview_link(url=f"http://127.0.0.1:{port}/")
        assert caught.value.code == "preview_unavailable"
        assert time.time() < deadline
    silent.close()


def read(body: str, content_type: str = HTML, url: str = "https://example.org/a/b") -> Any:
    return read_page(body.encode("utf-8", "surrogatepass"), content_type, url)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("pot.png", "https://example.org/a/pot.png"),
        ("//cdn.example.org/pot.png", "https://cdn.example.org/pot.png"),
        ("http://cdn.example.org/pot.png", "http://cdn.example.org/pot.png"),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,AAAA", None),
        ("file:///etc/passwd", None),
        ("http://[broken", None),
        ("", None),
    ],
)
def test_a_picture_is_an_address_that_may_be_called(address: str, shown: str | None) -> None:
    page = read(f'<title>x</title><meta property="og:image" content="{address}">')
    assert page.picture_url == shown


def test_texts_are_bounded_and_plain() -> None:
    page = read(f"<title>{'t' * 5_000}</title><meta name=description content='{'d ' * 5_000}\x00\u202e'>")
    assert len(page.title) == MAX_TITLE
    assert page.title.endswith("…")
    assert len(page.description) <= MAX_DESCRIPTION
    assert (page.title + page.description).isprintable()


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16"])
def test_a_charset_is_believed_where_there_is_one(charset: str) -> None:
    body = "<title>Café</title>".encode(charset)
    assert read_page(body, f"text/html; charset={charset}", "https://example.org/").title == "Café"  # type: ignore[union-attr]


@pytest.mark.parametrize("charset", ["no-such-charset", "hex", "base64", "rot13", "zlib", "idna", "undefined"])
def test_a_charset_that_is_none_of_text_is_not_used(charset: str) -> None:
    page = read_page(b"<title>caf\xc3\xa9</title>", f"text/html; charset={charset}", "https://example.org/")
    assert page is not None
    assert page.title in ("café", "cafã©", "caf\ufffd\ufffd")


@pytest.mark.parametrize(
    "body", ["<", "<title>", "<!--" * 10_000, "<meta " * 10_000, "<title>a<title>b", "&#x110000;<title>&#0;x"]
)
def test_broken_pages_do_no_harm(body: str) -> None:
    began = time.monotonic()
    read(body * 5)
    assert time.monotonic() - began < 30


def test_the_largest_page_is_read_quickly() -> None:
    for filling in ("<meta name='x' content='y'>", "<a b", "<title>", "&amp;", "<!--x", "</", "<![CDATA["):
        body = (filling * previews.MAX_BYTES).encode()[: previews.MAX_BYTES]
        began = time.process_time()
        read_page(body, HTML, "https://example.org/")
        assert time.process_time() - began < 3, filling
