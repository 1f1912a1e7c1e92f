"""Films: probed, shown by a poster, written anew in sizes that a telephone plays."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fuzz import corpus
from svc_media.processing import pipeline, probing, videos
from svc_media.processing.results import Result
from tests.svc_media_processing.conftest import Make


def told_of(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path)]
    return dict(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))


def files(result: Result) -> dict[str, Path]:
    return {name: path for name, path, *_ in result.variants}


def test_it_is_written_in_each_size_that_is_not_larger(make: Make, tmp_path: Path) -> None:
    result = make(corpus.film(tmp_path / "film.mp4", size="1280x720"), "video/mp4")
    assert (result.kind, result.mime, result.width, result.height) == ("video", "video/mp4", 1280, 720)
    assert result.duration_s == pytest.approx(2, abs=0.1)
    sizes = {name: (width, height) for name, _, _, width, height in result.variants if "thumb" not in name}
    assert sizes == {
        "original": (1280, 720),
        "video_360": (640, 360),
        "video_720": (1280, 720),
        "preview": (480, 270),
        "poster.webp": (1280, 720),
        "poster.jpg": (1280, 720),
    }
    for name in ("video_360", "video_720"):
        data = files(result)[name].read_bytes()
        assert data.index(b"moov") < data.index(b"mdat"), "it starts before it has come as a whole"
        streams = {each["codec_type"]: each for each in told_of(files(result)[name])["streams"]}
        assert (streams["video"]["codec_name"], streams["video"]["pix_fmt"]) == ("h264", "yuv420p")
        assert streams["audio"]["codec_name"] == "aac"


def test_it_never_grows(make: Make, tmp_path: Path) -> None:
    result = make(corpus.film(tmp_path / "film.mp4", size="200x120"), "video/mp4")
    assert (result.width, result.height) == (200, 120)
    assert [name for name in files(result) if name.startswith("video_")] == ["video_360"]


def test_upright_and_odd_sizes_stay_upright_and_become_even(make: Make, tmp_path: Path) -> None:
    source = corpus.film(tmp_path / "film.mkv", "-vf", "scale=405:721", "-pix_fmt", "yuv444p")
    result = make(source, "video/x-matroska")
    assert (result.width, result.height) == (360, 640)


def test_a_film_from_a_turned_telephone_is_upright(make: Make, tmp_path: Path) -> None:
    plain = corpus.film(tmp_path / "plain.mp4", size="640x360")
    turned = tmp_path / "turned.mp4"
    corpus._ffmpeg("-i", str(plain), "-c", "copy", "-metadata:s:v:0", "rotate=90", str(turned))
    result = make(turned, "video/mp4")
    assert (result.width, result.height) == (360, 640)


def test_its_poster_shows_a_frame_and_not_black(make: Make, tmp_path: Path) -> None:
    result = make(corpus.film(tmp_path / "film.mp4"), "video/mp4")
    with Image.open(files(result)["poster.jpg"]) as poster:
        assert poster.size == (320, 240)
        assert max(high for _, high in poster.convert("RGB").getextrema()) > 100  # type: ignore[union-attr]
    assert result.thumbhash


def test_its_preview_is_short_small_and_silent(make: Make, tmp_path: Path) -> None:
    result = make(corpus.film(tmp_path / "film.mp4", seconds=20), "video/mp4")
    told = told_of(files(result)["preview"])
    assert [each["codec_type"] for each in told["streams"]] == ["video"]
    assert 4 < float(told["format"]["duration"]) < 7
    assert files(result)["preview"].stat().st_size < 600_000


def test_a_film_without_sound_stays_silent(make: Make, tmp_path: Path) -> None:
    result = make(corpus.film(tmp_path / "film.mp4", sound=False), "video/mp4")
    assert [each["codec_type"] for each in told_of(files(result)["video_360"])["streams"]] == ["video"]


def test_it_says_nothing_of_where_it_was_taken(make: Make, tmp_path: Path) -> None:
    place = "+48.8577+002.295/"
    source = corpus.film(tmp_path / "film.mov", "-metadata", f"location={place}", "-metadata", "title=Calle 13")
    assert place.encode() in source.read_bytes()
    for name, path, *_ in make(source, "video/quicktime").variants:
        assert place.encode() not in path.read_bytes(), name
        assert b"Calle 13" not in path.read_bytes(), name


def test_it_tells_how_far_it_is(make: Make, tmp_path: Path) -> None:
    percents: list[int] = []
    make(corpus.film(tmp_path / "film.mp4", seconds=40, size="640x480"), "video/mp4", tell=percents.append)
    assert percents == sorted(set(percents))
    assert percents
    assert 0 < percents[0] <= percents[-1] < 100


def test_a_recording_of_a_browser_has_no_length_until_it_was_written(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "film.webm"
    made = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=15:duration=3"]
    corpus._ffmpeg(*made, "-c:v", "libvpx", "-deadline", "realtime", "-f", "webm", "-live", "1", str(source))
    assert make(source, "video/webm").duration_s == pytest.approx(3, abs=0.2)


def test_two_hundred_frames_a_second_become_at_most_sixty(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "fast.mp4"
    corpus._ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=240:duration=1", "-preset", "ultrafast", str(source)
    )
    result = make(source, "video/mp4")
    frames = int(told_of(files(result)["video_360"])["streams"][0]["nb_frames"])
    assert 45 <= frames <= 61


def test_the_poster_can_be_had_before_the_rest(tmp_path: Path, workdir: Path) -> None:
    source = corpus.film(tmp_path / "film.mp4", size="640x360")
    made = pipeline.poster(source, "video/mp4", workdir)
    assert made
    assert (made.width, made.height, made.duration_s) == (640, 360, pytest.approx(2, abs=0.1))
    assert sorted(files(made)) == ["poster.jpg", "poster.webp", "thumb_160.jpg", "thumb_160.webp"]


def test_a_picture_on_a_record_makes_no_film_of_it(make: Make, tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    cover.write_bytes(corpus.png(64, 64))
    sound = corpus.tone(tmp_path / "plain.mp3")
    source = tmp_path / "with_cover.mp3"
    corpus._ffmpeg("-i", str(sound), "-i", str(cover), "-map", "0", "-map", "1", "-c:a", "copy", str(source))
    assert make(source, "audio/mpeg").kind == "voice"


@pytest.mark.parametrize(
    ("size", "names"),
    [((3840, 2160), [360, 720, 1080]), ((720, 1280), [360, 720]), ((640, 360), [360]), ((90, 60), [360])],
)
def test_the_shorter_side_decides(size: tuple[int, int], names: list[int]) -> None:
    probe = probing.Probe(*size, 10.0, has_sound=True, channels=2)
    assert [each.name for each in videos.wanted(probe)] == [f"video_{name}" for name in names]


def test_longer_and_larger_films_may_take_more() -> None:
    small = videos.limits_for(probing.Probe(640, 360, 10.0, has_sound=True, channels=2))
    large = videos.limits_for(probing.Probe(3840, 2160, 600.0, has_sound=True, channels=2))
    assert small.cpu_s < 200 < large.cpu_s
