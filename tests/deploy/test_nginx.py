"""The load balancer's settings, as the cluster fills them in."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from manifests import ROOT, committed, of_kind

from stack import nginx

if TYPE_CHECKING:
    from pathlib import Path


def _data(name: str) -> dict[str, str]:
    return next(each["data"] for each in of_kind(committed(), "ConfigMap") if each["metadata"]["name"] == name)


def test_every_place_of_the_template_is_filled_in() -> None:
    places = set(re.findall(r"\$\{(CHARLA_[A-Z_]+)\}", (ROOT / "nginx.conf").read_text()))
    assert places <= set(_data("nginx")), "deploy/base/nginx.yaml lacks a place of nginx.conf"


def test_nginx_takes_it(tmp_path: Path) -> None:
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        pytest.skip("Nginx is not installed")
    values = _data("nginx") | {"CHARLA_HOME": str(tmp_path), "CHARLA_WEB": str(tmp_path)}
    values = {name.removeprefix("CHARLA_"): value for name, value in values.items()}
    (tmp_path / "nginx.conf").write_text(nginx.fill((ROOT / "nginx.conf").read_text(), values))
    (tmp_path / "upstreams").mkdir()
    for name, text in _data("nginx-upstreams").items():
        # Names of Services resolve in the cluster alone.
        (tmp_path / "upstreams" / name).write_text(re.sub(r"server [a-z-]+:", "server 127.0.0.1:", text))
    done = subprocess.run(  # noqa: S603
        [binary, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
