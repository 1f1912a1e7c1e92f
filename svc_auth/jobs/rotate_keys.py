"""Give svc_auth a new signing key.

    echo 'from svc_auth.jobs import rotate_keys; rotate_keys.run()' | ./charla shell auth

Takes about a minute and a half: verifiers must have seen the public half before the key signs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from plumbing.settings import settings
from svc_auth.actions import keys
from svc_auth.actions.tokens import KEY_FOLDER
from svc_auth.policy import ACCESS_TTL_S


def run(spread_s: float = keys.SPREAD_S) -> str:
    """Retire what is old, announce a key, wait `spread_s` seconds and let it sign; return its kid."""
    conf = settings()
    keys_dir, issuer = Path(conf.keys_dir), conf.auth_issuer
    gone = keys.retire(keys_dir, KEY_FOLDER, issuer, after_s=2 * ACCESS_TTL_S)
    kid = keys.announce(keys_dir, KEY_FOLDER, issuer)
    time.sleep(spread_s)
    keys.promote(keys_dir, KEY_FOLDER, kid)
    sys.stdout.write(f"signing with {kid}; retired: {', '.join(gone) or 'none'}\n")
    return kid
