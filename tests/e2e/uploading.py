"""Uploads by tus over a connection that breaks, and what is read of them."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests
from PIL import ExifTags, Image

from stack.running import load
from tests.e2e.people import Person, eventually

#: What nobody may read out of a picture that was sent.
SECRET = "Camera of Ana, 41.38 N 2.17 E"


def origin() -> str:
    """Return where uploads and media are."""
    return f"http://127.0.0.1:{load(os.environ.get('CHARLA_RUN_DIR')).ports['media-http']}"


def holiday_picture(path: Path) -> bytes:
    """Write a JPEG that lies on its side, with the place where it was taken; return its bytes."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    Image.effect_noise((1200, 800), 60).convert("RGB").save(path, "JPEG", quality=90, exif=exif)
    content = path.read_bytes()
    assert SECRET.encode() in content
    return content


def film(path: Path, seconds: float = 3.0) -> bytes:
    """Have ffmpeg write a film with sound; return its bytes."""
    picture = f"testsrc2=size=1280x720:rate=25:duration={seconds}"
    sound = f"sine=frequency=440:duration={seconds}"
    how = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest")
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *how, str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments
    return path.read_bytes()


class Upload:
    """An upload of somebody."""

    def __init__(self, person: Person, content: bytes, name: str, mime: str) -> None:
        self.content = content
        self._person = person
        pairs = (
            (key, base64.b64encode(text.encode()).decode()) for key, text in (("filename", name), ("filetype", mime))
        )
        told = {"Upload-Length": str(len(content)), "Upload-Metadata": ",".join(" ".join(pair) for pair in pairs)}
        answer = requests.post(f"{origin()}/uploads", headers=self._headers(**told), timeout=60)
        assert answer.status_code == 201, answer.text
        self.id = answer.headers["Charla-Media-Id"]
        self.url = f"{origin()}{answer.headers['Location']}"

    def _headers(self, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._person.token}", "Tus-Resumable": "1.0.0", **more}

    @property
    def offset(self) -> int:
        """How many bytes have come to stay."""
        answer = requests.head(self.url, headers=self._headers(), timeout=60)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["Upload-Offset"])

    def patch(self, end: int | None = None) -> requests.Response:
        """Send from where it stands up to `end`."""
        start = self.offset
        headers = self._headers(**{"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(start)})
        return requests.patch(self.url, data=self.content[start:end], headers=headers, timeout=60)

    def drop_in(self, at: int) -> None:
        """Promise all that is missing, send up to `at`, and lose the connection."""
        with self.half_sent(at):
            pass

    @contextmanager
    def half_sent(self, at: int) -> Iterator[None]:
        """Promise all that is missing, and send up to `at`; the connection is lost in the end."""
        start, parts = self.offset, urlsplit(self.url)
        lines = {
            "Host": parts.netloc,
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(self.content) - start),
            **self._headers(**{"Upload-Offset": str(start)}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as wire:
            wire.sendall(f"PATCH {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + self.content[start:at])
            yield

    def go_on(self, beyond: int) -> requests.Response:
        """Send the rest once something of what a lost connection brought is there; as clients do, until it is taken."""
        eventually(lambda: self.offset > beyond)
        done: requests.Response = eventually(
            lambda: answer if (answer := self.patch()).status_code not in (409, 423) else None
        )
        return done


def read(media_id: str, variant: str = "original", reader: Person | None = None, **headers: str) -> requests.Response:
    """Ask for bytes, as somebody or nobody."""
    if reader is not None:
        headers["Authorization"] = f"Bearer {reader.token}"
    return requests.get(f"{origin()}/media/{media_id}/{variant}", headers=headers, timeout=60)
