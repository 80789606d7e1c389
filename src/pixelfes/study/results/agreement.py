"""Do participants agree? Krippendorff's alpha for choices, with any number of answers missing.

References
----------
Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping


def krippendorff_alpha(units: Mapping[str, Iterable[Hashable]]) -> float | None:
    """Return 1 for full agreement, 0 for that of chance, less for systematic disagreement.

    ``alpha = 1 - D_o / D_e``, the disagreement observed within units over that expected of all values mixed; nominal values,
    which are the same or are not.

    Parameters
    ----------
    units : dict
        What was judged, to the values that participants gave it. Units with fewer than two values say nothing.

    Returns
    -------
    float, or None
        None where fewer than two answers can be compared, or all are the same: there was no chance to disagree.

    Examples
    --------
    >>> krippendorff_alpha({"anna": "aab", "ben": "bbb"})
    0.375
    """
    counted = [Counter(values) for values in units.values()]
    counted = [counts for counts in counted if counts.total() > 1]
    whole = sum(counted, Counter[Hashable]())
    n = whole.total()
    expected = n * n - sum(count * count for count in whole.values())
    if not expected:
        return None
    observed = sum(
        sum(count * (counts.total() - count) for count in counts.values()) / (counts.total() - 1) for counts in counted
    )
    return 1 - (n - 1) * observed / expected
