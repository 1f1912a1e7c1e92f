"""Films: a poster at once, and later the renditions that browsers play and a preview clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from svc_media.processing import ffmpeg, probing
from svc_media.processing.ffmpeg import RENDITIONS, Rendition
from svc_media.processing.limits import MIB, Limits
from svc_media.processing.previews import preview
from svc_media.processing.progress import Progress
from svc_media.processing.results import Result, Variant, from_sandbox
from svc_media.processing.sandbox import Sandbox

_MP4 = "video/mp4"
#: A tenth of the film is behind most titles and black beginnings; a poster from later than this tells too much.
_LATEST_POSTER_S = 30.0
_LIMITS = Limits(cpu_s=15, memory=1_536 * MIB, wall_s=120)
# x264's "veryfast" takes about 1 s of a core for 1 s of 1080p at 30 frames; a slow film may take ten times that.
_CPU_A_SECOND, _CPU_AT_LEAST = 20, 60
_HD = 1_920 * 1_080


def make_poster(box: Sandbox, form: str, probe: probing.Probe, workdir: Path) -> Result:
    """Make the pictures that stand for the film until it plays.

    Raises:
        Refused: No frame of it can be decoded.
    """
    at_s = min((probe.duration_s or 0.0) / 10, _LATEST_POSTER_S)
    box.run(ffmpeg.poster(form, at_s), workdir, _LIMITS)
    if not (workdir / "frame.png").exists():  # the film ended before that
        box.run(ffmpeg.poster(form, 0.0), workdir, _LIMITS)
    told = box.call("pictures:make_poster", {"path": "frame.png"}, workdir)
    result = from_sandbox(told | {"width": probe.width, "height": probe.height}, _MP4, workdir)
    return Result(**{**vars(result), "duration_s": probe.duration_s})


def wanted(probe: probing.Probe) -> list[Rendition]:
    """Return the renditions that are not larger than the film, and one of its own size where it is small."""
    shorter = min(probe.width or 0, probe.height or 0)
    return [each for each in RENDITIONS if each.side <= shorter] or [RENDITIONS[0]]


def transcode(
    box: Sandbox, form: str, probe: probing.Probe, workdir: Path, tell: Callable[[int], None]
) -> list[Variant]:
    """Write the renditions and the preview, and return them; the largest is kept as the film itself.

    Raises:
        Refused: The film is broken, or takes more than films may take.
    """
    sizes = wanted(probe)
    command = ffmpeg.renditions(form, sizes, probing.LONGEST_S, has_sound=probe.has_sound)
    box.run(command, workdir, limits_for(probe), Progress(probe.duration_s, tell))
    made = [_rendition(box, each, workdir) for each in sizes]
    _, file, mime, width, height = made[-1]
    return [("original", file, mime, width, height), *made, *preview(workdir, sizes[0].name)]


def limits_for(probe: probing.Probe) -> Limits:
    """Return what transcoding may use: in proportion to the pixels, and for films of unknown length the most."""
    seconds = probe.duration_s if probe.duration_s is not None else probing.LONGEST_S
    size = max(0.25, (probe.width or 0) * (probe.height or 0) / _HD)
    cpu_s = int(_CPU_AT_LEAST + seconds * size * _CPU_A_SECOND)
    return Limits(cpu_s=cpu_s, memory=2_048 * MIB, file_size=8_192 * MIB, processes=64, wall_s=120.0 + cpu_s)


def _rendition(box: Sandbox, made: Rendition, workdir: Path) -> Variant:
    told = probing.read(box.run(ffmpeg.length(made.name, "mov"), workdir))
    return made.name, workdir / made.name, _MP4, told.width, told.height
