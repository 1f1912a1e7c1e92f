"""Sound: Opus in Ogg, AAC for what cannot play that, and a waveform to draw."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from svc_media.processing import ffmpeg, probing
from svc_media.processing.limits import MIB, Limits
from svc_media.processing.progress import Progress
from svc_media.processing.refusals import INVALID, Refused
from svc_media.processing.results import Result, Variant
from svc_media.processing.sandbox import Sandbox

#: How many values a waveform has, and the loudness in dB that is drawn as nothing.
VALUES = 80
_QUIETEST_DB = -60.0
_SAMPLES_A_SECOND = 8_000
_LEVEL = re.compile(rb"RMS_level=(\S+)")


def make(box: Sandbox, form: str, probe: probing.Probe, workdir: Path, tell: Callable[[int], None]) -> Result:
    """Make a voice message of the job's input.

    Raises:
        Refused: It is broken, or longer than a sound may be.
    """
    limits = limits_for(probe.duration_s)
    command = ffmpeg.voice(form, stereo=probe.channels > 1, longest_s=probing.LONGEST_S)
    box.run(command, workdir, limits, Progress(probe.duration_s, tell))
    told = probing.read(box.run(ffmpeg.length("voice.ogg", "ogg"), workdir))
    if told.duration_s is None:
        raise Refused(INVALID)
    files = [("original", "voice.ogg", "audio/ogg"), ("voice.m4a", "voice.m4a", "audio/mp4")]
    variants: list[Variant] = [(name, workdir / file, mime, None, None) for name, file, mime in files]
    drawn = waveform(box, told.duration_s, workdir)
    return Result("voice", "audio/ogg", duration_s=round(told.duration_s, 3), waveform=drawn, variants=variants)


def limits_for(duration_s: float | None) -> Limits:
    """Sound is decoded and encoded some fifty times faster than it plays; unknown lengths get the most."""
    seconds = duration_s if duration_s is not None else probing.LONGEST_S
    return Limits(cpu_s=int(10 + seconds / 10), memory=768 * MIB, file_size=512 * MIB, wall_s=60 + seconds / 4)


def waveform(box: Sandbox, duration_s: float, workdir: Path) -> list[int]:
    """Return how loud each of at most 80 equal stretches is, 0 to 100."""
    samples = max(1, int(duration_s * _SAMPLES_A_SECOND / VALUES))
    output = box.run(ffmpeg.loudness(samples), workdir, limits_for(duration_s))
    return [_drawn(float(each)) for each in _LEVEL.findall(output)][:VALUES]


def _drawn(level_db: float) -> int:
    """Return the loudness as 0 to 100; silence is -inf dB."""
    return round(100 * max(0.0, min(1.0, 1 - level_db / _QUIETEST_DB)))
