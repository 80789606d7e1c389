"""What a worker does with a shard; every argument and result can be sent, and nothing that came in is changed."""

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

T = TypeVar("T")

ANYTHING: Errors = (Exception,)
"""What leaves out a pair here: among millions, one that nobody thought of must not end the fit of all others."""

_MOST_DETECTORS = 4


@dataclass(frozen=True)
class Heads:
    """What the client is told of the pairs of a shard: landmarks (N, 468, 3), image pixels, and what was left out."""

    inputs: Array
    targets: Array
    skipped: list[Skipped]

    @classmethod
    def none(cls, skipped: list[Skipped] | None = None) -> Self:
        """Of no pairs but those that were left out."""
        return cls(np.empty((0, N_POINTS, 3)), np.empty((0, N_POINTS, 3)), skipped or [])

    @classmethod
    def joined(cls, parts: Sequence[Heads]) -> Self:
        """Put the pairs of many shards one after the other."""
        inputs, targets = (np.concatenate([getattr(part, name) for part in parts]) for name in ("inputs", "targets"))
        return cls(inputs, targets, [skipped for part in parts for skipped in part.skipped])


@dataclass(frozen=True)
class Part:
    """What was learnt from some shards: a regressor fitted to them, on how many pairs, and which were left out."""

    regressor: Any = None
    n_pairs: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def the_same(value: T) -> T:
    """Return what came in: as a task, a value that every worker can have, and that can be made again."""
    return value


def find_shard(shard: Iterable[PairLike], number: int, provider: LandmarkProvider | None, token: str) -> FoundPairs:
    """Find the faces of a shard with the detector that this process keeps under the token."""
    pairs: list[Pair] = []
    skipped: list[Skipped] = []
    for index, given in enumerate(shard):
        name = getattr(given, "name", "") or f"pair {index} of shard {number}"
        try:
            [pair] = as_pairs([given])
            pairs.append(Pair(**(vars(pair) | {"name": name})))
        except InputError as error:
            skipped.append(Skipped(name, str(error).replace("pair 0", "it")))
    found = find_pairs(pairs, _kept_detector(provider, token), ANYTHING)
    return FoundPairs(found.faces, skipped + found.skipped)


def heads_of(found: FoundPairs) -> Heads:
    """Return what the client is to know."""
    if not found.faces:
        return Heads.none(found.skipped)
    return Heads(np.array([f.input for f in found.faces]), np.array([f.target for f in found.faces]), found.skipped)


def mouths_of(chosen: Sequence[int], plan: RegistrationPlan, found: FoundPairs) -> list[Floats]:
    """Return the mouths of some pairs of a shard."""
    return mouth_pictures([found.faces[n] for n in chosen], plan, ANYTHING)


def template_of(plan: RegistrationPlan, mouths: Sequence[Sequence[Floats]]) -> TeethTemplate | None:
    """Return what the mouths of all shards have in common."""
    return with_template(plan, [mouth for shard in mouths for mouth in shard]).template


def register_shard(found: FoundPairs, states: PairStates, plan: RegistrationPlan) -> RegisteredTextures:
    """Return the textures of a shard."""
    return register(found.faces, states, plan, ANYTHING)


def learn_shard(textures: RegisteredTextures, regressor: Any, mirrored: bool) -> Part:
    """Return what a copy of a regressor learns from a shard."""
    n_pairs = len(textures.X)
    learnt = deepcopy(regressor).partial_fit(*textures.samples(mirrored)) if n_pairs else None
    return Part(learnt, n_pairs, textures.skipped)


def merged(left: Part, right: Part) -> Part:
    """Return what two parts have learnt together."""
    n_pairs, skipped = left.n_pairs + right.n_pairs, left.skipped + right.skipped
    if left.regressor is None or right.regressor is None:
        return Part(left.regressor or right.regressor, n_pairs, skipped)
    return Part(deepcopy(left.regressor).merge(right.regressor), n_pairs, skipped)


def shard_errors(textures: RegisteredTextures, whole: Part, mirrored: bool, alphas: Array) -> Array:
    """Return the leave-one-out errors (A,) of a shard that is part of a whole."""
    if whole.regressor is None or not len(textures.X):
        return np.zeros(len(alphas))
    return np.asarray(whole.regressor.leave_one_out_errors(*textures.samples(mirrored), alphas))


class _OneAtATime:
    """A provider for the threads of a worker: detectors are not made for several at a time."""

    def __init__(self, provider: LandmarkProvider) -> None:
        self._provider = provider
        self._lock = Lock()

    def detect(self, pixels: Pixels) -> list[Array]:
        with self._lock:
            return self._provider.detect(pixels)


_detectors: dict[str, LandmarkProvider] = {}
_detectors_lock = Lock()


def _kept_detector(provider: LandmarkProvider | None, token: str) -> LandmarkProvider:
    """Return this process's detector of that token: the first that came with it; a MediaPipe of its own for None."""
    with _detectors_lock:
        if token not in _detectors:
            if len(_detectors) >= _MOST_DETECTORS:
                _detectors.pop(next(iter(_detectors)))
            if provider is None:
                from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks

                provider = MediaPipeLandmarks()
            _detectors[token] = _OneAtATime(provider)
        return _detectors[token]
