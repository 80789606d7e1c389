"""A fit on the workers of a Dask cluster, step by step as in `pixelfes.expression.fitting`, shard by shard.

No photo and no texture comes to the client: it sees the landmarks of all pairs (22 kB each), from which it learns how faces
move, and at the end the merged statistics of the regressor, which it solves. Whatever a worker holds can be made again from
the pairs, so a worker that dies costs time only.
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
from pixelfes.cluster.futures import Call, Futures
from pixelfes.cluster.tasks import (
    Heads,
    Part,
    find_shard,
    heads_of,
    learn_shard,
    merged,
    mouths_of,
    register_shard,
    shard_errors,
    template_of,
    the_same,
)
from pixelfes.errors import InputError
from pixelfes.expression.base import Progress
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
    """Do what `ExpressionModel.fit` does on the workers of a Dask cluster; the weights are the same up to rounding.

    Parameters
    ----------
    model : ExpressionModel
        Its regressor's statistics must add: it has ``partial_fit`` and ``merge``. Its landmark provider is sent to the
        workers; without one each worker process makes a `MediaPipeLandmarks` and keeps it.
    pairs : iterable of Pair or (input, target); or a Dask bag of them; or a list of delayed lists of them
        Paths must lead to the photos on the workers too. Open files cannot be sent.
    client : dask.distributed.Client
    shard_size : int
        Pairs that go to a worker at a time; bags and delayed lists have shards of their own.
    info, progress
        As in `ExpressionModel.fit`.

    Returns
    -------
    ExpressionModel
        The model itself, fitted. Pairs that cannot be used are in ``skipped_``: whatever error comes up with one of them,
        and the whole of a shard that cannot be made, or whose workers died of it.

    Raises
    ------
    InputError
        Where no pair can be used, a parameter is wrong, or the regressor's statistics do not add.
    PixelfesError
        Where the cluster is lost.
    """
    registration, size, regressor = model.fit_settings()
    _check_additive(regressor)
    if not isinstance(shard_size, int) or shard_size < 1:
        raise InputError(f"shard_size must be a whole number >= 1; found {shard_size!r}")
    shards = _shards_of(pairs, shard_size, client)
    work = _Work(Futures(client), progress or (lambda stage, done, total: None))
    heads = work.find(shards, model.landmarks)
    check_any(len(heads.inputs), heads.skipped)
    plan, states = plan_registration(registration, size, list(heads.inputs), list(heads.targets))
    plan = work.align_teeth(plan, states, heads)
    part = work.learn(plan, states, configured(regressor, plan))
    skipped = heads.skipped + part.skipped
    check_any(part.n_pairs, skipped)
    learned = Learned(plan.registration, plan.displacement, part.regressor)
    return model.take_fit(learned, part.n_pairs, skipped, info)


def shard_size_for(n_pairs: int, n_threads: int) -> int:
    """Return a size of shards that gives every thread about four of them, and no shard more than 32 pairs.

    Examples
    --------
    >>> shard_size_for(80, 2), shard_size_for(10, 16), shard_size_for(100_000, 16)
    (10, 1, 32)
    """
    return max(1, min(32, n_pairs // (4 * n_threads)))


def _check_additive(regressor: PixelRegressor) -> None:
    """Raise `InputError` where the statistics of a regressor do not add, before the long work."""

    def adds(kind: type[PixelRegressor]) -> bool:
        return all(hasattr(kind, name) for name in ("partial_fit", "merge"))

    kind = type(regressor)
    known = ", ".join(sorted(kind.__name__ for kind in REGRESSORS.values() if adds(kind)))
    asked = f"a cluster fits regressors whose statistics add ({known})"
    if not adds(kind):
        raise InputError(f"{asked}; found {kind.__name__}")
    parameters = regressor.get_params()
    free = {name: value for name, value in {"alpha": 1.0, "bias_penalty": None}.items() if name in parameters}
    trial: Any = deepcopy(regressor).set_params(**free)
    X, T = np.full((2, 2, 8, 8, 3), 0.5, np.float32)
    try:
        trial.partial_fit(X, T)
    except InputError as error:
        raise InputError(f"{asked}; found {regressor!r}: {error}") from error
    if parameters.get("alpha") == "auto":
        try:
            trial.leave_one_out_errors(X[:1], T[:1], None, [1.0])  # of one of two pairs
        except (AttributeError, InputError) as error:
            raise InputError(
                f"a cluster cannot choose alpha for {regressor!r}: give it a number, or fit on one machine"
            ) from error


@dataclass(frozen=True)
class _Shard:
    """Pairs, or the future of them, with what to call them where they are lost."""

    pairs: list[Pair] | Future
    names: list[str]


def _shards_of(pairs: Any, shard_size: int, client: Client) -> list[_Shard]:
    given = pairs.to_delayed() if hasattr(pairs, "to_delayed") else pairs
    given = list(given) if isinstance(given, Iterable) else given
    if isinstance(given, list) and given and all(hasattr(shard, "__dask_graph__") for shard in given):
        return [_Shard(future, [f"shard {number}"]) for number, future in enumerate(client.compute(given))]
    named = [_sendable(pair) for pair in as_pairs(given)]
    parts = [named[start : start + shard_size] for start in range(0, len(named), shard_size)]
    return [_Shard(part, [pair.name for pair in part]) for part in parts]


def _sendable(pair: Pair) -> Pair:
    """Return the pair with absolute paths: workers may stand in other folders."""
    photos: dict[str, Any] = {}
    for role in ("input", "target"):
        photo = getattr(pair, role)
        if hasattr(photo, "read"):
            raise InputError(f"the {role} of {pair.name} is an open file, which workers cannot be sent: give its path")
        photos[role] = Path(photo).absolute() if isinstance(photo, str | Path) else photo
    return replace(pair, **photos)


@dataclass
class _Found:
    """What was found in a shard that has pairs to use: where they stand among all, and how to find them again."""

    future: Future
    range: slice
    again: Call

    def call(self, submit: Callable[[Future], Future]) -> Call:
        """Return a call that submits something on what was found; made once more, it has that found anew."""
        calls = count()

        def call() -> Future:
            if next(calls) > 0:
                self.future = self.again()
            return submit(self.future)

        return call


class _Work:
    """A fit under way, with the shards that are left in it."""

    def __init__(self, futures: Futures, progress: Progress) -> None:
        self._futures = futures
        self._progress = progress
        self._found: list[_Found] = []

    def find(self, shards: list[_Shard], provider: LandmarkProvider | None) -> Heads:
        """Find the faces of all shards; bring the landmarks of all pairs here, in the order of the pairs."""
        token = self._futures.token(provider)
        found: dict[int, Future] = {}

        def find(number: int) -> Future:
            return self._futures.submit(find_shard, shards[number].pairs, number, provider, token)

        def call(number: int) -> Future:
            found[number] = find(number)
            return self._futures.submit(heads_of, found[number])

        heads = [Heads.none() for _ in shards]
        counts = [len(shard.names) for shard in shards]
        done = 0
        for number, future, error in self._futures.completed([partial(call, number) for number in range(len(shards))]):
            names = shards[number].names
            heads[number] = Heads.none([Skipped.after(name, error) for name in names]) if error else future.result()
            done += counts[number]
            self._progress("landmarks", done, sum(counts))
        start = 0
        for number, part in enumerate(heads):
            if size := len(part.inputs):
                self._found.append(_Found(found[number], slice(start, start + size), partial(find, number)))
                start += size
        return Heads.joined(heads or [Heads.none()])

    def align_teeth(self, plan: RegistrationPlan, states: PairStates, heads: Heads) -> RegistrationPlan:
        """Make the template of the teeth on a worker, of the mouths of a sample from all shards."""
        sample = sorted(teeth_sample(plan, states, list(map(content, heads.inputs, heads.targets))))
        if not sample:
            return plan
        self._progress("teeth", 0, 1)
        submit, sent = self._futures.submit, self._send(plan)
        calls = []
        for shard in self._found:
            if chosen := [n - shard.range.start for n in sample if shard.range.start <= n < shard.range.stop]:
                calls.append(shard.call(partial(submit, mouths_of, chosen, sent)))
        usable = [future for _, future, error in self._futures.completed(calls) if not error]
        template = self._futures.result(submit(template_of, sent, usable))
        self._progress("teeth", 1, 1)
        return replace(plan, template=template)

    def learn(self, plan: RegistrationPlan, states: PairStates, regressor: PixelRegressor) -> Part:
        """Register all shards and add up what the regressor learns from them; then choose alpha, if it is to be chosen."""
        automatic = regressor.get_params().get("alpha") == "auto"
        mirrored = wants_mirror_images(regressor, plan)
        submit, sent = self._futures.submit, self._send(plan)
        blank = submit(the_same, deepcopy(regressor).set_params(alpha=1.0) if automatic else regressor)
        textures: dict[int, Future] = {}

        def learn(number: int, found: Future) -> Future:
            shard = submit(register_shard, found, states_of(states, self._found[number].range), sent)
            if automatic:
                textures[number] = shard  # for another pass
            return submit(learn_shard, shard, blank, mirrored, priority=1)

        root, lost = self._merged([shard.call(partial(learn, number)) for number, shard in enumerate(self._found)])
        whole = deepcopy(self._futures.result(root)) if root else Part()
        if automatic and root and whole.regressor is not None:
            kept = [textures[number] for number in sorted(textures) if number not in lost]
            whole.regressor.set_params(alpha="auto")
            whole.regressor.choose_alpha(partial(self._errors, kept, root, mirrored))
        return replace(whole, skipped=whole.skipped + [lost[number] for number in sorted(lost)])

    def _merged(self, calls: list[Call]) -> tuple[Future | None, dict[int, Skipped]]:
        """Add up the parts that the calls submit; a shard whose workers died is left out."""
        sizes = [shard.range.stop - shard.range.start for shard in self._found]
        done = 0

        def arrived(number: int) -> None:
            nonlocal done
            done += sizes[number]
            self._progress("registration", done, sum(sizes))

        root, errors = self._futures.reduced(calls, merged, arrived)
        return root, {n: Skipped.after(f"{sizes[n]} pairs of a shard", error) for n, error in errors.items()}

    def _errors(self, textures: list[Future], root: Future, mirrored: bool, alphas: Array) -> Array:
        """Return the leave-one-out error of all pairs for every penalty (A,), added up over the shards in their order."""
        errors: dict[int, Array] = {}
        calls = [partial(self._futures.submit, shard_errors, shard, root, mirrored, alphas) for shard in textures]
        for number, future, _ in self._futures.completed(calls):
            errors[number] = self._futures.result(future)
        total: Array = np.sum([errors[number] for number in range(len(textures))], axis=0)
        return total

    def _send(self, plan: RegistrationPlan) -> Future:
        """Give workers the plan, without what its registration has drawn here so far."""
        return self._futures.submit(the_same, replace(plan, registration=replace(plan.registration)))
