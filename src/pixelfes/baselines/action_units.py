"""Action units of a face from its landmarks: what GANimation is conditioned on. No PyTorch here.

Seventeen units of the Facial Action Coding System, those that OpenFace measures, each as the movement that a facial action
makes on the 468 points of a generic head (ICT-FaceKit), both sides of the face at once. How strongly a face shows them is a
ridge regression on how its shape differs from a neutral one, and none is negative.

Convention: shapes are canonical (origin between the eyes, their distance as the unit).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array
from pixelfes.assets import asset_bytes
from pixelfes.face.alignment import HeadPose
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
"""The units, and the facial actions of ICT-FaceKit that each is made of."""

PENALTY = 0.1
"""Of the ridge: small beside the squared movement of mouth corners (3), as large as that of lids and inner brows."""

_ROUNDS = 1000
_STILL = 1e-10


def action_units(landmarks: npt.ArrayLike, neutral: Array | None = None, alpha: float = PENALTY) -> Array:
    """Return how strongly a face shows each of the 17 units, from 0 to 1.

    Minimises ``1/2 ||sum_k a_k D_k - (P - N)||^2 + alpha/2 ||a||^2`` over ``a >= 0``; what exceeds 1 is cut off.

    Parameters
    ----------
    landmarks : (468, 3), image pixels
        P, once position, size and turn of the head are taken away.
    neutral : (468, 3), canonical, optional
        N: what a neutral face looks like; by default the generic head. How somebody differs from it at rest is read as units
        too, so compare people with their own neutral face, or at least with a mean of faces found by the same detector.
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
    """Return the coefficients that are nowhere negative of a ridge regression.

    Minimises ``1/2 a' G a - p' a + alpha/2 ||a||^2`` over ``a >= 0``, one coordinate after the other (which converges, as
    the function is strictly convex).

    Parameters
    ----------
    gram : (K, K)
        G, the products of the directions with each other.
    products : (K,)
        p, their products with the target.
    alpha : float
        > 0
    """
    found = np.zeros(len(products))
    for _ in range(_ROUNDS):
        before = found.copy()
        for k in range(len(found)):
            rest = products[k] - gram[k] @ found + gram[k, k] * found[k]
            found[k] = max(0.0, rest / (gram[k, k] + alpha))
        if np.abs(found - before).max() < _STILL:
            break
    return found


@cache
def unit_movements() -> tuple[Array, Array]:
    """Return how the units move the points (17, 468, 3), and the neutral head (468, 3), read once from the package."""
    from safetensors.numpy import load

    arrays = load(asset_bytes("action_units_468.safetensors"))
    return arrays["movements"].astype(np.float64), arrays["neutral"].astype(np.float64)
