from __future__ import annotations

import os
import threading

import pytest

from pixelfes.threads import in_threads


def test_results_come_in_order_whatever_the_number_of_threads() -> None:
    for count in (0, 1, 2, 5):
        assert in_threads(lambda item: item * item, range(20), count) == [item * item for item in range(20)]


def test_one_is_the_threads_own_and_more_are_kept() -> None:
    assert in_threads(lambda item: threading.current_thread(), [1], 1) == [threading.current_thread()]
    seen = [set(in_threads(lambda item: threading.current_thread().name, range(50), 2)) for _ in range(20)]
    assert len(set.union(*seen)) <= 2


def test_an_error_of_a_task_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda item: 1 // item, [1, 0], 2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    in_threads(abs, [1, 2], 2)
    child = os.fork()
    if child == 0:
        os._exit(0 if in_threads(abs, [-1, 2], 2) == [1, 2] else 1)
    assert os.waitpid(child, 0)[1] == 0
