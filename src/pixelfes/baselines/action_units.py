"""Measure the action units of a face from its landmarks: the condition of GANimation. Needs no PyTorch.

The units are the 17 of the Facial Action Coding System that OpenFace measures. Each is the displacement of the 468 points
under a facial action on both sides of the face (`pixelfes.expression.actions`). Their strengths come from a non-negative
ridge regression on the difference between a face and a neutral one.

Convention: shapes are canonical. The origin lies between the eyes, and the distance between the eyes is 1.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.expression.actions.action_set import shipped_actions
from pixelfes.face.alignment import HeadPose, mean_face, symmetric
from pixelfes.face.landmarks import check_landmarks

ACTION_UNITS = {
    "AU1 inner brow raiser": ("browInnerUp_L", "browInnerUp_R"),
    "AU2 outer brow raiser": ("browOuterUp_L", "browOuterUp_R"),
    "AU4 brow lowerer": ("browDown_L", "browDown_R"),
    "AU5 upper lid raiser": ("eyeWide_L", "eyeWide_R"),
    "AU6 cheek raiser": ("cheekRaiser_L", "cheekRaiser_R"),
    "AU7 lid tightener": ("eyeSquint_L", "eyeSquint_R"),
    "AU9 nose wrinkler": ("noseSneer_L", "noseSneer_R"),
    "AU10 upper lip raiser": ("mouthUpperUp_L", "mouthUpperUp_R"),
    "AU12 lip corner puller": ("mouthSmile_L", "mouthSmile_R"),
    "AU14 dimpler": ("mouthDimple_L", "mouthDimple_R"),
    "AU15 lip corner depressor": ("mouthFrown_L", "mouthFrown_R"),
    "AU17 chin raiser": ("mouthShrugLower",),
    "AU20 lip stretcher": ("mouthStretch_L", "mouthStretch_R"),
    "AU23 lip tightener": ("mouthPress_L", "mouthPress_R"),
    "AU25 lips part": ("mouthLowerDown_L", "mouthLowerDown_R"),
    "AU26 jaw drop": ("jawOpen",),
    "AU45 blink": ("eyeBlink_L", "eyeBlink_R"),
}
"""The units, each with the facial actions of ICT-FaceKit that it consists of."""

UNIT_PENALTY = 0.1
"""Penalty of the ridge regression.

It is small against the squared movement of the mouth corners (3), and as large as that of the lids and the inner brows.
"""

_MAX_ROUNDS = 1000
_TOLERANCE = 1e-10


def action_units(landmarks: npt.ArrayLike, neutral: Array | None = None, alpha: float = UNIT_PENALTY) -> Array:
    """Return the strength of each of the 17 units in a face, from 0 to 1.

    Minimises ``1/2 ||sum_k a_k D_k - (P - N)||^2 + alpha/2 ||a||^2`` over ``a >= 0``, then clips a to 1. D_k is the
    movement of unit k; P is the face in canonical coordinates, and N the neutral face.

    Parameters
    ----------
    landmarks : (468, 3), image pixels
        The face. Position, size and rotation of the head are removed to give P.
    neutral : (468, 3), canonical, optional
        N; by default the mean face. Features of a face at rest that differ from N count as units too. Compare a person
        with their own neutral face, or at least with the mean of faces from the same detector.
    alpha : float
        Penalty, > 0.

    Returns
    -------
    (17,) float64, in the order of `ACTION_UNITS`
    """
    movements, generic = unit_movements()
    reference = generic if neutral is None else neutral
    points = check_landmarks(landmarks)
    difference = HeadPose.of(points, reference).to_canonical(points) - reference
    directions = movements.reshape(len(movements), -1)
    found = nonnegative_ridge(directions @ directions.T, directions @ difference.ravel(), alpha)
    return np.minimum(found, 1.0)


def nonnegative_ridge(gram: Array, products: Array, alpha: float) -> Array:
    """Return the coefficients of a non-negative ridge regression.

    Minimises ``1/2 a' G a - p' a + alpha/2 ||a||^2`` over ``a >= 0`` by coordinate descent. It converges because the
    function is strictly convex.

    Parameters
    ----------
    gram : (K, K) float64
        G, the inner products of the directions with each other.
    products : (K,) float64
        p, the inner products of the directions with the target.
    alpha : float
        Penalty, > 0.

    Returns
    -------
    (K,) float64, >= 0

    Examples
    --------
    >>> nonnegative_ridge(np.array([[4.0]]), np.array([10.0]), 1.0)
    array([2.])
    """
    found = np.zeros(len(products))
    for _ in range(_MAX_ROUNDS):
        before = found.copy()
        for k in range(len(found)):
            rest = products[k] - gram[k] @ found + gram[k, k] * found[k]
            found[k] = max(0.0, rest / (gram[k, k] + alpha))
        if np.abs(found - before).max() < _TOLERANCE:
            break
    return found


@cache
def unit_movements() -> tuple[Array, Array]:
    """Return the movements of the units (17, 468, 3) and the mean neutral face (468, 3), canonical."""
    actions = shipped_actions()
    moved = [actions.displacement[[actions.index[name] for name in names]].sum(0) for names in ACTION_UNITS.values()]
    return np.array([symmetric(movement) for movement in moved]), mean_face()
