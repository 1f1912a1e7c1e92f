"""What is read from headers and written into them, without any server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from svc_media.actions.reading import Located
from svc_media.door import conditions, names, showing
from svc_media.door.http import Request
from svc_media.door.ranges import Malformed, Span, span_of
from svc_media.door.refusals import PreconditionFailed, RangeNotSatisfiable
from svc_media.door.tus import read_metadata, write_metadata
from svc_media.processing import sniffing

AT = datetime(2026, 5, 4, 12, 30, 15, 999_999, tzinfo=UTC)
DATE = "Mon, 04 May 2026 12:30:15 GMT"


def _request(**headers: str) -> Request:
    environ: dict[str, Any] = {"PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    return Request(environ | {f"HTTP_{name.upper()}": value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-9", Span(0, 9)),
        ("bytes= 0-9 ", Span(0, 9)),
        ("bytes=90-200", Span(90, 99)),
        ("bytes=-5", Span(95, 99)),
        ("bytes=-500", Span(0, 99)),
        ("bytes=99-", Span(99, 99)),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1,200-", Span(0, 1)),
        ("other=0-1", None),
    ],
)
def test_a_range_of_a_hundred_bytes(header: str | None, span: Span | None) -> None:
    assert span_of(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,200-"])
def test_ranges_behind_the_end(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        span_of(header, 100)


@pytest.mark.parametrize(
    "header", ["bytes=", "bytes=-", "bytes=1", "bytes=2-1", "bytes=a-b", "bytes=1-2-3", "bytes=٣-"]
)
def test_ranges_that_make_no_sense(header: str) -> None:
    with pytest.raises(Malformed):
        span_of(header, 100)


def test_nothing_of_an_empty_file_is_a_range() -> None:
    assert span_of(None, 0) is None
    with pytest.raises(RangeNotSatisfiable):
        span_of("bytes=0-", 0)


def test_a_hundred_ranges_are_looked_at_and_no_more() -> None:
    assert span_of("bytes=" + ",".join(["0-1"] * 100), 100) is None
    with pytest.raises(Malformed):
        span_of("bytes=" + ",".join(["0-1"] * 101), 100)


@pytest.mark.parametrize(
    ("headers", "unchanged"),
    [
        ({}, False),
        ({"if_none_match": '"a"'}, True),
        ({"if_none_match": 'W/"a"'}, True),
        ({"if_none_match": '"b", "a"'}, True),
        ({"if_none_match": '"b"'}, False),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": '"b"', "if_modified_since": DATE}, False),
        ({"if_modified_since": DATE}, True),
        ({"if_modified_since": "Mon, 04 May 2026 12:30:14 GMT"}, False),
        ({"if_modified_since": "nonsense"}, False),
        ({"if_match": '"a"'}, False),
        ({"if_match": "*", "if_none_match": '"a"'}, True),
    ],
)
def test_conditions(headers: dict[str, str], unchanged: bool) -> None:
    assert conditions.is_unchanged(_request(**headers), '"a"', AT) is unchanged


@pytest.mark.parametrize(
    "headers", [{"if_match": '"b"'}, {"if_match": 'W/"a"'}, {"if_unmodified_since": "Mon, 04 May 2026 12:30:14 GMT"}]
)
def test_preconditions(headers: dict[str, str]) -> None:
    with pytest.raises(PreconditionFailed):
        conditions.is_unchanged(_request(**headers), '"a"', AT)


def _located(name: str, mime: str = "application/octet-stream") -> Located:
    return Located("o", "the-id", "file", "ready", name, mime, 1, "ab", AT)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.txt", "a.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\evil.exe", "evil.exe"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("", "the-id.bin"),
        ("...", "the-id.bin"),
        ("x" * 300 + ".txt", "x" * (names.MAX_NAME - 4) + ".txt"),
    ],
)
def test_names_are_made_harmless(given: str, name: str) -> None:
    assert names.file_name(_located(given), "original") == name


@pytest.mark.parametrize(
    ("given", "mime", "name"),
    [
        ("sea.PNG", "image/png", "sea.PNG"),
        ("sea.jpeg", "image/jpeg", "sea.jpeg"),
        ("sea.jpg", "image/png", "sea.png"),
        ("sea.pdf", "image/jpeg", "sea.jpg"),
        ("sea", "image/webp", "sea.webp"),
        ("trip 3.5", "image/jpeg", "trip 3.5.jpg"),
        ("setup.exe", "image/gif", "setup.exe.gif"),
        ("film.mov", "video/mp4", "film.mp4"),
        ("talk.webm", "audio/ogg", "talk.ogg"),
        ("talk.opus", "audio/ogg", "talk.opus"),
        ("bill.docx", "application/pdf", "bill.pdf"),
        ("letters.docx", "application/zip", "letters.docx"),
        ("letters.png", "application/zip", "letters.zip"),
        ("bill.docx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "bill.xlsx"),
        ("bill.xls", "application/vnd.ms-excel", "bill.xls"),
        ("bill.jpg", "application/vnd.ms-excel", "bill.jpg.bin"),
        ("notes.md", "text/plain", "notes.md"),
        ("notes", "text/plain", "notes.txt"),
        ("notes.html", "text/plain", "notes.html.txt"),
        ("notes.pdf", "text/plain", "notes.pdf.txt"),
        ("picture.jpg", "application/octet-stream", "picture.jpg.bin"),
        ("picture.jpg. ", "application/octet-stream", "picture.jpg.bin"),
        ("disk.iso", "application/octet-stream", "disk.iso"),
        ("page.html", "application/octet-stream", "page.html"),
    ],
)
def test_an_ending_of_another_type_gives_way_to_that_of_the_content(given: str, mime: str, name: str) -> None:
    assert names.file_name(_located(given, mime), "original") == name
    assert f'filename="{name}"' in showing.disposition(_located(given, mime), "original", download=True)


def test_all_that_is_told_by_its_content_has_an_ending() -> None:
    kinds = {each.mime for each in vars(sniffing).values() if isinstance(each, sniffing.Kind)}
    assert len(kinds) > 15
    assert {names.file_name(_located("x", mime), "original") for mime in kinds}.isdisjoint({"x"})
    # Only bytes that nobody knows are called so.
    assert [mime for mime in kinds if names.file_name(_located("x", mime), "original") == "x.bin"] == [names.BYTES]


def test_a_variant_is_saved_under_a_name_of_its_own() -> None:
    assert names.file_name(_located("sea.png", "image/webp"), "thumb_320") == "sea-thumb_320.webp"
    assert names.file_name(_located("sea.png", "image/webp"), "thumb_320.webp") == "sea-thumb_320.webp"


@pytest.mark.parametrize(
    ("mime", "told", "how"),
    [
        ("image/png", "image/png", "inline"),
        ("video/mp4", "video/mp4", "inline"),
        ("application/pdf", "application/pdf", "attachment"),
        ("text/plain", "text/plain; charset=utf-8", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
        ("application/xhtml+xml", "application/octet-stream", "attachment"),
        ("application/javascript", "application/octet-stream", "attachment"),
        ("", "application/octet-stream", "attachment"),
    ],
)
def test_only_what_runs_nothing_is_shown(mime: str, told: str, how: str) -> None:
    assert showing.content_type(mime) == told
    assert showing.disposition(_located("a.x", mime), "original", download=False).startswith(f"{how};")
    assert showing.disposition(_located("a.x", mime), "original", download=True).startswith("attachment;")


@pytest.mark.parametrize("name", ['a"b.txt', "a;b.txt", "a%41.txt", "ñ.txt", "a\\b", "日本.png", "a'b.txt"])
def test_a_disposition_is_one_header_of_ascii(name: str) -> None:
    found = showing.disposition(_located(name), "original", download=True)
    assert found.isascii()
    assert found.count('"') == 2
    assert "\n" not in found


def test_metadata_is_written_as_it_was_read() -> None:
    found = {"filename": "año.txt", "empty": "", "filetype": "text/plain"}
    assert read_metadata(_request(upload_metadata=write_metadata(found))) == found
