"""Prosody, as Debian packages it, with rooms archived in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.peers.adapter import Peer, Places
from bench.peers.servers import database, free_port
from bench.peers.xmpp import ACKNOWLEDGED, DOMAIN, LISTENING, ROOMS, XmppServer, serving

_SETTINGS = """
daemonize = false
run_as_root = true
pidfile = "{home}/prosody.pid"
data_path = "{home}/data"
log = {{ warn = "{home}/log" }}
modules_enabled = {{ "saslauth" }}
modules_disabled = {{ "s2s", "offline", "tls" }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_require_encryption = false
storage = "sql"
sql = {{ driver = "PostgreSQL", host = "{at.host}", port = {at.port}, database = "{at.name}",
        username = "{at.user}", password = "{at.password}" }}

VirtualHost "{domain}"
  authentication = "anonymous"

Component "{rooms}" "muc"
  modules_enabled = {{ "muc_mam" }}
  restrict_room_creation = false
  muc_room_locking = false
  muc_log_by_default = true
  muc_log_all_rooms = true
  muc_log_expires_after = "never"
"""


@asynccontextmanager
async def _run(places: Places) -> AsyncIterator[XmppServer]:
    port, tree = free_port(), places.programs / "usr"
    with database(places.stack, "prosody") as at:
        (places.home / "data").mkdir()
        settings = places.home / "prosody.cfg.lua"
        settings.write_text(_SETTINGS.format(home=places.home, port=port, at=at, domain=DOMAIN, rooms=ROOMS))
        lua = tree / "share/lua/5.4"
        machine = tree / "lib/x86_64-linux-gnu"
        paths = {
            "LUA_PATH": f"{lua}/?.lua;{lua}/?/init.lua;;",
            "LUA_CPATH": f"{machine}/lua/5.4/?.so;;",
            "LD_LIBRARY_PATH": str(machine),
        }
        command = [str(tree / "bin/lua5.4"), str(tree / "bin/prosody"), "--config", str(settings), "-F"]
        async with serving(places, command, port, paths) as server:
            yield server


PROSODY = Peer(
    name="prosody",
    acknowledged=ACKNOWLEDGED,
    listening=LISTENING,
    program="usr/bin/prosody",
    run=_run,
)
