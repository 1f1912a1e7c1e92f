"""Fetches the peers with the ordinary clients of their registries: `./charla bench peers --install`.

Nothing of the system changes: Debian's packages are unpacked into a folder, not installed, so that no service starts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

_PROSODY = (
    "prosody", "lua5.4", "liblua5.4-0", "lua-expat", "lua-filesystem", "lua-sec", "lua-socket", "lua-bitop",
    "lua-dbi-common", "lua-dbi-postgresql",
)  # fmt: skip
_EJABBERD = (
    "ejabberd", "libodbc2", "libltdl7", "erlang-base64url", "erlang-goldrush", "erlang-idna", "erlang-jiffy",
    "erlang-jose", "erlang-lager", "erlang-odbc", "erlang-p1-acme", "erlang-p1-cache-tab", "erlang-p1-eimp",
    "erlang-p1-mqtree", "erlang-p1-pgsql", "erlang-p1-pkix", "erlang-p1-stringprep", "erlang-p1-stun",
    "erlang-p1-tls", "erlang-p1-utils", "erlang-p1-xml", "erlang-p1-xmpp", "erlang-p1-yaml", "erlang-p1-yconf",
    "erlang-p1-zlib", "erlang-unicode-util-compat",
)  # fmt: skip
_SYNAPSE = "matrix-synapse==1.163.2"
#: Of all versions that were tried, the newest that the module proxy has.
_TINODE = "github.com/tinode/chat@v0.22.13"


def install(programs: Path, installed: Callable[[str], bool]) -> None:
    """Fetch all that are missing, or were left half done; say which cannot be had."""
    programs.mkdir(parents=True, exist_ok=True)
    for name, fetch in (
        ("prosody", lambda into: _debian(into, _PROSODY, "/usr/lib/prosody")),
        ("ejabberd", lambda into: _debian(into, _EJABBERD)),
        ("synapse", _synapse),
        ("tinode", _tinode),
    ):
        into = programs / name
        if installed(name):
            print(f"{name}: is there")
            continue
        shutil.rmtree(into, ignore_errors=True)
        print(f"{name}: fetching ...", flush=True)
        try:
            fetch(into)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(into, ignore_errors=True)
            print(f"{name}: cannot be had: {error}", file=sys.stderr)


def _debian(into: Path, packages: Sequence[str], own_path: str = "") -> None:
    with tempfile.TemporaryDirectory() as folder:
        _run(folder, "apt-get", "download", *packages)
        for package in sorted(Path(folder).glob("*.deb")):
            _run(folder, "dpkg", "-x", str(package), str(into))
    if own_path:  # Prosody's program has where it lies written into it
        program = into / "usr/bin/prosody"
        program.write_text(program.read_text().replace(own_path, f"{into}{own_path}"))


def _synapse(into: Path) -> None:
    _run(".", sys.executable, "-m", "venv", str(into))
    _run(".", str(into / "bin/pip"), "install", "--quiet", _SYNAPSE, "psycopg2-binary")


def _tinode(into: Path) -> None:
    go = shutil.which("go")
    if go is None:
        msg = "there is no Go"
        raise OSError(msg)
    into.mkdir()
    told = _run(str(into), go, "mod", "download", "-json", _TINODE)
    # Built where it lies: `go install` would ask the proxy for the list of all versions, which it does not give.
    source = json.loads(told)["Dir"]
    _run(source, go, "build", "-tags", "postgres", "-o", f"{into}/", "./server", "./tinode-db")


def _run(folder: str, *command: str) -> str:
    return subprocess.run(  # noqa: S603 - fixed arguments
        command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, env=os.environ
    ).stdout
