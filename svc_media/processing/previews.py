"""A film's preview: some seconds from its beginning, middle and end, silent and small, made with moviepy.

moviepy asks for a Pillow that is too old to decode strangers' files. So it lives in an environment of its
own, runs in a sandbox of its own, and sees nothing but the rendition that we have encoded ourselves.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from svc_media.processing import ffmpeg
from svc_media.processing.limits import MIB, Limits
from svc_media.processing.results import Variant, variant
from svc_media.processing.sandbox import Sandbox

NAME = "preview"
_MODULE = "svc_media.processing.inside.clips"
_LIMITS = Limits(cpu_s=60, memory=2_048 * MIB, processes=64, wall_s=300)


def moviepy_python() -> str:
    """Return the interpreter that has moviepy: MOVIEPY_PYTHON, or that of the environment beside our own."""
    beside = Path(sys.prefix).with_name("venv-media-video") / "bin" / "python"
    return os.environ.get("MOVIEPY_PYTHON") or str(beside)


def preview(workdir: Path, rendition: str) -> list[Variant]:
    """Make the preview of a rendition that lies in `workdir`.

    Raises:
        Refused: moviepy cannot cut it.
        SandboxFailed: moviepy is not installed.
    """
    box = Sandbox(moviepy_python(), [_MODULE])
    arguments = {"path": rendition, "ffmpeg": ffmpeg.program("ffmpeg"), "target": f"{NAME}.mp4"}
    try:
        return [variant(box.call("clips:preview", arguments, workdir, _LIMITS) | {"name": NAME}, workdir)]
    finally:
        box.close()
