"""What `pixelfes.cluster.fit` needs of a Dask client: tasks, their results as they come, and sums of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from pixelfes.cluster.pairwise_sum import Tree
from pixelfes.errors import InputError, PixelfesError

if TYPE_CHECKING:
    from dask.distributed import Client, Future

Call: TypeAlias = "Callable[[], Future]"

LEAST_UNDER_WAY = 16
"""Tasks that are submitted ahead at least, so that a cluster that adapts itself to its work sees some."""


class WorkersDiedError(PixelfesError):
    """A task took the process down with it, on one worker after the other."""


class Futures:
    """A client whose errors are those of this package.

    Tasks depend on their arguments alone, so Dask makes the results of a lost worker again on another one.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def submit(self, function: Callable[..., Any], *arguments: Any, priority: int = 0) -> Future:
        """Have a function called on a worker; tasks of higher priority go first."""
        try:
            return self._client.submit(function, *arguments, pure=False, priority=priority)
        except TypeError as error:
            asked = "photos, regressor and landmark provider must be such as can be sent to workers"
            raise InputError(f"{asked}; found one that cannot: {error}") from error

    @staticmethod
    def token(value: object) -> str:
        """Return a name for a value: the same for equal ones, as far as Dask can tell."""
        from dask.base import tokenize

        return str(tokenize(value))

    def completed(self, calls: Sequence[Call]) -> Iterator[tuple[int, Future, BaseException | None]]:
        """Make calls that submit a task each, and yield the futures as they complete.

        Only so many are under way at a time as keep the workers busy. A task whose workers died may have been beside the
        one that killed them: it is submitted again at the end, alone.

        Yields
        ------
        number : int
            Of the call.
        future : Future
        error : None, or the exception of the task
        """
        from dask.distributed import as_completed

        waiting, alone = deque(range(len(calls))), deque[int]()
        died: set[int] = set()
        number_of: dict[str, int] = {}
        pending = as_completed()
        while waiting or alone or number_of:
            most = self._most_under_way() if waiting else 1
            queue = waiting or alone
            while queue and len(number_of) < most:
                number = queue.popleft()
                future = calls[number]()
                number_of[future.key] = number
                pending.add(future)
            future = next(pending)
            number, error = number_of.pop(future.key), _error_of(future)
            if isinstance(error, WorkersDiedError) and number not in died:
                died.add(number)
                alone.append(number)
            else:
                yield number, future, error

    def reduced(
        self, calls: Sequence[Call], join: Callable[[Any, Any], Any], arrived: Callable[[int], None]
    ) -> tuple[Future | None, dict[int, BaseException]]:
        """Join what the calls submit two by two on the workers, always the same two, as soon as both are there.

        Parameters
        ----------
        calls
            As of `completed`; what they return must not be kept elsewhere, so that workers can let go of it.
        join : function of two results
            Must leave them as they are.
        arrived : callable
            Told the number of every part that is there or lost.

        Returns
        -------
        root : Future, or None where all parts are lost
        errors : dict from the number of a lost part to its error

        Raises
        ------
        PixelfesError
            Where a part raises one: then it is no fault of its pairs.
        """
        tree: Tree[Future] = Tree(len(calls))
        errors: dict[int, BaseException] = {}
        for number, part, error in self.completed(calls):
            if isinstance(error, PixelfesError) and not isinstance(error, WorkersDiedError):
                raise error
            if error is not None:
                errors[number] = error
            level, index, item = 0, number, None if error else part
            while joint := tree.add(level, index, item):
                level, index = joint.level, joint.index
                item = self.submit(join, joint.left, joint.right, priority=level + 1)
            arrived(number)
        return tree.root, errors

    def _most_under_way(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return max(LEAST_UNDER_WAY, 4 * sum(threads.values()))

    def result(self, future: Future) -> Any:
        """Wait for a result and bring it here."""
        if (error := _error_of(future)) is None:
            return future.result()
        if isinstance(error, PixelfesError):
            raise error
        raise PixelfesError(f"the workers cannot go on: {type(error).__name__}: {error}") from error


def _error_of(future: Future) -> BaseException | None:
    """Wait for a future, and return its error if it has one; raise `PixelfesError` where the cluster has gone."""
    from dask.distributed import KilledWorker

    error: BaseException | None = future.exception()
    if future.status in ("cancelled", "lost"):
        raise PixelfesError("the connection to the Dask cluster was lost")
    return WorkersDiedError("the workers that tried it died") if isinstance(error, KilledWorker) else error
