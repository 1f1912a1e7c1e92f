"""Images are built again where something that they are made of has changed, and only those."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import compose, images
from stack.images import Images
from stack.rundir import ROOT, RunDir

_DOCKERFILE = """\
ARG BASE=python:3.11
ARG DOOR=nginx:1
FROM ${BASE} AS base
COPY locks/all.txt \\
  /locks/
FROM base AS code
COPY shared /app/shared
FROM base AS one
COPY --from=code /app /app
# Not a line.
COPY one /app/one
FROM one AS other
FROM ${DOOR} AS door
COPY pages/a.html pages/b.html /srv/
"""
_COMPOSE = (
    "services: {one: {build: {target: one}}, other: {build: {target: other}}, door: {build: {target: door}}, x: {}}"
)
_FILES = ("locks/all.txt", "shared/a.py", "one/a.py", "pages/a.html", "pages/b.html")
_THERE = {
    "python:3.11": "p1",
    "nginx:1": "n1",
    **{f"charla/{name}:dev": f"{name}1" for name in ("one", "other", "door")},
}


class Checkout:
    """A small one, beside an engine that has some images."""

    def __init__(self, home: Path) -> None:
        self.home, self.there = home, dict(_THERE)
        for name in _FILES:
            self.write(name, "before")
        self.write("compose/Dockerfile", _DOCKERFILE)
        self.write("compose/compose.yaml", _COMPOSE)
        self.write(".dockerignore", "# Not a line.\n**/cache\npages/draft\n")

    def write(self, name: str, text: str) -> None:
        path = self.home / "checkout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def images(self, user: str = "1000") -> Images:
        return Images(RunDir(self.home / "run"), "dev", {"CHARLA_UID": user}, self.home / "checkout")

    def docker(self, *words: str) -> str:
        assert words[:2] == ("image", "ls")
        return "".join(f"{name} {number}\n" for name, number in self.there.items())


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """One whose images were built."""
    made = Checkout(tmp_path)
    monkeypatch.setattr(compose, "docker", made.docker)
    assert made.images().stale() == ["one", "other", "door"]
    made.images().keep()
    assert made.images().stale() == []
    return made


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("locks/all.txt", ["one", "other"]),
        ("shared/a.py", ["one", "other"]),
        ("shared/new/b.py", ["one", "other"]),
        ("one/a.py", ["one", "other"]),
        ("pages/b.html", ["door"]),
        ("pages/draft/c.html", []),
        ("one/cache/a.py", []),
        ("elsewhere.py", []),
    ],
)
def test_what_is_made_of_a_file_is_built_again(checkout: Checkout, changed: str, stale: list[str]) -> None:
    checkout.write(changed, "after")
    assert checkout.images().stale() == stale


def test_a_step_that_changes_is_one_more_reason(checkout: Checkout) -> None:
    checkout.write("compose/Dockerfile", _DOCKERFILE + "RUN true\n")
    assert checkout.images().stale() == ["door"]


def test_so_is_another_base(checkout: Checkout) -> None:
    checkout.there["nginx:1"] = "n2"
    assert checkout.images().stale() == ["door"]


def test_and_an_image_that_is_gone_or_somebody_elses(checkout: Checkout) -> None:
    checkout.there["charla/other:dev"] = "another"
    del checkout.there["charla/door:dev"]
    assert checkout.images().stale() == ["other", "door"]


def test_another_account_is_in_each_of_them(checkout: Checkout) -> None:
    assert checkout.images("1001").stale() == ["one", "other", "door"]


def test_the_real_ones_are_all_found_and_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "known", dict)
    found = Images(RunDir(tmp_path), "dev", {"CHARLA_UID": "1000"}, ROOT)
    found.keep()
    assert found.stale() == []
    assert {"postgres", "gateway", "nginx", "media-celery"} <= set(found.targets)
    marks = {found._mark(each, {}) for each in found.targets}
    assert len(marks) == len(found.targets)
