"""The folder of media, which Nginx reads stored files from."""

from __future__ import annotations

import grp
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from stack.rundir import RunDir

#: The group of Nginx's workers where its master is root, and so gives up its rights.
NGINX_GROUP = "nogroup"
#: Nginx's internal location of the stored files.
ACCEL = "/_blobs"


def folder(run: RunDir) -> Path:
    """Returns the folder, made so that what is made inside belongs to Nginx's group.

    Nginx passes through it to `blobs` and can list nothing; uploads and work stay closed to it.
    """
    home, blobs = run.folder("media"), run.folder("media", "blobs")
    if os.getuid() == 0:
        run.path.chmod(0o711)  # others may pass through the run directory, and see nothing in it
        for path, mode in ((home, 0o2710), (blobs, 0o2750)):
            os.chown(path, -1, grp.getgrnam(NGINX_GROUP).gr_gid)
            path.chmod(mode)
    return home


def accel(run: RunDir) -> str:
    """Returns Nginx's location of stored files; nothing where its workers cannot reach them.

    A clone may lie in a folder that only root can enter, such as /root; then the edge sends the bytes itself.
    """
    above = (run.path, *run.path.parents)
    reaches = os.getuid() != 0 or all(each.stat().st_mode & 0o001 for each in above)
    return ACCEL if reaches else ""
