"""Where files lie on this machine before they are stored: uploads that grow, and folders to work in."""

from __future__ import annotations

from pathlib import Path

from svc_media.options import options

PRIVATE = 0o700


def uploads_dir() -> Path:
    """Return the folder of growing uploads, made where it is missing."""
    return _made(options().dir / "uploads")


def work_dir() -> Path:
    """Return the folder in which files are made before they are stored."""
    return _made(options().dir / "work")


def upload_path(upload_id: str) -> Path:
    """Return the file that an upload's bytes are appended to. Once it is whole it is never written again."""
    return uploads_dir() / upload_id


def work_path(name: str) -> Path:
    """Return a folder to work in, which whoever makes it also removes; forgotten ones are collected."""
    return work_dir() / name


def _made(folder: Path) -> Path:
    if not folder.is_dir():
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    return folder
