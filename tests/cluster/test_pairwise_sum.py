from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pixelfes.cluster.pairwise_sum import PairwiseSum


@given(st.data(), st.integers(1, 40))
def test_items_are_added_in_order_whichever_arrives_first(data: st.DataObject, n: int) -> None:
    lost = data.draw(st.sets(st.integers(0, n - 1)))
    order: PairwiseSum[str] = PairwiseSum(n)
    ready = [(0, i, None if i in lost else f"{i},") for i in range(n)]
    while ready:
        level, index, item = ready.pop(data.draw(st.integers(0, len(ready) - 1)))
        addends = order.insert(level, index, item)
        if addends is not None:
            ready.append((addends.level, addends.index, addends.left + addends.right))
    expected = "".join(f"{i}," for i in range(n) if i not in lost)
    assert order.total == (expected or None)


def test_the_grouping_does_not_depend_on_the_order_of_arrival() -> None:
    def summed(arrivals: list[int]) -> str | None:
        order: PairwiseSum[str] = PairwiseSum(7)
        for part in arrivals:
            level, index, item = 0, part, str(part)
            while addends := order.insert(level, index, item):
                level, index, item = addends.level, addends.index, f"({addends.left}{addends.right})"
        return order.total

    assert summed([0, 1, 2, 3, 4, 5, 6]) == summed([6, 3, 5, 0, 2, 1, 4]) == "(((01)(23))((45)6))"
