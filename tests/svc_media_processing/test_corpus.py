"""Files that were made to do harm: each is refused by a code, for little, and the next file is served."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz import corpus
from svc_media.processing import ffmpeg
from svc_media.processing.limits import MIB
from svc_media.processing.refusals import (
    AMBIGUOUS,
    CODES,
    INVALID,
    PICTURE_TOO_LARGE,
    TOO_COSTLY,
    TOO_LONG,
    TYPE_MISMATCH,
    TYPE_REFUSED,
    Refused,
)
from svc_media.processing.sandbox import Ended, sandbox
from tests.svc_media_processing.conftest import Make

CPU_S, MEMORY = 5.0, 512 * MIB
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'
PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nconcat:file:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\nduration 1\n"

REFUSED: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "png of 30,000 x 30,000": (corpus.huge_png, "image/png", PICTURE_TOO_LARGE),
    "jpeg of 65,000 x 65,000": (corpus.huge_jpeg, "image/jpeg", PICTURE_TOO_LARGE),
    "gif of 60,000 x 60,000": (lambda: corpus.gif(60_000, 60_000, 1), "image/gif", PICTURE_TOO_LARGE),
    "webp of 16,384 x 16,384": (corpus.huge_webp, "image/webp", ""),
    "avif of 50,000 x 50,000": (corpus.huge_avif, "image/avif", ""),
    "png one pixel high": (lambda: corpus.png(35_000_000, 1, pixels=b""), "image/png", PICTURE_TOO_LARGE),
    "png with a comment of 1 GiB": (corpus.text_bomb, "image/png", INVALID),
    "png with a profile of 1 GiB": (corpus.profile_bomb, "image/png", ""),
    "gif without end": (lambda: corpus.gif(64, 64, 200_000), "image/gif", TOO_LONG),
    "gif without a last byte": (lambda: corpus.gif(64, 64, 5_000, ends=False), "image/gif", INVALID),
    "gif of large frames": (lambda: corpus.gif(1_900, 1_900, 900), "image/gif", TOO_COSTLY),
    "svg as png": (lambda: SVG, "image/png", TYPE_REFUSED),
    "svg as svg": (lambda: SVG, "image/svg+xml", TYPE_REFUSED),
    "html as jpeg": (lambda: HTML, "image/jpeg", TYPE_REFUSED),
    "html as pdf": (lambda: HTML, "application/pdf", TYPE_REFUSED),
    "playlist as film": (lambda: PLAYLIST, "video/mp4", TYPE_REFUSED),
    "playlist as playlist": (lambda: PLAYLIST, "audio/mpegurl", TYPE_REFUSED),
    "list of files as film": (lambda: CONCAT, "video/mp4", TYPE_REFUSED),
    "gif as jpeg": (lambda: corpus.gif(8, 8, 2), "image/jpeg", TYPE_MISMATCH),
    "jpeg as film": (corpus.jpeg, "video/mp4", TYPE_MISMATCH),
    "jpeg and archive": (lambda: corpus.jpeg() + corpus.archive({"a.js": b"x"}), "image/jpeg", AMBIGUOUS),
    "gif and archive": (lambda: corpus.gif(8, 8, 2) + corpus.archive({"a": b"x"}), "image/gif", AMBIGUOUS),
    "png and page": (lambda: corpus.png(8, 8) + HTML, "image/png", AMBIGUOUS),
    "png and archive and more": (
        lambda: corpus.png(8, 8) + corpus.archive({"a": b"x"}) + b"more",
        "image/png",
        AMBIGUOUS,
    ),
    "jpeg and document": (
        lambda: corpus.jpeg(comment=b"%PDF-1.7\n1 0 obj\n") + corpus.pages(),
        "image/jpeg",
        AMBIGUOUS,
    ),
    "document and archive": (
        lambda: corpus.pages() + corpus.archive({"a": b"x"}),
        "application/pdf",
        AMBIGUOUS,
    ),
    "jpeg cut off": (lambda: corpus.jpeg(640, 480)[:-600], "image/jpeg", INVALID),
    "png cut off": (lambda: corpus.png(64, 64)[:-20], "image/png", INVALID),
    "png of noise": (lambda: corpus.PNG_MARK + bytes(range(256)) * 40, "image/png", INVALID),
    "film of zeros": (lambda: b"\0\0\0\x18ftypisom" + bytes(4_000), "video/mp4", INVALID),
    "document that is its own page": (corpus.looping_tree, "application/pdf", INVALID),
    "document cut off at its beginning": (lambda: b"%PDF-1.7\n", "application/pdf", INVALID),
    "document of drawings in drawings": (corpus.forms_in_forms, "application/pdf", ""),
    "nothing": (lambda: b"", "image/png", INVALID),
}
#: They do no harm, and need not be refused: what counts is what they cost.
SURVIVED: dict[str, tuple[Callable[[], bytes], str]] = {
    "png with 1 GiB of pixels too much": (corpus.overfull_png, "image/png"),
    "document that draws itself": (corpus.looping_form, "application/pdf"),
    "document with a broken font": (corpus.broken_font, "application/pdf"),
    "document with a picture of 30,000 x 30,000": (corpus.picture_bomb, "application/pdf"),
    "archive of archives": (corpus.zip_bomb, "application/zip"),
    "playlist as nothing": (lambda: PLAYLIST, "application/octet-stream"),
    "page as page": (lambda: HTML, "text/html"),
}


def _is_cheap(ended: Ended | None) -> bool:
    """A file that is refused by its first bytes costs no process at all."""
    if ended is None:
        return True
    print(f"{ended.cpu_s:.2f} s, {ended.max_rss / MIB:.0f} MiB")
    return ended.cpu_s <= CPU_S + 0.1 and ended.max_rss <= MEMORY  # the kernel looks at its limit now and then


@pytest.fixture(autouse=True)
def _fresh() -> None:
    sandbox().last = None


@pytest.fixture
def _lives_on(make: Make) -> object:
    yield
    assert make(corpus.jpeg(), "image/jpeg").kind == "picture"


@pytest.mark.usefixtures("_lives_on")
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_for_little(make: Make, name: str) -> None:
    made, declared, code = REFUSED[name]
    with pytest.raises(Refused) as refusal:
        make(made(), declared)
    assert refusal.value.code in CODES
    assert not code or refusal.value.code == code
    assert _is_cheap(sandbox().last)


@pytest.mark.usefixtures("_lives_on")
@pytest.mark.parametrize("name", SURVIVED)
def test_it_does_no_harm(make: Make, name: str) -> None:
    made, declared = SURVIVED[name]
    try:
        result = make(made(), declared)
    except Refused as refusal:
        assert refusal.code in CODES
    else:
        assert result.kind in {"picture", "document", "file"}
    assert _is_cheap(sandbox().last)


@pytest.mark.parametrize("content", [PLAYLIST, CONCAT, HTML, SVG])
def test_what_is_not_listed_is_a_file_that_nobody_looks_into(make: Make, content: bytes) -> None:
    result = make(content, "application/x-whatever")
    assert (result.kind, result.mime, result.variants) == ("file", "application/octet-stream", [])
    assert sandbox().last is None


@pytest.mark.parametrize("form", ["mov", "matroska", "ogg", "mp3", "aac", "flac", "wav"])
def test_ffmpeg_takes_a_playlist_for_nothing_else_even_if_it_gets_one(workdir: Path, form: str) -> None:
    """Sniffing would never hand it over; and if it did, nobody would be called and nothing read."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/secret.ts"
        playlist = f"#EXTM3U\n#EXTINF:1.0,\n{address}\n#EXTINF:1.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
        (workdir / ffmpeg.INPUT).write_text(playlist)
        for command in (ffmpeg.probe(form), ffmpeg.voice(form, stereo=False, longest_s=10)):
            try:
                output = sandbox().run(command, workdir)
            except Refused:
                output = b""
            assert b"root:" not in output
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_film_that_is_cut_off_is_refused(make: Make, tmp_path: Path, cut: float) -> None:
    whole = corpus.film(tmp_path / "whole.mp4").read_bytes()
    with pytest.raises(Refused, match=INVALID):
        make(whole[: int(len(whole) * cut)], "video/mp4")


def test_a_film_of_too_many_pixels_is_refused_before_it_is_decoded(make: Make, tmp_path: Path) -> None:
    source = corpus.film(tmp_path / "large.mp4", seconds=0.2, size="8400x64")
    with pytest.raises(Refused, match="video_too_large"):
        make(source, "video/mp4")
    assert sandbox().last
    assert sandbox().last.cpu_s < 1
