"""Python's search for cycles, set for processes that hold much and make few cycles.

Left as it is, it looks at every 700 new objects, which a page of messages is already, and now and then
at all that the libraries made at their import: tens of milliseconds in which nobody is answered.
"""

from __future__ import annotations

import gc
from functools import cache


@cache
def search_rarely() -> None:
    """Leave out what exists by now, and look at the rest less often; once a process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
