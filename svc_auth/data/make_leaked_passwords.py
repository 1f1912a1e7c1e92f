"""Makes leaked_passwords.txt: the most used of the passwords that became known in breaches, as far as the rest of
`actions/strength.py` lets them through.

The lists are those of zxcvbn (30,000; MIT) and Django (20,000; BSD), which are no dependencies of ours:

pip install --target /tmp/lists zxcvbn django
PYTHONPATH=.:/tmp/lists python svc_auth/data/make_leaked_passwords.py
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from contracts.auth import WeakPassword
from svc_auth.actions import strength
from svc_auth.checks import PASSWORD_MIN

LIST = Path(__file__).parent / "leaked_passwords.txt"


def known() -> Iterator[str]:
    """Yield the passwords of both lists."""
    yield from import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"]
    folder = Path(str(import_module("django").__file__)).parent / "contrib" / "auth"
    with gzip.open(folder / "common-passwords.txt.gz", "rt", encoding="utf-8") as lines:
        yield from lines.read().split()


def is_let_through(password: str) -> bool:
    """Tell whether nothing else refuses a password that is long enough."""
    try:
        strength.check_strength(password, ["charla"])
    except WeakPassword:
        return False
    return len(password) >= PASSWORD_MIN


def main() -> None:
    """Write the file anew."""
    LIST.write_text("", encoding="utf-8")
    found = sorted({each.casefold() for each in known() if is_let_through(each)})
    LIST.write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
