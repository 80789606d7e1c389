"""What `pixelfes.cluster.fit` needs of a Dask client: tasks, their results as they come, and sums of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pixelfes.cluster.tree import Tree
from pixelfes.errors import InputError, PixelfesError

if TYPE_CHECKING:
    from dask.distributed import Client, Future


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

    def completed(self, futures: Sequence[Future]) -> Iterator[tuple[int, Future, BaseException | None]]:
        """Yield the futures as they complete, each with its number, and its error if it has one."""
        from dask.distributed import as_completed

        numbers = {future.key: number for number, future in enumerate(futures)}
        for future in as_completed(futures):
            yield numbers[future.key], future, _error_of(future)

    def reduced(
        self, parts: list[Future], join: Callable[[Any, Any], Any], arrived: Callable[[int], None]
    ) -> tuple[Future | None, dict[int, BaseException]]:
        """Join parts two by two on the workers, always the same two, as soon as both are there.

        Parameters
        ----------
        parts : list of Future
            Emptied, so that workers can let go of what has been joined.
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
            Where a part raises one, or the sum cannot be formed.
        """
        from dask.distributed import as_completed

        tree: Tree[Future] = Tree(len(parts))
        place = {future.key: (0, number) for number, future in enumerate(parts)}
        errors: dict[int, BaseException] = {}
        pending = as_completed(parts)
        parts.clear()
        for future in pending:
            level, index = place.pop(future.key)
            error = _error_of(future)
            if isinstance(error, PixelfesError) and not isinstance(error, WorkersDiedError):
                raise error
            if error is not None and level > 0:
                raise PixelfesError(f"what the workers learnt cannot be added up: {error}") from error
            if error is not None:
                errors[index] = error
            if level == 0:
                arrived(index)
            joint = tree.add(level, index, future if error is None else None)
            if joint is not None:
                joined = self.submit(join, joint.left, joint.right, priority=joint.level + 1)
                place[joined.key] = joint.level, joint.index
                pending.add(joined)
        return tree.root, errors

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
