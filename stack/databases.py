"""Makes the databases and roles of all services, from inside a container: `python -m stack.databases`."""

from __future__ import annotations

from stack import postgres
from stack.places import Places
from stack.rundir import RunDir

if __name__ == "__main__":
    postgres.make_databases(RunDir.current(), Places({"postgres": 5432}))
