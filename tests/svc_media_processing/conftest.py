"""Real sandboxes, a real ffmpeg and a real Pillow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from svc_media.processing import pipeline
from svc_media.processing.results import Result
from svc_media.processing.sandbox import Ended, sandbox

Make = Callable[..., Result]


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    return pipeline.empty(tmp_path / "job")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Processes bytes or a file as a worker does."""

    def process(source: bytes | Path, declared: str = "", **options: object) -> Result:
        path = source if isinstance(source, Path) else tmp_path / "uploaded"
        if isinstance(source, bytes):
            path.write_bytes(source)
        return pipeline.process(path, declared, pipeline.empty(tmp_path / "job"), **options)  # type: ignore[arg-type]

    return process


@pytest.fixture
def cost() -> Callable[[], Ended]:
    """What the last sandboxed process used."""

    def last() -> Ended:
        ended = sandbox().last
        assert ended is not None
        return ended

    return last
