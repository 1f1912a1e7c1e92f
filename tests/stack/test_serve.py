import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from stack import serve
from stack.rundir import ROOT


def test_a_service_waits_until_its_broker_listens() -> None:
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        address = f"amqp://user:secret@127.0.0.1:{broker.getsockname()[1]}/charla"
        waiting = threading.Thread(target=serve.await_stores, args=({"AMQP_URI": address},), daemon=True)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        broker.listen()
        waiting.join(5)
        assert not waiting.is_alive()


@pytest.mark.parametrize(
    "url",
    [
        "amqp://user:secret@one:1/charla;amqp://user:secret@two:2/charla",
        "redis+cluster://user:secret@one:1,two:2/0",
        "postgresql+psycopg2://user:secret@/auth?host=one:1&host=two:2&target_session_attrs=read-write",
    ],
)
def test_all_places_of_an_address_are_found(url: str) -> None:
    assert list(serve.places(url)) == [("one", 1), ("two", 2)]


def test_a_background_program_gives_way_when_it_is_loaded(tmp_path: Path) -> None:
    """Loading takes seconds of a core, and would take minutes of what busy others leave."""
    (tmp_path / "loading.py").write_text("import os\nprint('loaded at', os.nice(0), flush=True)\n")
    with socket.socket() as closed:  # no broker listens there: it waits
        closed.bind(("127.0.0.1", 0))
        address = f"amqp://user:secret@127.0.0.1:{closed.getsockname()[1]}/charla"
        around = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}", "AMQP_URI": address}
        words = [sys.executable, "-W", "ignore", "-m", "stack.serve", "settings.yml", "loading:Service", "7"]
        with subprocess.Popen(words, env=around, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            before = os.getpriority(os.PRIO_PROCESS, 0)
            assert program.stdout.readline() == f"loaded at {before}\n"
            deadline = time.monotonic() + 30
            while os.getpriority(os.PRIO_PROCESS, program.pid) != before + 7 and time.monotonic() < deadline:
                time.sleep(0.01)
            found = os.getpriority(os.PRIO_PROCESS, program.pid)
            program.kill()
    assert found == before + 7
