"""A copy of the working tree, which one mistake at a time is put into."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from drill.mutants.mutant import Mutant
from stack.rundir import ROOT


class Tree:
    """What git knows, or would add, as it is on disk now; the virtual environment is the one of this program.

    Args:
        path: An empty folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in _names():
            if (ROOT / name).is_file():
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, path / name)

    @contextmanager
    def having(self, mutant: Mutant) -> Iterator[None]:
        """Have the mistake in the copy for a while.

        Raises:
            NotThere: There is not exactly one place for it.
        """
        file, right = self.path / mutant.file, mutant.source(self.path)
        self._put(file, mutant.applied_to(right))
        try:
            yield
        finally:
            self._put(file, right)

    @staticmethod
    def _put(file: Path, text: str) -> None:
        """Write a module; Python knows its bytecode by time and length alone, so that goes."""
        Path(cache_from_source(str(file))).unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")


def _names() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - where it is differs
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return sorted({name for name in listed.stdout.decode().split("\0") if name})
