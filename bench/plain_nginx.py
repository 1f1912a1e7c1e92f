"""An Nginx to compare with, a process of its own beside the stack: takes and gives a file."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

_SETTINGS = """
{user}
daemon off;
pid "{home}/nginx.pid";
worker_processes 1;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  default_type application/octet-stream;
  client_body_temp_path "{home}/body";
  proxy_temp_path "{home}/proxy";
  fastcgi_temp_path "{home}/fastcgi";
  uwsgi_temp_path "{home}/uwsgi";
  scgi_temp_path "{home}/scgi";
  client_max_body_size 0;
  server {{
    listen 127.0.0.1:{port};
    root "{home}/files";
    location / {{
      sendfile on;
      sendfile_max_chunk 1m;
      tcp_nopush on;
      aio threads;
      dav_methods PUT;
    }}
  }}
}}
"""
_PATIENCE_S = 10.0


@contextmanager
def plain_nginx(home: Path) -> Iterator[int]:
    """Give the port of a server that takes files by PUT and gives them from the folder `files` of `home`."""
    (home / "files").mkdir(parents=True)
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    user = "user root;" if os.getuid() == 0 else ""
    (home / "nginx.conf").write_text(_SETTINGS.format(home=home, port=port, user=user))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [binary, "-p", str(home), "-c", str(home / "nginx.conf"), "-e", "stderr"]
    server = subprocess.Popen(command)  # noqa: S603 - fixed arguments
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _await(port: int) -> None:
    deadline = monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return
