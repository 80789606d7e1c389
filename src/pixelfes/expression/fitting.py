"""Fit a model: from pairs of photos to registration, displacement and regressor.

Each step is a pure function that can run on a shard of the pairs:

1. `find_pairs`: find the faces of a shard;
2. `plan_registration`: learn how faces move, from the landmarks of all pairs;
3. `teeth_sample`, `mouth_pictures`, `with_template`: learn what open mouths have in common, from a sample of all pairs;
4. `register`: make the textures of a shard;
5. fit the regressor on the textures: here with ``fit``; `pixelfes.cluster` adds the sums of shards instead.

The number and order of shards change the result only by rounding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats
from pixelfes.errors import InputError
from pixelfes.expression.base import Progress
from pixelfes.expression.displacement import Displacement, PairStates
from pixelfes.expression.pairs import Pair
from pixelfes.expression.pairs_to_faces import FacePair, Skipped, find_pairs
from pixelfes.expression.registering import RegisteredTextures, RegistrationPlan, mouth_pictures, register
from pixelfes.expression.synthesis import Learned
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.teeth_alignment import TeethTemplate
from pixelfes.regress import PixelRegressor

__all__ = ["Skipped", "fit_parts"]

SKIN_BIAS_PENALTY = 1e12
"""Factor on the bias penalty outside the mouth: an expression shades skin, which multiplies; it adds no light."""

MOST_MOUTHS = 200
"""Open mouths that the template of the teeth is made from, at most."""
_MOST_VALUES = 2**25
"""Pixels of all mouths of that sample, at most."""


def fit_parts(
    pairs: list[Pair],
    registration: Literal["mesh", "grid"],
    size: int,
    regressor: PixelRegressor,
    provider: LandmarkProvider,
    progress: Progress,
) -> tuple[Learned, int, list[Skipped]]:
    """Find the faces, learn how they move, register them and fit a copy of the regressor, all pairs in one shard.

    Returns
    -------
    learned : Learned
    n_pairs : int
        Count of the pairs used.
    skipped : list of Skipped
    """
    found = find_pairs(pairs, provider, tick=lambda done: progress("landmarks", done, len(pairs)))
    faces = found.faces
    check_any(len(faces), found.skipped)
    plan, textures = register_faces(faces, registration, size, progress)
    skipped = found.skipped + textures.skipped
    check_any(len(textures.X), skipped)
    return fit_regressor(regressor, plan, textures), len(textures.X), skipped


def register_faces(
    faces: Sequence[FacePair], registration: Literal["mesh", "grid"], size: int, progress: Progress
) -> tuple[RegistrationPlan, RegisteredTextures]:
    """Learn how faces move, and register them for any regressor."""
    plan, states = plan_registration(registration, size, [f.input for f in faces], [f.target for f in faces])
    sample = teeth_sample(plan, states, [content(face.input, face.target) for face in faces])
    if sample:
        progress("teeth", 0, 1)
        plan = with_template(plan, mouth_pictures([faces[n] for n in sample], plan))
        progress("teeth", 1, 1)
    return plan, register(faces, states, plan, tick=lambda done: progress("registration", done, len(faces)))


def fit_regressor(regressor: PixelRegressor, plan: RegistrationPlan, textures: RegisteredTextures) -> Learned:
    """Fit a copy of the regressor on registered faces."""
    regressor = configured(regressor, plan)
    regressor.fit(*textures.samples(mirrored=wants_mirror_images(regressor, plan)))
    return Learned(plan.registration, plan.displacement, regressor)


def check_any(n_pairs: int, skipped: Sequence[Skipped]) -> None:
    """Raise `InputError` if no pair is left; give the reason of the first one left out."""
    if n_pairs == 0:
        if not skipped:
            raise InputError("there are no pairs to learn from, or all have weight 0")
        raise InputError(f"none of {len(skipped)} pairs can be used; the first one: {skipped[0].reason}")


def content(before: Array, after: Array) -> bytes:
    """Return a hash of the landmarks of a pair: a pseudo-random key that depends on neither name nor order."""
    return hashlib.sha256(before.tobytes() + after.tobytes()).digest()


def plan_registration(
    registration: Literal["mesh", "grid"], size: int, inputs: Sequence[Array], targets: Sequence[Array]
) -> tuple[RegistrationPlan, PairStates]:
    """Learn how faces move, and return the plan of the registration, still without a template of the teeth.

    Parameters
    ----------
    registration : {"mesh", "grid"}
    size : int
        Side of the model grid.
    inputs, targets : lists of N (468, 3), image pixels
        The landmarks of all pairs. Their order does not change the result by a single bit.

    Returns
    -------
    plan : RegistrationPlan
    states : PairStates
        Strength and openness of every target, in the order of the pairs.
    """
    if registration == "grid":
        return RegistrationPlan(GridRegistration(size)), PairStates(np.ones(len(inputs)), np.zeros(len(inputs)))
    keys = [content(before, after) for before, after in zip(inputs, targets, strict=True)]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    displacement, ordered = Displacement.fit([inputs[n] for n in order], [targets[n] for n in order])
    places = np.argsort(order)
    mesh = MeshRegistration(displacement.reference + displacement.full, size)
    return RegistrationPlan(mesh, displacement), states_of(ordered, places)


def states_of(states: PairStates, chosen: npt.NDArray[np.int64] | slice) -> PairStates:
    """Return the states of some of the pairs."""
    return PairStates(states.strength[chosen], states.openness[chosen])


def teeth_sample(plan: RegistrationPlan, states: PairStates, keys: Sequence[bytes]) -> list[int]:
    """Choose the pairs whose open mouths make the template: all, or `MOST_MOUTHS`, independent of their order.

    Parameters
    ----------
    plan, states
        From `plan_registration`.
    keys : list of N bytes
        The `content` of every pair.

    Returns
    -------
    list of int
        Empty if fewer than two mouths open: nothing to align.
    """
    is_open = np.flatnonzero(plan.is_open(states))
    if len(is_open) < 2 or not isinstance(plan.registration, MeshRegistration):
        return []
    most = min(MOST_MOUTHS, max(2, _MOST_VALUES // plan.registration.fine_mouth[2].size))
    return sorted((int(n) for n in is_open), key=lambda n: keys[n])[:most]


def with_template(plan: RegistrationPlan, mouths: Sequence[Floats]) -> RegistrationPlan:
    """Return the plan with a template made from these mouths, if there are at least two."""
    return replace(plan, template=TeethTemplate.of(np.array(mouths))) if len(mouths) > 1 else plan


def configured(regressor: PixelRegressor, plan: RegistrationPlan) -> PixelRegressor:
    """Return a copy of a regressor, with a penalty on the bias of skin if it can have one and has none."""
    regressor = deepcopy(regressor)
    parameters = regressor.get_params()
    if isinstance(plan.registration, MeshRegistration) and parameters.get("bias_penalty", 0) is None:
        skin = 1 - np.clip(1.5 * plan.registration.mouth_mask, 0, 1).astype(np.float64)
        regressor.set_params(bias_penalty=SKIN_BIAS_PENALTY**skin)
    return regressor


def wants_mirror_images(regressor: PixelRegressor, plan: RegistrationPlan) -> bool:
    """Return whether mirror images become three more channels: faces are symmetric on average."""
    return isinstance(plan.registration, MeshRegistration) and regressor.get_params().get("channels") == "shared"
