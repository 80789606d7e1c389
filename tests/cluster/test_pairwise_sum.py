from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pixelfes.cluster.pairwise_sum import Tree


@given(st.data(), st.integers(1, 40))
def test_whatever_comes_first_the_same_items_are_joined_in_order(data: st.DataObject, n: int) -> None:
    lost = data.draw(st.sets(st.integers(0, n - 1)))
    tree: Tree[str] = Tree(n)
    ready = [(0, i, None if i in lost else f"{i},") for i in range(n)]
    while ready:
        level, index, item = ready.pop(data.draw(st.integers(0, len(ready) - 1)))
        joint = tree.add(level, index, item)
        if joint is not None:
            ready.append((joint.level, joint.index, joint.left + joint.right))
    expected = "".join(f"{i}," for i in range(n) if i not in lost)
    assert tree.root == (expected or None)


def test_brackets_do_not_depend_on_the_order() -> None:
    def summed(order: list[int]) -> str | None:
        tree: Tree[str] = Tree(7)
        for leaf in order:
            level, index, item = 0, leaf, str(leaf)
            while joint := tree.add(level, index, item):
                level, index, item = joint.level, joint.index, f"({joint.left}{joint.right})"
        return tree.root

    assert summed([0, 1, 2, 3, 4, 5, 6]) == summed([6, 3, 5, 0, 2, 1, 4]) == "(((01)(23))((45)6))"
