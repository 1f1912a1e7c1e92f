"""The access tokens of people."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from contracts.base import new_id
from plumbing.identity import TokenSigner
from plumbing.settings import settings
from svc_auth.models import Session, User
from svc_auth.policy import ACCESS_TTL_S

#: The folder in KEYS_DIR with the private keys that sign people's tokens.
KEY_FOLDER = "auth"


def access_token(user: User, session: Session) -> str:
    """Return a signed access token for a person on a device."""
    claims = {
        "aud": settings().token_audience,
        "sub": user.user_id,
        "sid": session.session_id,
        "roles": list(user.roles),
        "jti": new_id(),
    }
    return _signer().sign(claims, ACCESS_TTL_S)


@cache
def _signer() -> TokenSigner:
    conf = settings()
    return TokenSigner(Path(conf.keys_dir) / KEY_FOLDER, conf.auth_issuer)
