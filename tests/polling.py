"""Wait for a condition by polling, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable

_INTERVAL_SECONDS = 0.02


def wait_until(condition: Callable[[], object], seconds: float) -> None:
    """Return when a condition holds.

    Raises
    ------
    TimeoutError
        If the condition does not hold within the given number of seconds.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"the condition did not hold within {seconds:g} s")
        time.sleep(_INTERVAL_SECONDS)
