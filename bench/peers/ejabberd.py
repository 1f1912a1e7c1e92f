"""ejabberd, as Debian packages it, with rooms archived in PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.peers.adapter import Peer, Places
from bench.peers.servers import database, free_port, run_sql
from bench.peers.xmpp import ACKNOWLEDGED, DOMAIN, LISTENING, ROOMS, XmppServer, serving

_SETTINGS = """
loglevel: error
hosts: ["{domain}"]
auth_method: [anonymous]
anonymous_protocol: sasl_anon
allow_multiple_connections: true
default_db: sql
sql_type: pgsql
sql_server: "{at.host}"
sql_port: {at.port}
sql_database: "{at.name}"
sql_username: "{at.user}"
sql_password: "{at.password}"
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    shaper: none
    access: all
    starttls: false
modules:
  mod_mam:
    default: never
    assume_mam_usage: false
  mod_muc:
    host: "{rooms}"
    access: all
    access_create: all
    access_persistent: all
    access_mam: all
    min_message_interval: 0
    min_presence_interval: 0
    default_room_options:
      persistent: true
      mam: true
"""


@asynccontextmanager
async def _run(places: Places) -> AsyncIterator[XmppServer]:
    port, tree = free_port(), places.programs / "usr"
    with database(places.stack, "ejabberd") as at:
        run_sql(at, tree / "share/ejabberd/sql/pg.sql")
        settings = places.home / "ejabberd.yml"
        settings.write_text(_SETTINGS.format(port=port, at=at, domain=DOMAIN, rooms=ROOMS))
        application = next((tree / "lib/x86_64-linux-gnu").glob("ejabberd-*/ebin"))
        # Without a name of its own it needs no epmd, which would outlive it.
        command = [
            shutil.which("erl") or "/usr/bin/erl", "-noinput", "+K", "true", "+P", "250000",
            "-pa", str(application), "-mnesia", "dir", f'"{places.home}/mnesia"', "-s", "ejabberd",
        ]  # fmt: skip
        paths = {
            "ERL_LIBS": str(tree / "lib/erlang/lib"),
            "LD_LIBRARY_PATH": str(tree / "lib/x86_64-linux-gnu"),
            "HOME": str(places.home),
            "EJABBERD_CONFIG_PATH": str(settings),
            "EJABBERD_LOG_PATH": str(places.home / "ejabberd.log"),
        }
        async with serving(places, command, port, paths) as server:
            yield server


EJABBERD = Peer(
    name="ejabberd",
    acknowledged=ACKNOWLEDGED,
    listening=LISTENING,
    program="usr/share/ejabberd/sql/pg.sql",
    run=_run,
)
