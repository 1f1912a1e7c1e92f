import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import suite


def test_words_that_name_no_file_are_options() -> None:
    places, options = suite._sorted_out(["tests/stack/test_suite.py::test_x", "-k", "x"])
    assert (places, options) == (["tests/stack/test_suite.py::test_x"], ["-k", "x"])


def test_without_a_place_every_folder_with_tests_is_run() -> None:
    places, options = suite._sorted_out(["-x"])
    assert "tests/stack" in places
    assert options == ["-x"]


def test_the_closing_line_counts_failed_checks_too() -> None:
    counts = {"tests": 10, "failures": 1, "errors": 1, "skipped": 2, "reruns": 0}
    assert suite._closing_line(counts, 1) == "6 passed, 3 failed, 2 skipped"


def test_the_closing_line_says_how_many_tests_were_tried_twice(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from pathlib import Path\n\ndef test_it():\n    seen = Path(__file__).with_suffix('.seen')\n"
        "    was_there = seen.exists()\n    seen.touch()\n    assert was_there\n"
    )
    report = tmp_path / "report.xml"
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *suite._TRIED_TWICE]
    done = subprocess.run([*words, "test_it.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "assert was_there" in done.stdout  # what was wrong the first time
    counts = dict.fromkeys((*suite._COUNTED, "reruns"), 0)
    suite._add(counts, report)
    assert (done.returncode, suite._closing_line(counts, 0)) == (0, "1 passed, 0 failed, 1 rerun")


def test_what_ran_in_the_background_is_shown_at_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "print('said'); raise SystemExit(3)"]
    with suite._Quietly(command, dict(os.environ), tmp_path / "words") as quietly:
        assert quietly.end() == 3
    assert "said" in capsys.readouterr().out


def test_what_runs_in_the_background_ends_with_an_interruption(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(KeyboardInterrupt), suite._Quietly(command, dict(os.environ), tmp_path / "words") as quietly:
        raise KeyboardInterrupt
    assert quietly._process.returncode is not None


def test_what_breaks_the_stack_runs_after_all_else() -> None:
    assert suite._rounds(["-x"]) == [["-m", "not faults", "-x"], ["-m", "faults", "-x"]]
    assert suite._rounds(["-m", "slow"]) == [["-m", "slow"]]
