"""Run tasks on a Dask cluster: submit them, yield their results as they complete, and add the results up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pixelfes.cluster.pairwise_sum import PairwiseSum
from pixelfes.errors import InputError, PixelfesError

if TYPE_CHECKING:
    from dask.distributed import Client, Future

Submission: TypeAlias = "Callable[[], Future]"
"""A function that submits one task and returns its future. A second call submits the task again."""

_MIN_IN_FLIGHT = 16
"""Smallest number of tasks to submit ahead, so that an adaptive cluster sees that there is work."""


class WorkersDiedError(PixelfesError):
    """Every worker process that ran a task died."""


class TaskRunner:
    """A Dask client whose errors are those of this package.

    A task depends on its arguments alone. If Dask loses a worker, it computes that worker's results again elsewhere.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def submit(self, function: Callable[..., Any], *arguments: Any, priority: int = 0) -> Future:
        """Submit a function call to the workers; tasks of higher priority run first.

        Raises
        ------
        InputError
            If an argument cannot be sent to workers.
        """
        try:
            return self._client.submit(function, *arguments, pure=False, priority=priority)
        except TypeError as error:
            asked = "photos, regressor and landmark provider must be of kinds that can be sent to workers"
            raise InputError(f"{asked}; found one that cannot: {error}") from error

    @staticmethod
    def token(value: object) -> str:
        """Return a hash of a value; equal values have equal hashes as far as Dask can tell."""
        from dask.base import tokenize

        return str(tokenize(value))

    def completed(self, submissions: Sequence[Submission]) -> Iterator[tuple[int, Future, BaseException | None]]:
        """Submit tasks and yield their futures as they complete.

        Only as many tasks are in flight as keep the workers busy. If the workers of a task die, another task that ran
        beside it may be the cause. Such a task is submitted once more at the end, alone.

        Yields
        ------
        number : int
            Index of the submission.
        future : Future
        error : None, or the exception of the task

        Raises
        ------
        PixelfesError
            If the connection to the cluster is lost.
        """
        from dask.distributed import as_completed

        waiting, alone = deque(range(len(submissions))), deque[int]()
        died: set[int] = set()
        number_of: dict[str, int] = {}
        in_flight = as_completed()
        while waiting or alone or number_of:
            most = self._most_in_flight() if waiting else 1
            queue = waiting or alone
            while queue and len(number_of) < most:
                number = queue.popleft()
                future = submissions[number]()
                number_of[future.key] = number
                in_flight.add(future)
            future = next(in_flight)
            number, error = number_of.pop(future.key), _error_of(future)
            if isinstance(error, WorkersDiedError) and number not in died:
                died.add(number)
                alone.append(number)
            else:
                yield number, future, error

    def sum_pairwise(
        self, submissions: Sequence[Submission], add: Callable[[Any, Any], Any], arrived: Callable[[int], None]
    ) -> tuple[Future | None, dict[int, BaseException]]:
        """Add up the results of tasks on the workers, two by two in a fixed order, each two as soon as both exist.

        Parameters
        ----------
        submissions : sequence of functions
            See `completed`. Keep no reference to the futures that they return: workers then free added results.
        add : function of two results
            Returns their sum and leaves both unchanged.
        arrived : function of a number
            Called with the index of each task that has completed or failed.

        Returns
        -------
        total : Future, or None if every task failed
        errors : dict from the index of a failed task to its error

        Raises
        ------
        PixelfesError
            If a task raises one: its pairs are not the cause, so they cannot be left out.
        """
        order: PairwiseSum[Future] = PairwiseSum(len(submissions))
        errors: dict[int, BaseException] = {}
        for number, result, error in self.completed(submissions):
            if isinstance(error, PixelfesError) and not isinstance(error, WorkersDiedError):
                raise error
            if error is not None:
                errors[number] = error
            level, index, item = 0, number, None if error else result
            while addends := order.insert(level, index, item):
                level, index = addends.level, addends.index
                item = self.submit(add, addends.left, addends.right, priority=level + 1)
            arrived(number)
        return order.total, errors

    def _most_in_flight(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(_MIN_IN_FLIGHT, 4 * sum(threads.values()))

    def result(self, future: Future) -> Any:
        """Wait for the result of a task and bring it to this process.

        Raises
        ------
        PixelfesError
            If the task failed or the connection to the cluster is lost.
        """
        if (error := _error_of(future)) is None:
            return future.result()
        if isinstance(error, PixelfesError):
            raise error
        raise PixelfesError(f"a task failed on the cluster: {type(error).__name__}: {error}") from error


def _error_of(future: Future) -> BaseException | None:
    """Wait for a future and return its error, if any; raise `PixelfesError` if the connection is lost."""
    from dask.distributed import KilledWorker

    error: BaseException | None = future.exception()
    while future.status == "lost" and future.client.status == "running":
        error = future.exception()  # the worker that held the result died: the scheduler has it made again
    if future.status in ("cancelled", "lost"):
        raise PixelfesError("the connection to the Dask cluster was lost")
    return WorkersDiedError("every worker that ran it died") if isinstance(error, KilledWorker) else error
