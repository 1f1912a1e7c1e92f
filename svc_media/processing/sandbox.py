"""Runs what touches a stranger's file in a process that can do no harm, and hears of its end.

The worker's side. `sandbox().call(...)` runs a Python function, `sandbox().run(...)` a program; either
gives what it printed, or raises `Refused`. The worker itself never decodes anything.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svc_media.processing.limits import Limits
from svc_media.processing.refusals import INVALID, TOO_COSTLY, Refused, SandboxFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parents[2]
DECODERS = (
    "svc_media.processing.inside.pictures",
    "svc_media.processing.inside.animations",
    "svc_media.processing.inside.documents",
)
_START_S = 30.0
_PATIENCE_S = 10.0
_LONGEST_OUTPUT = 4 * 1024 * 1024
_KEPT_ERRORS = 2_000
_COSTLY_SIGNALS = (signal.SIGXCPU, signal.SIGXFSZ, signal.SIGKILL)
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "TMPDIR": ".", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Ended:
    """How a job ended.

    Attributes:
        status: Its exit code; negative is the signal that killed it.
        cpu_s: Processor time in seconds of the job and what it started.
        max_rss: The most memory that one of its processes had, in bytes.
        output: What it printed.
        errors: The end of what it complained about.
    """

    status: int
    cpu_s: float
    max_rss: int
    output: bytes
    errors: str


class Sandbox:
    """A zygote and the way to speak with it. Not for several threads at once."""

    def __init__(self, python: str = sys.executable, modules: Sequence[str] = DECODERS) -> None:
        """Remember which interpreter and decoders; the zygote is started with the first job."""
        self._python, self._modules = python, modules
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        #: How tightly jobs are locked in on this machine, once it was started.
        self.measures: dict[str, str] = {}
        #: The last job's end: what it cost.
        self.last: Ended | None = None

    def start(self) -> dict[str, str]:
        """Start the zygote, and return how tightly jobs are locked in on this machine.

        Raises:
            SandboxFailed: It does not start.
        """
        self._started()
        return self.measures

    def call(self, name: str, arguments: dict[str, Any], workdir: Path, limits: Limits | None = None) -> Any:
        """Return what the function `module:name` of a decoder returns.

        Raises:
            Refused: The file is why it failed.
            SandboxFailed: We are.
        """
        job = {"call": f"svc_media.processing.inside.{name}", "arguments": arguments}
        ended = self._job(job, workdir, limits or Limits())
        if ended.status:
            raise Refused(_why(ended))
        answer = json.loads(ended.output.splitlines()[-1])
        if "refused" in answer:
            raise Refused(answer["refused"])
        if "failed" in answer:
            raise SandboxFailed(answer["failed"])
        return answer["result"]

    def run(
        self,
        argv: Sequence[str],
        workdir: Path,
        limits: Limits | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> bytes:
        """Run a program (by its absolute path) and return what it printed.

        Args:
            argv: The program and its arguments.
            workdir: Where it works, and the only place that it may write to.
            limits: What it may use.
            on_line: Called with each line as it comes.

        Raises:
            Refused: The program failed, or used more than it may.
            SandboxFailed: It could not be run.
        """
        ended = self._job({"argv": list(argv)}, workdir, limits or Limits(), on_line)
        if ended.status:
            raise _refusal(ended)
        return ended.output

    def close(self) -> None:
        """End the zygote, and with it whatever still runs."""
        if self._control:
            self._control.close()
        if self._zygote:
            self._zygote.kill()
            self._zygote.wait()
        self._control = self._zygote = None

    def _job(
        self, job: dict[str, Any], workdir: Path, limits: Limits, on_line: Callable[[str], None] | None = None
    ) -> Ended:
        control = self._started()
        (output, job_output), (errors, job_errors) = os.pipe(), os.pipe()
        message = json.dumps({**job, "workdir": str(workdir), "limits": asdict(limits)}).encode()
        try:
            socket.send_fds(control, [message], [job_output, job_errors])
        except OSError as error:
            self.close()
            raise SandboxFailed(str(error)) from error
        finally:
            os.close(job_output)
            os.close(job_errors)
        try:
            self.last = _Listening(control, output, errors, limits.wall_s, on_line).until_the_end()
        except BaseException:  # also a worker's time limit: the job must not go on
            self.close()
            raise
        finally:
            _take_back(workdir)
        return self.last

    def _started(self) -> socket.socket:
        if self._zygote and self._zygote.poll() is not None:
            self.close()
        if not self._control:
            self._control = self._start()
        return self._control

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._zygote = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [self._python, "-I", "-c", _program(theirs.fileno(), self._modules)],
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        ours.settimeout(_START_S)
        try:
            self.measures = json.loads(ours.recv(_LONGEST_OUTPUT) or b"null") or {}
        except TimeoutError as error:
            raise SandboxFailed("the sandbox does not start") from error
        if not self.measures:
            raise SandboxFailed("the sandbox does not start")
        return ours


class _Listening:
    """Hears what a job prints, and when it ends; kills it when its time is over."""

    def __init__(
        self, control: socket.socket, output: int, errors: int, wall_s: float, on_line: Callable[[str], None] | None
    ) -> None:
        self._control, self._on_line = control, on_line
        self._output, self._errors, self._line = bytearray(), bytearray(), bytearray()
        self._deadline = time.monotonic() + wall_s
        self._late = False
        self._places = {output: self._hear, errors: self._complain}

    def until_the_end(self) -> Ended:
        """Return how the job ended.

        Raises:
            SandboxFailed: The zygote is gone, or does not end the job.
        """
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._control, selectors.EVENT_READ)
                for place in self._places:
                    selector.register(place, selectors.EVENT_READ)
                answer = self._wait(selector)
        finally:
            for place in self._places:
                os.close(place)
        if "status" not in answer:
            raise SandboxFailed(f"the sandbox lost its job: {answer}")
        status = signal.SIGKILL if self._late else answer["status"]
        return Ended(
            -signal.SIGKILL if self._late else os.waitstatus_to_exitcode(status),
            answer["cpu_s"],
            answer["max_rss"],
            bytes(self._output),
            self._errors[-_KEPT_ERRORS:].decode(errors="replace"),
        )

    def _wait(self, selector: selectors.BaseSelector) -> dict[str, Any]:
        open_ends = set(self._places)
        answer: dict[str, Any] = {}
        while open_ends or not answer:
            ready = selector.select(max(0.0, self._deadline - time.monotonic()))
            if not ready:
                self._kill()
            for key, _ in ready:
                if key.fileobj is self._control:
                    answer = json.loads(self._control.recv(65_536) or b'{"lost": "its zygote"}')
                    selector.unregister(self._control)
                elif not self._read(key.fd):
                    selector.unregister(key.fd)
                    open_ends.discard(key.fd)
            if "lost" in answer:
                break
        return answer

    def _kill(self) -> None:
        if self._late:
            raise SandboxFailed("the sandbox does not end its job")
        self._late = True
        self._deadline = time.monotonic() + _PATIENCE_S
        self._control.send(b'"kill"')

    def _read(self, place: int) -> bool:
        data = os.read(place, 65_536)
        self._places[place](data)
        return bool(data)

    def _complain(self, data: bytes) -> None:
        self._errors += data
        del self._errors[:-_KEPT_ERRORS]

    def _hear(self, data: bytes) -> None:
        if self._on_line is None:
            self._output += data[: _LONGEST_OUTPUT - len(self._output)]
            return
        *lines, rest = (self._line + data).split(b"\n")
        self._line = bytearray(rest[-_KEPT_ERRORS:])
        for line in lines:
            self._on_line(line.decode(errors="replace"))


def _take_back(workdir: Path) -> None:
    """Own what a job has left in its folder, and keep plain files only.

    A link would have us read, as who we are, what it points to.
    """
    for entry in os.scandir(workdir):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        elif not entry.is_file(follow_symlinks=False) or entry.stat(follow_symlinks=False).st_nlink > 1:
            Path(entry.path).unlink()
        else:
            os.chown(entry.path, os.geteuid(), os.getegid(), follow_symlinks=False)
    os.chown(workdir, os.geteuid(), os.getegid())


def _program(control: int, modules: Sequence[str]) -> str:
    return (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        f"from svc_media.processing.zygote import main; main({control}, {list(modules)!r})"
    )


def _why(ended: Ended) -> str:
    if ended.status < 0 and -ended.status in _COSTLY_SIGNALS:
        return TOO_COSTLY
    return TOO_COSTLY if "Cannot allocate memory" in ended.errors else INVALID


def _refusal(ended: Ended) -> Exception:
    if "No space left on device" in ended.errors:
        return SandboxFailed("no space left on device")
    return Refused(_why(ended))


@cache
def _sandbox_of(_pid: int) -> Sandbox:
    return Sandbox()


def sandbox() -> Sandbox:
    """Return this process's sandbox for pictures, documents and programs."""
    return _sandbox_of(os.getpid())
