"""Memory: of every program at rest, and of a gateway that holds idle sockets."""

from __future__ import annotations

import asyncio

import psutil

from bench.figures import Figure, Goal
from bench.ground import Ground
from bench.live import sign_in_all
from stack import running

AT_REST_MIB = Goal(90, at_least=False)
#: 5,000 sockets in 500 MiB.
PER_SOCKET_KIB = Goal(100, at_least=False)
SERVICES = ("auth", "messaging", "subscriptions", "media", "payments", "ads")
MIB = 1024 * 1024


def tree_memory(pid: int) -> tuple[float, float]:
    """Return the PSS and RSS of a process and its children, in bytes."""
    pss = rss = 0.0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            full = process.memory_full_info()
            pss, rss = pss + full.pss, rss + full.rss
    except psutil.NoSuchProcess:
        pass
    return pss, rss


async def at_rest(ground: Ground) -> None:
    """Measure every running program."""
    stack = running.load(ground.run_dir)
    await asyncio.sleep(1.0)
    for name in stack.programs:
        pid = stack.pid(name)
        if not pid:
            continue
        pss, rss = tree_memory(pid)
        of_service = name.split("-")[0] in SERVICES
        goal = AT_REST_MIB if of_service else None
        ground.report.add(Figure(f"memory.{name}", pss / MIB, "MiB PSS", goal, f"RSS {rss / MIB:.1f} MiB"))


async def idle_sockets(ground: Ground) -> None:
    """Measure how much a gateway grows by idle sockets."""
    count = ground.size.sockets
    stack = running.load(ground.run_dir)
    pid = stack.pid("gateway")
    people = await ground.people.first(min(count, 32))
    warm = await sign_in_all(ground.target, people, 32, lambda _moment, _payload: None)
    for socket in warm:
        socket.abort()
    await asyncio.sleep(1.0)
    before = tree_memory(pid)[0]
    sockets = await sign_in_all(ground.target, people, count, lambda _moment, _payload: None)
    await asyncio.sleep(1.0)
    after = tree_memory(pid)[0]
    cut = sum(socket.closed.is_set() for socket in sockets)
    for socket in sockets:
        socket.abort()
    each = (after - before) / count / 1024
    note = f"{count} sockets, {before / MIB:.1f} -> {after / MIB:.1f} MiB PSS" + (f", {cut} cut" if cut else "")
    ground.report.add(Figure("memory.per_idle_socket", each, "KiB", PER_SOCKET_KIB, note))
