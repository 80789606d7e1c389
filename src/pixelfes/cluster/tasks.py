"""The tasks that workers run on a shard. All arguments and results can be sent, and no task changes its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self, TypeVar

import numpy as np

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.displacement import PairStates
from pixelfes.expression.fitting import with_template
from pixelfes.expression.pairs import Pair, PairLike, as_pairs
from pixelfes.expression.pairs_to_faces import Errors, FoundPairs, Skipped, find_pairs
from pixelfes.expression.registering import RegisteredTextures, RegistrationPlan, mouth_pictures, register
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.face.teeth_alignment import TeethTemplate
from pixelfes.face.topology import N_POINTS

ValueT = TypeVar("ValueT")

ANY_ERROR: Errors = (Exception,)
"""Errors that leave out a pair here: one bad pair among millions must not end the fit of all others."""

_MAX_DETECTORS = 4


@dataclass(frozen=True)
class ShardLandmarks:
    """What the client learns about the pairs of a shard: their landmarks, and the pairs left out.

    Attributes
    ----------
    inputs, targets : (N, 468, 3) float64, image pixels
    skipped : list of Skipped
    """

    inputs: Array
    targets: Array
    skipped: list[Skipped]

    @classmethod
    def empty(cls, skipped: list[Skipped] | None = None) -> Self:
        """Return the landmarks of a shard without usable pairs."""
        return cls(np.empty((0, N_POINTS, 3)), np.empty((0, N_POINTS, 3)), skipped or [])

    @classmethod
    def concatenated(cls, shards: Sequence[ShardLandmarks]) -> Self:
        """Concatenate the landmarks of shards, in their order."""
        inputs, targets = (np.concatenate([getattr(shard, name) for shard in shards]) for name in ("inputs", "targets"))
        return cls(inputs, targets, [skipped for shard in shards for skipped in shard.skipped])


@dataclass(frozen=True)
class PartialFit:
    """A regressor fitted to some shards, the number of their pairs, and the pairs left out.

    Attributes
    ----------
    regressor : PixelRegressor with ``partial_fit`` and ``merge``, or None
        None if the shards have no usable pairs.
    n_pairs : int
    skipped : list of Skipped
    """

    regressor: Any = None
    n_pairs: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def return_unchanged(value: ValueT) -> ValueT:
    """Return the argument. As a task, it gives every worker access to a value and lets Dask recreate it."""
    return value


def find_shard_faces(
    shard: Iterable[PairLike], number: int, provider: LandmarkProvider | None, token: str
) -> FoundPairs:
    """Find the faces of a shard with the detector that this process keeps for the token."""
    pairs: list[Pair] = []
    skipped: list[Skipped] = []
    for index, given in enumerate(shard):
        name = getattr(given, "name", "") or f"pair {index} of shard {number}"
        try:
            [pair] = as_pairs([given])
            pairs.append(Pair(**(vars(pair) | {"name": name})))
        except InputError as error:
            skipped.append(Skipped(name, str(error).replace("pair 0", "it")))
    found = find_pairs(pairs, _detector_for(provider, token), ANY_ERROR)
    return FoundPairs(found.faces, skipped + found.skipped)


def shard_landmarks(found: FoundPairs) -> ShardLandmarks:
    """Return the landmarks of a shard."""
    if not found.faces:
        return ShardLandmarks.empty(found.skipped)
    inputs, targets = (np.array([getattr(face, name) for face in found.faces]) for name in ("input", "target"))
    return ShardLandmarks(inputs, targets, found.skipped)


def shard_mouths(chosen: Sequence[int], plan: RegistrationPlan, found: FoundPairs) -> list[Floats]:
    """Return the mouths of the chosen pairs of a shard; see `mouth_pictures`."""
    return mouth_pictures([found.faces[n] for n in chosen], plan, ANY_ERROR)


def teeth_template(plan: RegistrationPlan, mouths: Sequence[Sequence[Floats]]) -> TeethTemplate | None:
    """Return the template of the mouths of all shards; None for fewer than two mouths."""
    return with_template(plan, [mouth for shard in mouths for mouth in shard]).template


def register_shard(found: FoundPairs, states: PairStates, plan: RegistrationPlan) -> RegisteredTextures:
    """Register the pairs of a shard."""
    return register(found.faces, states, plan, ANY_ERROR)


def fit_shard(textures: RegisteredTextures, regressor: Any, mirrored: bool) -> PartialFit:
    """Fit a copy of a regressor to a shard."""
    n_pairs = len(textures.X)
    fitted = deepcopy(regressor).partial_fit(*textures.samples(mirrored)) if n_pairs else None
    return PartialFit(fitted, n_pairs, textures.skipped)


def merge_partial_fits(left: PartialFit, right: PartialFit) -> PartialFit:
    """Return the fit to the shards of both."""
    n_pairs, skipped = left.n_pairs + right.n_pairs, left.skipped + right.skipped
    if left.regressor is None or right.regressor is None:
        return PartialFit(left.regressor or right.regressor, n_pairs, skipped)
    return PartialFit(deepcopy(left.regressor).merge(right.regressor), n_pairs, skipped)


def shard_errors(textures: RegisteredTextures, whole: PartialFit, mirrored: bool, alphas: Array) -> Array:
    """Return the leave-one-out error of a shard for each penalty, (A,); the whole includes the shard."""
    if whole.regressor is None or not len(textures.X):
        return np.zeros(len(alphas))
    return np.asarray(whole.regressor.leave_one_out_errors(*textures.samples(mirrored), alphas))


class _LockedProvider:
    """A landmark provider for all threads of a worker; detectors are not thread-safe."""

    def __init__(self, provider: LandmarkProvider) -> None:
        self._provider = provider
        self._lock = Lock()

    def detect(self, pixels: Pixels) -> list[Array]:
        with self._lock:
            return self._provider.detect(pixels)


_detectors: dict[str, LandmarkProvider] = {}
_detectors_lock = Lock()


def _detector_for(provider: LandmarkProvider | None, token: str) -> LandmarkProvider:
    """Return the detector that this process keeps for a token, and keep a new one if there is none.

    The new one wraps the given provider; None stands for a `FaceDetector`. At most four are kept; the oldest goes first.
    """
    with _detectors_lock:
        if token not in _detectors:
            if len(_detectors) >= _MAX_DETECTORS:
                _detectors.pop(next(iter(_detectors)))
            if provider is None:
                from pixelfes.face.detector.face_detector import FaceDetector

                provider = FaceDetector()
            _detectors[token] = _LockedProvider(provider)
        return _detectors[token]
