"""Pictures that move go on moving, as a film or as WebP."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fuzz import corpus
from svc_media.processing.refusals import TOO_LONG, Refused
from tests.svc_media_processing.conftest import Make


def moving(form: str, frames: int = 12, mode: str = "RGB", duration: int = 100) -> bytes:
    pictures = []
    for number in range(frames):
        ground = (0, 0, 0, 0) if mode == "RGBA" else (0, 0, 0)
        picture = Image.new(mode, (101, 75), ground)
        picture.paste((255, 255, 255, 255)[: len(mode)], (number * 6, 10, number * 6 + 20, 40))
        pictures.append(picture)
    return corpus.saved(pictures[0], form, save_all=True, append_images=pictures[1:], duration=duration, loop=0)


def film(path: Path) -> dict[str, Any]:
    asked = ["-count_frames", "-show_entries", "stream=codec_name,pix_fmt,nb_read_frames,width,height:format=duration"]
    command = ["ffprobe", "-v", "error", *asked, "-of", "json", str(path)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {**told["streams"][0], **told["format"]}


@pytest.mark.parametrize(("form", "mime"), [("GIF", "image/gif"), ("WEBP", "image/webp"), ("PNG", "image/png")])
def test_it_becomes_a_film_of_the_same_length(make: Make, form: str, mime: str) -> None:
    result = make(moving(form), mime)
    assert (result.kind, result.mime, result.duration_s) == ("animation", "video/mp4", 1.2)
    told = film(result.variants[0][1])
    assert (told["codec_name"], told["pix_fmt"]) == ("h264", "yuv420p")
    assert (told["width"], told["height"]) == (result.width, result.height) == (100, 76)
    assert abs(float(told["duration"]) - 1.2) < 0.1


def test_its_film_is_ready_to_be_played_from_its_beginning(make: Make) -> None:
    data = make(moving("GIF")).variants[0][1].read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_one_still_sees_through_it(make: Make) -> None:
    result = make(moving("WEBP", mode="RGBA"), "image/webp")
    assert result.mime == "image/webp"
    with Image.open(result.variants[0][1]) as kept:
        assert kept.n_frames > 3
        assert kept.convert("RGBA").getextrema()[3] == (0, 255)


def test_it_has_still_pictures_of_its_first_frame(make: Make) -> None:
    names = [name for name, *_ in make(moving("GIF")).variants]
    assert names == ["original", "thumb_160.webp", "thumb_160.jpg"]


def test_one_frame_is_a_picture(make: Make) -> None:
    assert make(corpus.gif(40, 30, 1), "image/gif").kind == "picture"


def test_frames_without_a_length_are_shown_as_browsers_do(make: Make) -> None:
    assert make(moving("GIF", frames=10, duration=0), "image/gif").duration_s == 1.0


@pytest.mark.parametrize("endless", [corpus.gif(8, 8, 1_001), moving("GIF", frames=13, duration=5_000)])
def test_it_goes_on_for_no_longer_than_a_minute_or_a_thousand_frames(make: Make, endless: bytes) -> None:
    with pytest.raises(Refused, match=TOO_LONG):
        make(endless, "image/gif")
