import os
import subprocess
import sys
import uuid
from pathlib import Path

from stack import environment, launch
from stack.rundir import ROOT, RunDir


def start_marked(mark: str) -> subprocess.Popen[bytes]:
    sleeper = [sys.executable, "-c", "print(flush=True); import time; time.sleep(60)"]
    process = subprocess.Popen(sleeper, env={**os.environ, launch.MARK: mark}, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


def test_what_the_last_life_left_is_ended_and_nothing_else() -> None:
    mark, other = str(uuid.uuid4()), str(uuid.uuid4())
    left, stranger = start_marked(mark), start_marked(other)
    try:
        assert launch.leftovers(mark, None) == [left.pid]
        launch.clear(mark, None)
        assert left.wait(60) == -9
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()


def test_a_process_gets_its_file_of_settings_and_nothing_else(tmp_path: Path) -> None:
    environment.write(RunDir(tmp_path), "thing", {"A": "1", "PATH": os.environ["PATH"]})
    command = [sys.executable, "-m", "stack.launch", "thing", str(tmp_path), str(tmp_path), "--", "env"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert lines.pop(launch.MARK) == f"{tmp_path}:thing"
    assert set(lines) == {"A", "PATH"}


def test_a_process_that_its_parent_has_not_asked_after_is_dead() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert launch.is_dead(ended.pid)
    ended.wait()
    assert launch.is_dead(ended.pid)
    assert not launch.is_dead(os.getpid())
