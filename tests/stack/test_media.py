import grp
import os
from pathlib import Path

import pytest

from stack import media
from stack.rundir import RunDir


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives its rights up")
def test_nginx_reads_what_is_stored_and_lists_nothing_else(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "run")
    home = media.folder(run)
    group = grp.getgrnam(media.NGINX_GROUP).gr_gid
    assert [(each.stat().st_mode & 0o7777, each.stat().st_gid) for each in (home, home / "blobs")] == [
        (0o2710, group),
        (0o2750, group),
    ]
    assert run.path.stat().st_mode & 0o777 == 0o711


def test_the_edge_sends_the_bytes_where_nginx_cannot_reach_them(tmp_path: Path) -> None:
    run = RunDir(tmp_path / "run")
    media.folder(run)
    above = [path for path in (run.path, *run.path.parents) if not path.stat().st_mode & 0o001]
    assert media.accel(run) == (media.ACCEL if os.getuid() != 0 or not above else "")
    tmp_path.chmod(0o700)
    assert media.accel(run) == (media.ACCEL if os.getuid() != 0 else "")
