"""From a stranger's file to what is shown of it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from svc_media.processing import ffmpeg, probing, videos, voices
from svc_media.processing.limits import MIB, Limits
from svc_media.processing.refusals import PICTURE_TOO_LARGE, TOO_COSTLY, Refused
from svc_media.processing.results import Result, from_sandbox
from svc_media.processing.sandbox import Sandbox, sandbox
from svc_media.processing.sniffing import Kind, sniff

MOST_PICTURE_BYTES = 100 * MIB
MOST_DOCUMENT_BYTES = 200 * MIB
_PICTURE = Limits(cpu_s=5)
_MOVING_PICTURE = Limits(cpu_s=30)

Tell = Callable[[int], None]


def _untold(_percent: int) -> None:
    """For whom does not ask how far it is."""


class HoldsFilm(Exception):
    """What was taken for a sound holds a film, and whoever processes it has no time for one.

    Attributes:
        mime: What it is.
    """

    def __init__(self, mime: str) -> None:
        super().__init__(mime)
        self.mime = mime


def process(path: Path, declared: str, workdir: Path, tell: Tell = _untold, *, films: bool = True) -> Result:
    """Make everything that is made of a file.

    Args:
        path: Where it lies; it is only read.
        declared: The media type that its sender said it has.
        workdir: An empty folder that is given to the sandbox; what is made lies in it afterwards.
        tell: Hears of progress in percent.
        films: Whether there is time for one.

    Raises:
        HoldsFilm: There is none, and it is one.
        Refused: The file is why it cannot be done.
        SandboxFailed: The machine is.
    """
    kind = sniff(path, declared)
    if not kind.decoder:
        return Result(kind.kind, kind.mime)
    place_input(path, workdir)
    box = sandbox()
    if kind.kind == "picture":
        return _picture(box, kind, workdir)
    if kind.kind == "document":
        return _document(box, kind, workdir)
    probe = probed(box, kind, workdir)
    if not probe.has_film:
        return voices.make(box, kind.decoder, probe, workdir, tell)
    if not films:
        raise HoldsFilm(sniff(path).mime)
    return _film(box, kind, probe, workdir, tell)


def poster(path: Path, declared: str, workdir: Path) -> Result | None:
    """Make what is shown of a film before it was transcoded; None where there is nothing to be seen.

    Raises:
        Refused: The film is broken, or too large.
        SandboxFailed: The machine is why it cannot be done.
    """
    kind = sniff(path, declared)
    if kind.kind != "video":
        return None
    place_input(path, workdir)
    box = sandbox()
    probe = probed(box, kind, workdir)
    return videos.make_poster(box, kind.decoder, probe, workdir) if probe.has_film else None


def place_input(path: Path, workdir: Path) -> None:
    """Put the file into the job's folder, where its user may read it.

    It is a copy, because the file in the storage belongs to the service. File systems that can share
    blocks between files do so.
    """
    target = workdir / ffmpeg.INPUT
    with path.open("rb") as source, target.open("wb") as copy:
        try:
            while os.copy_file_range(source.fileno(), copy.fileno(), 1 << 30):
                pass
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            shutil.copyfileobj(source, copy, MIB)


def probed(box: Sandbox, kind: Kind, workdir: Path) -> probing.Probe:
    """Return what ffprobe says of the input.

    Raises:
        Refused: It is no film and no sound, or too large.
    """
    return probing.read(box.run(ffmpeg.probe(kind.decoder), workdir, Limits(cpu_s=5)))


def _picture(box: Sandbox, kind: Kind, workdir: Path) -> Result:
    if _size(workdir) > MOST_PICTURE_BYTES:
        raise Refused(PICTURE_TOO_LARGE)
    arguments = {"path": ffmpeg.INPUT, "kind": kind.decoder, "ffmpeg": ffmpeg.program("ffmpeg")}
    may_move = kind.decoder in ("GIF", "PNG", "WEBP", "AVIF")
    limits = _MOVING_PICTURE if may_move else _PICTURE
    return from_sandbox(box.call("pictures:make", arguments, workdir, limits), kind.mime, workdir)


def _document(box: Sandbox, kind: Kind, workdir: Path) -> Result:
    if _size(workdir) > MOST_DOCUMENT_BYTES:
        return Result("file", kind.mime)
    told = box.call("documents:make", {"path": ffmpeg.INPUT}, workdir)
    # The page's own size says nothing to who gets the document.
    return replace(from_sandbox(told, kind.mime, workdir), width=None, height=None)


def _film(box: Sandbox, kind: Kind, probe: probing.Probe, workdir: Path, tell: Tell) -> Result:
    still = videos.make_poster(box, kind.decoder, probe, workdir)
    made = videos.transcode(box, kind.decoder, probe, workdir, tell)
    _, file, _, width, height = made[0]
    length = probing.read(box.run(ffmpeg.length(file.name, "mov"), workdir))
    if length.duration_s is None:
        raise Refused(TOO_COSTLY)
    film = replace(still, width=width, height=height, duration_s=round(length.duration_s, 3))
    return film.with_variants(made)


def _size(workdir: Path) -> int:
    return (workdir / ffmpeg.INPUT).stat().st_size


def empty(workdir: Path) -> Path:
    """Return the folder, made anew: what a killed job left there is gone."""
    shutil.rmtree(workdir, ignore_errors=True)
    workdir.mkdir(parents=True, mode=0o700)
    return workdir


__all__ = ["HoldsFilm", "Kind", "Result", "empty", "poster", "process", "sniff"]
