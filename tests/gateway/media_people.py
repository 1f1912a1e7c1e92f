"""Media of a test, uploaded through the media service's own door."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import requests
from channels import running
from client import Person
from PIL import Image


def media_url() -> str:
    """Return the origin of uploads and media."""
    return f"http://127.0.0.1:{running().ports['media-http']}"


def picture(colour: str = "teal") -> bytes:
    """Return a small PNG."""
    buffer = BytesIO()
    Image.new("RGB", (64, 48), colour).save(buffer, "PNG")
    return buffer.getvalue()


def upload(person: Person, content: bytes | None = None, name: str = "owl.png", mime: str = "image/png") -> str:
    """Upload something in one request and return the media's id."""
    content = picture() if content is None else content
    pairs = {"filename": name, "filetype": mime}
    headers = {
        "Authorization": f"Bearer {person.token}",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(content)),
        "Upload-Metadata": ",".join(f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in pairs.items()),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = requests.post(f"{media_url()}/uploads", data=content, headers=headers, timeout=40)
    assert answer.status_code == 201, answer.text
    return answer.headers["Charla-Media-Id"]


def eventually(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Return what `look` returns once that is true; fail when it does not become so."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
    return found


def readable(person: Person, media_id: str) -> bool:
    """Tell whether somebody may read a media."""
    return person.ask("GET", f"/v1/media/{media_id}").status == 200
