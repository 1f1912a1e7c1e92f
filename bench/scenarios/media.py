"""Media: bytes through Nginx against Nginx alone, thumbnails for each core, and memory of a running upload."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any

import psutil

from bench import thumbnails
from bench.figures import Figure, Goal
from bench.ground import Ground
from bench.people import Person, patient
from bench.plain_nginx import plain_nginx
from bench.scenarios.memory import MIB, tree_memory
from bench.transfer import Sender, connect, fetch, head, send_file, write_noise
from stack import running
from stack.running import RunningStack

#: Of the process that receives it.
PER_UPLOAD_MIB = Goal(2, at_least=False)
PATIENCE_S = 180.0
_BINARY = "application/octet-stream"
_UPLOADS_A_PERSON = 50
_PART = 3 * MIB
_WORKER = "media-celery"


async def media(ground: Ground) -> None:
    """Measure all of it, and delete what was uploaded."""
    stack = running.load(ground.run_dir)
    people = await ground.people.first(-(-ground.size.uploads // _UPLOADS_A_PERSON))
    senders = [Sender(stack.ports["media-http"], person.token) for person in people]
    with _folder(ground) as folder:
        await _transfers(ground, people[0], senders[0], folder)
        await _thumbnails(ground, stack, people[0], senders[0], folder)
    await asyncio.to_thread(_memory, ground, stack, senders)


@contextmanager
def _folder(ground: Ground) -> Iterator[Path]:
    """Give a folder on the stack's own disk."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ground.run_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def _transfers(ground: Ground, person: Person, sender: Sender, folder: Path) -> None:
    """Send and read the same file through Charla and through Nginx alone, in turn."""
    size = ground.size.file_mib * MIB
    took: dict[str, list[float]] = {"upload": [], "download": [], "nginx.upload": [], "nginx.download": []}
    with plain_nginx(folder / "nginx") as port:
        for number in range(ground.size.files):
            path = await asyncio.to_thread(write_noise, folder / f"{number}.bin", size)
            put, get = (
                head("PUT", f"/{number}.bin", port, Content_Length=str(size)),
                head("GET", f"/{number}.bin", port),
            )
            took["nginx.upload"].append(await asyncio.to_thread(send_file, port, put, path))
            media_id, seconds = await asyncio.to_thread(sender.upload, path, _BINARY)
            took["upload"].append(seconds)
            await _until_ready(person, [media_id])
            took["nginx.download"].append(await asyncio.to_thread(fetch, port, get, size))
            took["download"].append(await asyncio.to_thread(sender.download, media_id, size))
            await _delete(person, [media_id])
            path.unlink()
    for name, seconds_each in took.items():
        note = f"median of {len(seconds_each)} x {ground.size.file_mib} MiB"
        ground.report.add(Figure(f"media.{name}", ground.size.file_mib / median(seconds_each), "MiB/s", None, note))
    for name in ("upload", "download"):
        ratio = median(took[f"nginx.{name}"]) / median(took[name])
        ground.report.add(Figure(f"ratio.media.{name}.to.nginx", ratio, "x"))


async def _thumbnails(ground: Ground, stack: RunningStack, person: Person, sender: Sender, folder: Path) -> None:
    """Have pictures processed, and do the same with libraries alone, by processor time."""
    pictures = [await asyncio.to_thread(thumbnails.picture, seed) for seed in range(ground.size.pictures)]
    path = folder / "picture.jpg"
    used, began = _processor_s(stack, _WORKER), perf_counter()
    ids = []
    for content in pictures:
        path.write_bytes(content)
        ids.append((await asyncio.to_thread(sender.upload, path, "image/jpeg"))[0])
    ready = await _until_ready(person, ids)
    took, used = perf_counter() - began, _processor_s(stack, _WORKER) - used
    wanted = [(each["mime"], max(each["width"], each["height"])) for each in ready[0]["variants"]]
    count = sum(len(each["variants"]) for each in ready)
    megapixels = thumbnails.SIDE[0] * thumbnails.SIDE[1] / 1e6
    note = f"{len(wanted)} of each of {len(ids)} pictures of {megapixels:.0f} MP, and the picture anew"
    ground.report.add(Figure("media.pictures", len(ids) / took, "1/s", None, "from the first byte to the last ready"))
    ground.report.add(Figure("media.thumbnails", count / used, "1/core s", None, note))
    for name, make in (("pillow", thumbnails.with_pillow), ("vips", thumbnails.with_vips)):
        await _beside(ground, name, make, pictures, wanted, count / used)
    await _delete(person, ids)


async def _beside(
    ground: Ground, name: str, make: thumbnails.Maker, pictures: list[bytes], wanted: thumbnails.Wanted, ours: float
) -> None:
    try:
        rate = await asyncio.to_thread(thumbnails.per_core_second, make, pictures, wanted)
    except ImportError:
        print(f"  {name} is not installed, and is left out", flush=True)
        return
    ground.report.add(Figure(f"media.thumbnails.{name}", rate, "1/core s", None, "the same files, in this process"))
    ground.report.add(Figure(f"ratio.media.thumbnails.to.{name}", ours / rate, "x"))


def _processor_s(stack: RunningStack, program: str) -> float:
    """Return the processor time of a program and everything it started, that which is gone included."""
    root = psutil.Process(stack.pid(program))
    total = 0.0
    for each in [root, *root.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _memory(ground: Ground, stack: RunningStack, senders: list[Sender]) -> None:
    """Hold many uploads in mid-body, and look at what those who receive them have grown by."""
    count, programs = ground.size.uploads, ("media-edge", "nginx")
    before = {name: tree_memory(stack.pid(name))[0] for name in programs}
    part = bytes(_PART)
    with ExitStack() as wires:
        for number in range(count):
            sender = senders[number // _UPLOADS_A_PERSON]
            media_id = sender.begin(2 * _PART, f"{number}.bin", _BINARY)
            wire: socket.socket = wires.enter_context(connect(sender.port))
            wire.sendall(sender.patch_head(media_id, 2 * _PART) + part)
        after = {name: tree_memory(stack.pid(name))[0] for name in programs}
    for name in programs:
        grown = (after[name] - before[name]) / count / MIB
        note = f"{count} at once, {before[name] / MIB:.0f} -> {after[name] / MIB:.0f} MiB PSS"
        goal = PER_UPLOAD_MIB if name == "media-edge" else None
        ground.report.add(Figure(f"memory.per_upload.{name}", grown, "MiB", goal, note))


async def _until_ready(person: Person, ids: list[str]) -> list[dict[str, Any]]:
    """Return media once all of them have been processed."""
    found: list[dict[str, Any]] = []
    deadline = monotonic() + PATIENCE_S
    while len(found) < len(ids) or any(each["state"] != "ready" for each in found):
        if monotonic() > deadline or any(each["state"] == "failed" for each in found):
            raise TimeoutError(f"not ready: {[each['state'] for each in found]}")
        await asyncio.sleep(0.1)
        ask = _asking(person, "POST", "/media/lookup", {"ids": ids})
        found = (await patient(ask, "lookup")).json()["items"]
    return found


async def _delete(person: Person, ids: list[str]) -> None:
    for media_id in ids:
        await patient(_asking(person, "DELETE", f"/media/{media_id}"), "delete")


def _asking(person: Person, method: str, path: str, body: Any = None) -> Callable[[], Any]:
    return lambda: person.lane.call(method, path, person.token, body)
