"""The file of a copy: a ZIP with one JSON array for each section, and a page that says what is in it."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from itertools import groupby
from typing import IO

from svc_auth.actions.collecting import SECTIONS

#: Beyond this a file grows on the disk instead of in memory.
_IN_MEMORY = 4 * 1024 * 1024

_README = """\
This is what Charla keeps about you, as JSON: a folder for each service, a file for each kind of thing.
Your files are listed in media/media.json; "url" fetches one of them, for seven days.
What other people wrote belongs to them and is not in here. Passwords and keys are not in here either.

Esto es lo que Charla guarda de ti, en JSON: una carpeta por servicio y un archivo por tipo de dato.
Tus archivos están en media/media.json; con "url" se descarga cada uno, durante siete días.
Lo que han escrito otras personas es suyo y no está aquí. Tampoco están las contraseñas ni las claves.
"""


def pack(pages: Iterable[tuple[int, bytes]]) -> IO[bytes]:
    """Return the file of a copy, at its beginning.

    Args:
        pages: Number of the section and compressed JSON array of each page, in their order.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller reads it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README)
        filled = set()
        for section, group in groupby(pages, key=lambda page: page[0]):
            filled.add(section)
            with archive.open(SECTIONS[section].path, "w") as entry:
                _write_array(entry, (body for _, body in group))
        for section in range(len(SECTIONS)):
            if section not in filled:
                archive.writestr(SECTIONS[section].path, "[]\n")
    file.seek(0)
    return file


def _write_array(entry: IO[bytes], bodies: Iterable[bytes]) -> None:
    """Write several JSON arrays as one."""
    between = b"[\n"
    for body in bodies:
        entry.write(between + zlib.decompress(body)[1:-1])
        between = b",\n"
    entry.write(b"\n]\n")
