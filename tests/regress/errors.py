"""Leave-one-out errors of drawn pairs, given sums over the same pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pixelfes.arrays import AnyArray
from pixelfes.regress.images import check_pairs
from tests.regress.drawn_pairs import Pairs


def errors_under_own_sums(
    errors: Callable[..., AnyArray],
    new_sums: Callable[[tuple[int, ...]], Any],
    pairs: Pairs,
    channels: Any,
    *options: Any,
) -> AnyArray:
    """Return ``errors(pairs, sums, *options)`` with the sums of the pairs, added to ``new_sums(map shape)``."""
    checked = check_pairs(*pairs)
    return errors(checked, new_sums(checked.map_shape(channels)).add_pairs(checked), *options)
