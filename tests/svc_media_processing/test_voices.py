"""Sound: Opus in Ogg, AAC beside it, and a waveform."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz import corpus
from svc_media.processing.pipeline import HoldsFilm
from svc_media.processing.refusals import INVALID, Refused
from tests.svc_media_processing.conftest import Make
from tests.svc_media_processing.test_animations import film

FORMS = [
    ("ogg", "audio/ogg", ["-c:a", "libopus"]),
    ("webm", "audio/webm", ["-c:a", "libopus"]),
    ("m4a", "audio/mp4", ["-c:a", "aac"]),
    ("mp3", "audio/mpeg", []),
    ("wav", "audio/wav", []),
    ("flac", "audio/flac", []),
    ("aac", "audio/aac", ["-c:a", "aac", "-f", "adts"]),
]


@pytest.mark.parametrize(("ending", "declared", "options"), FORMS)
def test_every_recorder_is_understood(
    make: Make, tmp_path: Path, ending: str, declared: str, options: list[str]
) -> None:
    result = make(corpus.tone(tmp_path / f"voice.{ending}", *options), declared)
    assert (result.kind, result.mime) == ("voice", "audio/ogg")
    assert result.duration_s == pytest.approx(4, abs=0.15)
    files = {name: film(path)["codec_name"] for name, path, *_ in result.variants}
    assert files == {"original": "opus", "voice.m4a": "aac"}


def test_its_waveform_shows_where_it_is_loud(make: Make, tmp_path: Path) -> None:
    wave = make(corpus.tone(tmp_path / "voice.wav", seconds=8), "audio/wav").waveform
    assert wave
    assert 64 <= len(wave) <= 100
    assert all(0 <= value <= 100 for value in wave)
    half = len(wave) // 2
    assert max(wave[: half - 2]) + 20 < min(wave[half + 2 : -2])


def test_silence_is_flat(make: Make, tmp_path: Path) -> None:
    source = tmp_path / "voice.wav"
    corpus._ffmpeg("-f", "lavfi", "-i", "anullsrc=duration=2", str(source))
    assert set(make(source).waveform or [1]) == {0}


def test_a_recording_of_a_browser_does_not_say_its_length(make: Make, tmp_path: Path) -> None:
    """MediaRecorder writes to a stream: nothing goes back to write the length at the beginning."""
    source = tmp_path / "voice.webm"
    corpus.tone(source, "-c:a", "libopus", "-f", "webm", "-live", "1")
    assert make(source, "audio/webm").duration_s == pytest.approx(4, abs=0.15)


@pytest.mark.parametrize("declared", ["audio/mp4", "audio/webm"])
def test_a_film_that_is_said_to_be_a_sound_is_found_out(make: Make, tmp_path: Path, declared: str) -> None:
    ending = declared.partition("/")[2]
    codecs = ["-c:v", "libvpx", "-c:a", "libopus"] if ending == "webm" else []
    source = corpus.film(tmp_path / f"film.{ending}", *codecs, seconds=1)
    with pytest.raises(HoldsFilm) as found:
        make(source, declared, films=False)
    assert found.value.mime == f"video/{ending}"
    assert make(source, declared).kind == "video"


def test_it_says_nothing_of_who_made_it(make: Make, tmp_path: Path) -> None:
    source = corpus.tone(tmp_path / "v.mp3", "-metadata", "artist=Ana Secreta", "-metadata", "comment=Calle 13")
    assert b"Secreta" in source.read_bytes()
    for _, path, *_ in make(source).variants:
        assert b"Secreta" not in path.read_bytes()


def test_noise_is_no_sound(make: Make) -> None:
    with pytest.raises(Refused, match=INVALID):
        make(b"OggS" + bytes(range(256)) * 20, "audio/ogg")
