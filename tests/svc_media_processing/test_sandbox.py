"""What a process in the sandbox may and may not do. Measured by what the kernel counted, not by a clock."""

from __future__ import annotations

import json
import os
import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stack.rundir import ROOT
from svc_media.processing.limits import MIB, Limits
from svc_media.processing.refusals import INVALID, TOO_COSTLY, Refused, SandboxFailed
from svc_media.processing.sandbox import Sandbox

PYTHON = "/usr/bin/python3"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a process another user id")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    box = Sandbox()
    yield box
    box.close()


def tell(box: Sandbox, workdir: Path, code: str, limits: Limits | None = None) -> str:
    """Run Python code in the sandbox and return what it printed."""
    program = [PYTHON, "-S", "-c", textwrap.dedent(code)]
    return box.run(program, workdir, limits).decode().strip()


def attempt(box: Sandbox, workdir: Path, code: str) -> str:
    """Return the name of the error that the code ends with, or what it printed."""
    body = textwrap.indent(textwrap.dedent(code), "    ")
    return tell(box, workdir, f"try:\n{body}\nexcept BaseException as error:\n    print(type(error).__name__)")


def test_it_works_in_its_own_folder(box: Sandbox, workdir: Path) -> None:
    (workdir / "input").write_text("hola")
    assert tell(box, workdir, "open('made', 'w').write(open('input').read() * 2)") == ""
    assert (workdir / "made").read_text() == "holahola"
    assert (workdir / "made").stat().st_uid == os.geteuid()


def test_it_hears_nothing_and_knows_nothing(box: Sandbox, workdir: Path) -> None:
    os.environ["A_SECRET"] = "of the worker"
    told = tell(box, workdir, "import os, sys; print(sys.stdin.read() == '', 'A_SECRET' in os.environ)")
    assert told == "True False"


@as_root
def test_it_is_nobody(box: Sandbox, workdir: Path) -> None:
    user, group, others = json.loads(
        tell(box, workdir, "import json, os; print(json.dumps([os.getuid(), os.getgid(), os.getgroups()]))")
    )
    assert user == group > 60_000
    assert others == []
    assert attempt(box, workdir, "import os; os.setuid(0); print('root')") == "PermissionError"


@pytest.mark.parametrize("path", ["/etc/passwd", "/etc/shadow", "/proc/1/environ", "/home", str(ROOT / "charla")])
def test_it_reads_nobody_elses_files(box: Sandbox, workdir: Path, path: str) -> None:
    code = f"import os; print(os.listdir({path!r}) if os.path.isdir({path!r}) else open({path!r}).read())"
    assert attempt(box, workdir, code) == "PermissionError"


def test_it_writes_nowhere_else(box: Sandbox, workdir: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert attempt(box, workdir, f"open({str(tmp_path / 'x')!r}, 'w')") == "PermissionError"
    assert attempt(box, workdir, "open('../x', 'w')") == "PermissionError"


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_it_opens_no_socket(box: Sandbox, workdir: Path, family: str) -> None:
    kind = "SOCK_RAW" if family == "AF_NETLINK" else "SOCK_STREAM"
    code = f"import socket; socket.socket(socket.{family}, socket.{kind}); print('open')"
    assert attempt(box, workdir, code) == "PermissionError"


def test_its_network_is_empty(box: Sandbox, workdir: Path) -> None:
    assert box.start()["network"] in {"its own", "no sockets"}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        port = listening.getsockname()[1]
        assert attempt(box, workdir, f"import socket; socket.create_connection(('127.0.0.1', {port}))") != ""
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize("call", ["ptrace", "mount", "unshare"])
def test_it_makes_no_dangerous_calls(box: Sandbox, workdir: Path, call: str) -> None:
    code = f"""
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        print(libc.{call}(0, 0, 0, 0, 0), os.strerror(ctypes.get_errno()))
    """
    assert tell(box, workdir, code) == "-1 Permission denied"


def test_endless_work_ends_with_its_processor_time(box: Sandbox, workdir: Path) -> None:
    with pytest.raises(Refused, match=TOO_COSTLY):
        tell(box, workdir, "while True: pass", Limits(cpu_s=1))
    assert box.last
    assert 0.5 <= box.last.cpu_s <= 1.5  # the limit counts whole ticks, what is told counts time


def test_threads_share_that_time(box: Sandbox, workdir: Path) -> None:
    code = """
        import hashlib, threading
        def work():
            while True: hashlib.sha256(bytes(1 << 20)).digest()
        for _ in range(4): threading.Thread(target=work).start()
    """
    with pytest.raises(Refused, match=TOO_COSTLY):
        tell(box, workdir, code, Limits(cpu_s=1))
    assert box.last
    assert box.last.cpu_s <= 1.5  # several cores add to it between two looks of the kernel


def test_memory_has_an_end(box: Sandbox, workdir: Path) -> None:
    code = "held = []\nwhile True: held.append(bytearray(b'x') * (16 << 20))"
    assert attempt(box, workdir, code) == "MemoryError"
    assert box.last
    assert 256 * MIB < box.last.max_rss <= 512 * MIB


def test_files_have_a_largest_size(box: Sandbox, workdir: Path) -> None:
    code = "file = open('made', 'wb')\nwhile True: file.write(bytes(1 << 20))"
    with pytest.raises(Refused):
        tell(box, workdir, code, Limits(file_size=4 * MIB))
    assert (workdir / "made").stat().st_size <= 4 * MIB


@as_root
def test_processes_are_counted(box: Sandbox, workdir: Path) -> None:
    code = """
        import os, time
        made = 0
        try:
            while True:
                if os.fork() == 0: time.sleep(60); os._exit(0)
                made += 1
        except BlockingIOError:
            print(made)
    """
    assert 0 < int(tell(box, workdir, code, Limits(processes=8))) < 8


def test_when_its_time_is_over_everything_of_it_is_killed(box: Sandbox, workdir: Path, tmp_path: Path) -> None:
    """Also a grandchild that left the process group; it would otherwise hold the pipe open."""
    code = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                open('alive', 'w').write('yes')
            time.sleep(600)
        print('begun', flush=True)
        time.sleep(600)
    """
    with pytest.raises(Refused, match=TOO_COSTLY):
        tell(box, workdir, code, Limits(wall_s=2))
    assert (workdir / "alive").exists()
    assert _working_in(workdir) == []
    assert tell(box, workdir, "print('next')") == "next"


def test_what_it_leaves_running_ends_with_it(box: Sandbox, workdir: Path) -> None:
    code = """
        import os, time
        if os.fork() == 0:
            os.setsid(); os.close(1); os.close(2)
            time.sleep(600)
        print('done')
    """
    assert tell(box, workdir, code) == "done"
    assert _working_in(workdir) == []


def test_a_link_that_it_leaves_is_taken_away(box: Sandbox, workdir: Path) -> None:
    code = "import os; os.symlink('/etc/shadow', 'original'); os.mkfifo('pipe'); os.mkdir('folder'); open('f', 'w')"
    tell(box, workdir, code)
    assert [each.name for each in workdir.iterdir()] == ["f"]


def test_a_crash_is_the_files_fault(box: Sandbox, workdir: Path) -> None:
    with pytest.raises(Refused, match=INVALID):
        tell(box, workdir, "import ctypes; ctypes.string_at(0)")
    assert tell(box, workdir, "print('next')") == "next"


def test_a_killed_zygote_is_our_fault_and_is_replaced(workdir: Path) -> None:
    box = Sandbox()
    assert tell(box, workdir, "print(1)") == "1"
    assert box._zygote
    zygote = box._zygote.pid
    timer = threading.Timer(0.5, os.kill, (zygote, 9))
    timer.start()
    with pytest.raises(SandboxFailed):
        tell(box, workdir, "import time; time.sleep(600)")
    assert tell(box, workdir, "print(2)") == "2"
    box.close()


def test_a_job_ends_with_its_worker(workdir: Path, tmp_path: Path) -> None:
    """The worker is killed in the middle of a job: neither the zygote nor the job lives on."""
    import subprocess

    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from svc_media.processing.sandbox import Sandbox
box = Sandbox()
box.start()
print(box._zygote.pid, flush=True)
program = [{PYTHON!r}, "-S", "-c", "import time; print('begun', flush=True); time.sleep(600)"]
box.run(program, Path({str(workdir)!r}), on_line=lambda line: print(line, flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        zygote = int(worker.stdout.readline())
        assert worker.stdout.readline() == "begun\n"
        job = _children(_children([zygote]))
        assert job
        worker.kill()
        worker.wait()
    assert _gone([zygote, *job])


def _gone(pids: list[int]) -> bool:
    """Wait until all are gone; the test's own time limit ends a wait in vain."""
    from stack.launch import is_dead
    from stack.supervisor import wait_for

    return wait_for(lambda: all(is_dead(pid) for pid in pids), 20)


def _children(parents: list[int]) -> list[int]:
    return [
        int(child) for parent in parents for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ]


def _working_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.joinpath("cwd").readlink() == folder:
                found.append(int(process.name))
    return found
