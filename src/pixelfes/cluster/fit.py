"""Fit a model on the workers of a Dask cluster: the steps of `pixelfes.expression.fitting`, one shard at a time.

Photos and textures stay on the workers. The client receives the landmarks of all pairs, 22 kB each, and learns from them how
faces move. At the end it receives the merged statistics of the regressor and solves them. Dask can recompute everything that
a worker holds from the pairs, so the death of a worker costs only time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pixelfes.arrays import Array
from pixelfes.cluster.task_runner import Submission, TaskRunner
from pixelfes.cluster.tasks import (
    PartialFit,
    ShardLandmarks,
    find_shard_faces,
    fit_shard,
    merge_partial_fits,
    register_shard,
    return_unchanged,
    shard_errors,
    shard_landmarks,
    shard_mouths,
    teeth_template,
)
from pixelfes.errors import InputError
from pixelfes.expression.base import Progress, no_progress
from pixelfes.expression.displacement import PairStates
from pixelfes.expression.fitting import (
    check_any,
    configured,
    content,
    plan_registration,
    states_of,
    teeth_sample,
    wants_mirror_images,
)
from pixelfes.expression.pairs import Pair, PairLike, as_pairs
from pixelfes.expression.pairs_to_faces import Skipped
from pixelfes.expression.registering import RegistrationPlan
from pixelfes.expression.synthesis import Learned
from pixelfes.regress import REGRESSORS, PixelRegressor

if TYPE_CHECKING:
    from dask.distributed import Client, Future

    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.face.landmarks import LandmarkProvider


def fit_on_cluster(
    model: ExpressionModel,
    pairs: Iterable[PairLike] | Any,
    client: Client,
    *,
    shard_size: int = 32,
    info: ModelInfo | None = None,
    progress: Progress | None = None,
) -> ExpressionModel:
    """Fit a model on a Dask cluster as `ExpressionModel.fit` does; the weights are equal up to rounding.

    Parameters
    ----------
    model : ExpressionModel
        Its regressor needs additive statistics: the methods ``partial_fit`` and ``merge``. Its landmark provider is sent
        to the workers. Without one, each worker process creates a `FaceDetector` and keeps it.
    pairs : iterable of Pair or (input, target), or Dask bag of them, or list of delayed lists of them
        Workers must be able to read the paths. Open files cannot be sent.
    client : dask.distributed.Client
    shard_size : int
        Number of pairs that one task processes. Bags and delayed lists bring their own shards.
    info, progress
        See `ExpressionModel.fit`.

    Returns
    -------
    ExpressionModel
        The model itself, fitted. Its ``skipped_`` lists every pair that raised an error, of any kind. It also lists all
        pairs of a shard that cannot be computed, or that killed its workers.

    Raises
    ------
    InputError
        If no pair can be used, a parameter is wrong, or the statistics of the regressor are not additive.
    PixelfesError
        If the connection to the cluster is lost.
    """
    registration, size, regressor = model.fit_settings()
    _check_additive(regressor)
    if not isinstance(shard_size, int) or shard_size < 1:
        raise InputError(f"shard_size must be a whole number >= 1; found {shard_size!r}")
    shards = _shards_of(pairs, shard_size, client)
    fit = _ClusterFit(TaskRunner(client), progress or no_progress)
    landmarks = fit.find_faces(shards, model.landmarks)
    check_any(len(landmarks.inputs), landmarks.skipped)
    plan, states = plan_registration(registration, size, list(landmarks.inputs), list(landmarks.targets))
    plan = fit.align_teeth(plan, states, landmarks)
    fitted = fit.fit_regressor(plan, states, configured(regressor, plan))
    skipped = landmarks.skipped + fitted.skipped
    check_any(fitted.n_pairs, skipped)
    learned = Learned(plan.registration, plan.displacement, fitted.regressor)
    return model.take_fit(learned, fitted.n_pairs, skipped, info)


def shard_size_for(n_pairs: int, n_threads: int) -> int:
    """Return a shard size: about four shards per thread, and at most 32 pairs per shard.

    Examples
    --------
    >>> shard_size_for(80, 2), shard_size_for(10, 16), shard_size_for(100_000, 16)
    (10, 1, 32)
    """
    return max(1, min(32, n_pairs // (4 * n_threads)))


def _check_additive(regressor: PixelRegressor) -> None:
    """Raise `InputError` if the statistics of a regressor are not additive, before the long work begins."""
    if not _has_additive_methods(type(regressor)):
        raise _not_additive(type(regressor).__name__)
    parameters = regressor.get_params()
    numbers = {name: value for name, value in {"alpha": 1.0, "bias_penalty": None}.items() if name in parameters}
    trial: Any = deepcopy(regressor).set_params(**numbers)
    X, T = np.full((2, 2, 8, 8, 3), 0.5, np.float32)
    try:
        trial.partial_fit(X, T)
    except InputError as error:
        raise _not_additive(f"{regressor!r}: {error}") from error
    if parameters.get("alpha") != "auto":
        return
    try:
        trial.leave_one_out_errors(X[:1], T[:1], None, [1.0])  # one of the two fitted pairs
    except (AttributeError, InputError) as error:
        message = f"a cluster cannot choose alpha for {regressor!r}: give it a number, or fit on one machine"
        raise InputError(message) from error


def _not_additive(found: str) -> InputError:
    known = ", ".join(sorted(kind.__name__ for kind in REGRESSORS.values() if _has_additive_methods(kind)))
    return InputError(f"a cluster fits only regressors with additive statistics ({known}); found {found}")


def _has_additive_methods(kind: type[PixelRegressor]) -> bool:
    return all(hasattr(kind, name) for name in ("partial_fit", "merge"))


@dataclass(frozen=True)
class _Shard:
    """Pairs, or the future of a list of pairs, with the names to report if the shard is lost."""

    pairs: list[Pair] | Future
    names: list[str]


def _shards_of(pairs: Any, shard_size: int, client: Client) -> list[_Shard]:
    given = pairs.to_delayed() if hasattr(pairs, "to_delayed") else pairs
    given = list(given) if isinstance(given, Iterable) else given
    if _are_delayed(given):
        return [_Shard(future, [f"shard {number}"]) for number, future in enumerate(client.compute(given))]
    sendable = [_sendable(pair) for pair in as_pairs(given)]
    shards = [sendable[start : start + shard_size] for start in range(0, len(sendable), shard_size)]
    return [_Shard(shard, [pair.name for pair in shard]) for shard in shards]


def _are_delayed(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(hasattr(shard, "__dask_graph__") for shard in given)


def _sendable(pair: Pair) -> Pair:
    """Return the pair with absolute paths, since workers may run in other folders."""
    photos: dict[str, Any] = {}
    for role in ("input", "target"):
        photo = getattr(pair, role)
        if hasattr(photo, "read"):
            raise InputError(
                f"the {role} of {pair.name} is an open file, which cannot be sent to workers: give its path"
            )
        photos[role] = Path(photo).absolute() if isinstance(photo, str | Path) else photo
    return replace(pair, **photos)


@dataclass
class _FoundShard:
    """A shard with usable pairs.

    Attributes
    ----------
    future : Future
        Its `FoundPairs`, on a worker.
    range : slice
        Position of its usable pairs among those of all shards.
    find_again : Submission
        Finds its faces once more.
    """

    future: Future
    range: slice
    find_again: Submission

    @property
    def n_pairs(self) -> int:
        """Number of usable pairs."""
        return int(self.range.stop - self.range.start)

    def submission(self, submit: Callable[[Future], Future]) -> Submission:
        """Return a submission of a task on the found pairs; if it is repeated, the faces are found once more first."""
        calls = count()

        def submit_task() -> Future:
            if next(calls) > 0:
                self.future = self.find_again()
            return submit(self.future)

        return submit_task


class _ClusterFit:
    """A fit in progress, with the shards that have usable pairs."""

    def __init__(self, runner: TaskRunner, progress: Progress) -> None:
        self._runner = runner
        self._progress = progress
        self._found: list[_FoundShard] = []

    def find_faces(self, shards: list[_Shard], provider: LandmarkProvider | None) -> ShardLandmarks:
        """Find the faces of all shards; return the landmarks of all pairs, in the order of the pairs."""
        submit, token = self._runner.submit, self._runner.token(provider)
        finds = [
            partial(submit, find_shard_faces, shard.pairs, number, provider, token)
            for number, shard in enumerate(shards)
        ]
        found: dict[int, Future] = {}

        def submit_landmarks(number: int) -> Future:
            found[number] = finds[number]()
            return submit(shard_landmarks, found[number])

        landmarks = self._collect(shards, [partial(submit_landmarks, number) for number in range(len(shards))])
        start = 0
        for number, shard in enumerate(landmarks):
            if size := len(shard.inputs):
                self._found.append(_FoundShard(found[number], slice(start, start + size), finds[number]))
                start += size
        return ShardLandmarks.concatenated(landmarks or [ShardLandmarks.empty()])

    def _collect(self, shards: list[_Shard], submissions: list[Submission]) -> list[ShardLandmarks]:
        """Return the landmarks of every shard; a shard whose task fails has none."""
        landmarks = [ShardLandmarks.empty() for _ in shards]
        done, total = 0, sum(len(shard.names) for shard in shards)
        for number, future, error in self._runner.completed(submissions):
            names = shards[number].names
            skipped = [Skipped.after(name, error) for name in names] if error else []
            landmarks[number] = ShardLandmarks.empty(skipped) if error else future.result()
            done += len(names)
            self._progress("landmarks", done, total)
        return landmarks

    def align_teeth(self, plan: RegistrationPlan, states: PairStates, landmarks: ShardLandmarks) -> RegistrationPlan:
        """Return the plan with a template of the teeth, made on a worker from a sample of the mouths of all shards."""
        sample = sorted(teeth_sample(plan, states, list(map(content, landmarks.inputs, landmarks.targets))))
        if not sample:
            return plan
        self._progress("teeth", 0, 1)
        submit, sent_plan = self._runner.submit, self._send(plan)
        submissions = []
        for shard in self._found:
            if chosen := [n - shard.range.start for n in sample if shard.range.start <= n < shard.range.stop]:
                submissions.append(shard.submission(partial(submit, shard_mouths, chosen, sent_plan)))
        mouths = [future for _, future, error in self._runner.completed(submissions) if not error]
        template = self._runner.result(submit(teeth_template, sent_plan, mouths))
        self._progress("teeth", 1, 1)
        return replace(plan, template=template)

    def fit_regressor(self, plan: RegistrationPlan, states: PairStates, regressor: PixelRegressor) -> PartialFit:
        """Register all shards, fit the regressor to each, and merge the fits; then choose alpha if it is "auto"."""
        is_auto = regressor.get_params().get("alpha") == "auto"
        mirrored = wants_mirror_images(regressor, plan)
        submit, sent_plan = self._runner.submit, self._send(plan)
        unfitted = submit(return_unchanged, deepcopy(regressor).set_params(alpha=1.0) if is_auto else regressor)
        textures: dict[int, Future] = {}

        def submit_fit(number: int, found: Future) -> Future:
            registered = submit(register_shard, found, states_of(states, self._found[number].range), sent_plan)
            if is_auto:
                textures[number] = registered  # for the choice of alpha
            return submit(fit_shard, registered, unfitted, mirrored, priority=1)

        total, lost = self._merge([shard.submission(partial(submit_fit, n)) for n, shard in enumerate(self._found)])
        whole = deepcopy(self._runner.result(total)) if total else PartialFit()
        if is_auto and total and whole.regressor is not None:
            kept = [textures[number] for number in sorted(textures) if number not in lost]
            whole.regressor.set_params(alpha="auto")
            whole.regressor.choose_alpha(partial(self._leave_one_out_errors, kept, total, mirrored))
        return replace(whole, skipped=whole.skipped + [lost[number] for number in sorted(lost)])

    def _merge(self, submissions: list[Submission]) -> tuple[Future | None, dict[int, Skipped]]:
        """Merge the partial fits that tasks return; leave out a shard whose workers died."""
        sizes = [shard.n_pairs for shard in self._found]
        done = 0

        def arrived(number: int) -> None:
            nonlocal done
            done += sizes[number]
            self._progress("registration", done, sum(sizes))

        total, errors = self._runner.sum_pairwise(submissions, merge_partial_fits, arrived)
        return total, {n: Skipped.after(f"{sizes[n]} pairs of a shard", error) for n, error in errors.items()}

    def _leave_one_out_errors(self, textures: list[Future], whole: Future, mirrored: bool, alphas: Array) -> Array:
        """Return the leave-one-out error of all pairs for each penalty, (A,), summed in the order of the shards."""
        errors: dict[int, Array] = {}
        submissions = [partial(self._runner.submit, shard_errors, shard, whole, mirrored, alphas) for shard in textures]
        for number, future, _ in self._runner.completed(submissions):
            errors[number] = self._runner.result(future)
        total: Array = np.sum([errors[number] for number in range(len(textures))], axis=0)
        return total

    def _send(self, plan: RegistrationPlan) -> Future:
        """Send the plan to workers, without the maps that its registration has cached in this process."""
        return self._runner.submit(return_unchanged, replace(plan, registration=replace(plan.registration)))
