"""Agreement between participants: Krippendorff's alpha for nominal values with missing data.

References
----------
Krippendorff, "Computing Krippendorff's Alpha-Reliability", University of Pennsylvania, 2011.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping


def krippendorff_alpha(units: Mapping[str, Iterable[Hashable]]) -> float | None:
    """Return Krippendorff's alpha: 1 for full agreement, 0 for chance, negative for systematic disagreement.

    ``alpha = 1 - D_o / D_e``. D_o is the disagreement observed within units. D_e is the disagreement expected when the
    values of all units are mixed. Values are nominal: two values are the same or not.

    Parameters
    ----------
    units : dict
        Unit to the values that participants gave it. Units with fewer than two values do not count.

    Returns
    -------
    float, or None
        None if no two values can be compared, or all values are the same.

    Examples
    --------
    >>> krippendorff_alpha({"anna": "aab", "ben": "bbb"})
    0.375
    """
    unit_counts = [Counter(values) for values in units.values()]
    unit_counts = [counts for counts in unit_counts if counts.total() > 1]
    all_counts = sum(unit_counts, Counter[Hashable]())
    n = all_counts.total()
    expected = n * n - sum(count * count for count in all_counts.values())
    if not expected:
        return None
    observed = sum(
        sum(count * (counts.total() - count) for count in counts.values()) / (counts.total() - 1)
        for counts in unit_counts
    )
    return 1 - (n - 1) * observed / expected
