"""What a file is goes by its content; what was declared has only to fit."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from PIL import Image

from fuzz import corpus
from svc_media.processing.refusals import TYPE_MISMATCH, TYPE_REFUSED, Refused
from svc_media.processing.sniffing import sniff

MP4 = struct.pack(">I", 24) + b"ftypisom\0\0\2\0isomiso2"
FITTING = [
    (corpus.jpeg(), "", "picture", "image/jpeg"),
    (corpus.jpeg(), "image/jpg", "picture", "image/jpeg"),
    (corpus.png(4, 4), "image/png; charset=binary", "picture", "image/png"),
    (corpus.saved(Image.new("RGB", (4, 4)), "WEBP"), "image/webp", "picture", "image/webp"),
    (corpus.saved(Image.new("RGB", (4, 4)), "AVIF"), "image/avif", "picture", "image/avif"),
    (corpus.gif(4, 4, 1), "IMAGE/GIF", "picture", "image/gif"),
    (MP4, "video/mp4", "video", "video/mp4"),
    (MP4, "video/quicktime", "video", "video/mp4"),
    (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "video/mp4", "video", "video/quicktime"),
    (b"\0\0\0\x14ftypM4A \0\0\2\0M4A ", "audio/m4a", "voice", "audio/mp4"),
    (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "audio/mp4", "voice", "audio/mp4"),
    (MP4, "audio/mp4", "voice", "audio/mp4"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "audio/webm;codecs=opus", "voice", "audio/webm"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm", "video", "video/webm"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "", "video", "video/webm"),
    (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska", "video", "video/x-matroska"),
    (b"OggS\0\2" + bytes(20) + b"OpusHead", "audio/ogg; codecs=opus", "voice", "audio/ogg"),
    (b"ID3\4\0", "audio/mpeg", "voice", "audio/mpeg"),
    (2 * (b"\xff\xfb\x90\x00" + bytes(413)), "audio/mp3", "voice", "audio/mpeg"),
    (2 * (b"\xff\xf1\x50\x80\x01\x7f\xfc" + bytes(4)), "audio/aac", "voice", "audio/aac"),
    (b"\xff\xf1\x50\x80\x01\x7f\xfc" + bytes(4), "audio/aac", "voice", "audio/aac"),
    (b"RIFF\0\0\0\0WAVEfmt ", "audio/x-wav", "voice", "audio/wav"),
    (b"fLaC", "audio/flac", "voice", "audio/flac"),
    (corpus.pages(), "application/pdf", "document", "application/pdf"),
    (corpus.archive({"a": b"b"}), "application/zip", "file", "application/zip"),
    (
        corpus.archive({"[Content_Types].xml": b"x"}),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "file",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "application/msword", "file", "application/msword"),
    (b"a note", "text/plain", "file", "text/plain"),
    (b"a\0b", "text/plain", "file", "application/octet-stream"),
    (b"<!-- x --> <script>1</script>", "text/plain", "file", "application/octet-stream"),
    (b"#!/bin/sh\n", "application/x-sh", "file", "application/octet-stream"),
    (corpus.archive({"a": b"b"}), "text/html", "file", "application/zip"),
]


@pytest.mark.parametrize(("content", "declared", "kind", "mime"), FITTING)
def test_its_content_tells(tmp_path: Path, content: bytes, declared: str, kind: str, mime: str) -> None:
    (tmp_path / "file").write_bytes(content)
    found = sniff(tmp_path / "file", declared)
    assert (found.kind, found.mime) == (kind, mime)


@pytest.mark.parametrize(
    ("content", "declared", "code"),
    [
        (corpus.png(4, 4), "image/jpeg", TYPE_MISMATCH),
        (corpus.png(4, 4), "text/html", TYPE_MISMATCH),
        (MP4, "image/gif", TYPE_MISMATCH),
        (corpus.pages(), "image/png", TYPE_MISMATCH),
        (b"BM" + bytes(60), "image/bmp", TYPE_REFUSED),
        (b"II*\0" + bytes(60), "image/tiff", TYPE_REFUSED),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic", TYPE_REFUSED),
        (b"MZ" + bytes(60), "video/mp4", TYPE_REFUSED),
        (corpus.archive({"a": b"b"}), "image/png", TYPE_REFUSED),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, content: bytes, declared: str, code: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Refused, match=code):
        sniff(tmp_path / "file", declared)


def test_a_film_whose_bytes_happen_to_hold_an_archives_mark_is_taken(tmp_path: Path) -> None:
    """Only a record that ends just where the file ends makes an archive of it."""
    (tmp_path / "file").write_bytes(MP4 + b"PK\x05\x06" + bytes(range(256)))
    assert sniff(tmp_path / "file").kind == "video"


@pytest.mark.parametrize(
    ("encoding", "mime"),
    [
        ("-f mp3 -ar 44100 -b:a 128k", "audio/mpeg"),
        ("-f mp3 -ar 48000 -q:a 4", "audio/mpeg"),
        ("-f mp3 -ar 22050 -b:a 64k", "audio/mpeg"),
        ("-f mp3 -ar 8000 -b:a 8k", "audio/mpeg"),
        ("-f adts -c:a aac -ar 44100 -b:a 96k", "audio/aac"),
        ("-f adts -c:a aac -ar 16000 -b:a 24k", "audio/aac"),
    ],
)
def test_sound_without_a_container_is_told_by_its_frames(tmp_path: Path, encoding: str, mime: str) -> None:
    sound = tmp_path / "sound"
    bare = ("-id3v2_version", "0") if mime == "audio/mpeg" else ()
    corpus._ffmpeg("-f", "lavfi", "-i", "sine=d=1", *encoding.split(), *bare, str(sound))
    assert sniff(sound).mime == mime


def test_a_file_that_begins_like_sound_by_chance_is_a_file(tmp_path: Path) -> None:
    """One of some four thousand files of random bytes does."""
    dice, path = random.Random(7), tmp_path / "file"
    for mark in (b"\xff\xf1", b"\xff\xf9", b"\xff\xfb", b"\xff\xf3"):
        for _ in range(50):
            path.write_bytes(mark + dice.randbytes(20_000))
            assert sniff(path).kind == "file"
