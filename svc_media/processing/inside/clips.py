"""A film's preview, cut with moviepy. Runs in moviepy's own environment, on our own renditions alone."""

from __future__ import annotations

import os
from typing import Any

os.environ["IMAGEIO_FFMPEG_EXE"] = "ffmpeg"  # or else a copy that pip brought would be looked for

from moviepy import VideoFileClip, concatenate_videoclips, vfx
from PIL import Image, ImageFile

_LOADED = (Image, ImageFile)  # Pillow would load the second when it is needed, and could not any more

SCENES = 4
SCENE_S = 1.5
_FADE_S = 0.25
_LONGEST_SIDE = 480
_FRAMES_PER_SECOND = 15
_OPTIONS = ["-crf", "30", "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-map_metadata", "-1"]


def preview(path: str, target: str, ffmpeg: str) -> dict[str, Any]:
    """Write scenes from all over the film as one silent clip.

    A film that is hardly longer than that is taken whole.
    """
    os.environ["IMAGEIO_FFMPEG_EXE"] = ffmpeg
    with VideoFileClip(path, audio=False) as film:
        clip = concatenate_videoclips(_scenes(film), method="compose")
        clip = clip.resized(_even(film.size))
        clip.write_videofile(
            target,
            fps=min(_FRAMES_PER_SECOND, film.fps),
            codec="libx264",
            preset="veryfast",
            audio=False,
            threads=1,
            ffmpeg_params=_OPTIONS,
            logger=None,
        )
        return {"path": target, "mime": "video/mp4", "width": clip.w, "height": clip.h}


def _scenes(film: Any) -> list[Any]:
    if film.duration <= SCENES * SCENE_S:
        return [film]
    starts = [(film.duration - SCENE_S) * place / (SCENES - 1) for place in range(SCENES)]
    scenes = [film.subclipped(start, start + SCENE_S) for start in starts]
    return [scenes[0], *(scene.with_effects([vfx.CrossFadeIn(_FADE_S)]) for scene in scenes[1:])]


def _even(size: tuple[int, int]) -> tuple[int, int]:
    factor = min(1.0, _LONGEST_SIDE / max(size))
    width, height = (max(2, round(each * factor / 2) * 2) for each in size)
    return width, height
