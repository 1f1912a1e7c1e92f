"""Give svc_auth, or another service, a new signing key.

    ./charla rotate jwt people

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


def run(spread_s: float = keys.SPREAD_S, folder: str = KEY_FOLDER, issuer: str = "") -> str:
    """Retire what is old, announce a key, wait `spread_s` seconds and let it sign; return its kid.

    Args:
        spread_s: Until every verifier has seen the new key.
        folder: The keys' folder; that of people's access tokens, or of a service's own.
        issuer: Who signs with them; the issuer of people's tokens when empty.
    """
    conf = settings()
    keys_dir, issuer = Path(conf.keys_dir), issuer or conf.auth_issuer
    gone = keys.retire(keys_dir, folder, issuer, after_s=2 * ACCESS_TTL_S)
    kid = keys.announce(keys_dir, folder, issuer)
    time.sleep(spread_s)
    keys.promote(keys_dir, folder, kid)
    sys.stdout.write(f"signing with {kid}; retired: {', '.join(gone) or 'none'}\n")
    return kid
