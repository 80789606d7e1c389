"""Times as people write them: ``2.5``, ``1:02.5``, ``1:00:00``."""

from __future__ import annotations

import re

from pixelfes.errors import InputError

_TIME = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,9})?)")


def parse_time(text: str) -> float:
    """Return a time in seconds.

    Raises
    ------
    InputError
        If the text is no time.

    Examples
    --------
    >>> [parse_time(text) for text in ("2.5", "1:02.5", "1:00:00")]
    [2.5, 62.5, 3600.0]
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise InputError(f"a time must be seconds, minutes:seconds or hours:minutes:seconds; found {text[:20]!r}")
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return 3600 * hours + 60 * minutes + seconds
