"""The client's texts by their ids, in both languages; Spanish from its files, English from the sources."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache

from stack import web

_PLACE = re.compile(r"\{\$\w+\}")
# `{VAR_PLURAL, plural, =1 {1 message} other {{INTERPOLATION} messages}}`
_BRANCH = re.compile(r"(=\d+|other) \{((?:[^{}]|\{\w+\})*)\}")
_COUNT = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Words:
    """Gives the text of an id, as it stands on the screen of somebody who reads this language."""

    language: str

    def __call__(self, text_id: str) -> str:
        """Return a text that has no places to fill in."""
        text = texts(self.language)[text_id]
        assert "{" not in text, f"{text_id} has places to fill in: use `pattern`"
        return text

    def pattern(self, text_id: str) -> re.Pattern[str]:
        """Return what matches the whole of a text, whatever stands in its places."""
        fixed = _PLACE.split(texts(self.language)[text_id])
        return re.compile(f"^\\s*{'.*'.join(map(re.escape, fixed))}\\s*$", re.DOTALL)

    def counted(self, text_id: str, count: int) -> str:
        """Return a plural as it stands for so many."""
        branches = dict(_BRANCH.findall(texts(self.language)[text_id]))
        return _COUNT.sub(str(count), branches.get(f"={count}", branches["other"]))


def texts(language: str) -> dict[str, str]:
    """Return all texts of a language by their ids."""
    return _english() if language == "en" else _spanish()


def _as_shown(found: dict[str, str]) -> dict[str, str]:
    """Take away the lines and spaces that a text has in a source, and nobody sees."""
    return {name: re.sub(r"\s+", " ", text).strip() for name, text in found.items()}


@cache
def _spanish() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted((web.HOME / "src" / "locale" / "es").iterdir()):
        found |= json.loads(path.read_text())["translations"]
    return _as_shown(found)


@cache
def _english() -> dict[str, str]:
    """Have Angular read them out of the sources, once for each state of them: it takes a while."""
    kept = web.HOME / ".angular" / "texts" / f"{web._stamp()}.json"
    if not kept.exists():
        shutil.rmtree(kept.parent, ignore_errors=True)
        words = ("--no-install", "ng", "extract-i18n", "--format", "json", "--output-path", str(kept.parent))
        done = subprocess.run(["npx", *words], cwd=web.HOME, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (kept.parent / "messages.json").rename(kept)
    return _as_shown(json.loads(kept.read_text())["translations"])
