"""Distances between a picture and the real photo of the same person, pixel by pixel.

Convention: both are first warped onto one *model grid* (`MeshRegistration.texture`, each by its own landmarks), so that lips
meet lips; what counts is the face mask alone. Levels run from 0 to 255.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Booleans, Pixels
from pixelfes.errors import InputError
from pixelfes.extras import extra_module
from pixelfes.face.alignment import mean_shape
from pixelfes.face.mesh import MeshRegistration

FRAME = 192
"""Side of the grid that pictures are compared on."""

_IN_FACE = 0.5
_SIGMA = 1.5  # of the window of SSIM, as in its paper


@dataclass(frozen=True)
class PixelScores:
    """Distances between a picture and the real photo.

    Attributes
    ----------
    mse : float
        Mean squared error over face and channels, levels², >= 0.
    psnr : float
        Peak signal-to-noise ratio, dB; infinite for equal pictures.
    ssim : float
        Structural similarity, mean of its map over the face, -1 to 1.
    """

    mse: float
    psnr: float
    ssim: float


def comparison_frame(landmarks: Sequence[Array], size: int = FRAME) -> MeshRegistration:
    """Return the common frame: the mesh of the mean of these faces.

    Parameters
    ----------
    landmarks : list of (468, 3), image pixels
        Usually those of the real expressive photos: there the mouth is open, and the frame has room for it.
    size : int
        Side of the grid, pixels.
    """
    if not landmarks:
        raise InputError("a frame to compare pictures in needs the landmarks of at least one face")
    return MeshRegistration(mean_shape(list(landmarks)), size)


def face_mask(frame: MeshRegistration) -> Booleans:
    """Return which grid pixels (S, S) count as face: not the eyes, not the rim of the oval."""
    return np.asarray(frame.face_mask > _IN_FACE)


def compare(
    frame: MeshRegistration, pixels: Pixels, landmarks: Array, truth: Pixels, truth_landmarks: Array
) -> PixelScores:
    """Compare a picture with the real photo.

    Parameters
    ----------
    frame : MeshRegistration
        See `comparison_frame`.
    pixels, truth : (H, W, 3) uint8
        The picture to be judged, and the real photo; sizes may differ.
    landmarks, truth_landmarks : (468, 3), image pixels
        Of the face in each.

    Raises
    ------
    MissingDependencyError
        If scikit-image (extra ``judge``) is not installed.
    """
    made, real = (255.0 * frame.texture(p, x) for p, x in ((pixels, landmarks), (truth, truth_landmarks)))
    return compare_textures(made, real, face_mask(frame))


def compare_textures(made: npt.NDArray[Any], real: npt.NDArray[Any], mask: Booleans) -> PixelScores:
    """Compare two registered textures where the mask says so.

    ``mse = mean((made - real)²)``, ``psnr = 10 log10(255² / mse)``; SSIM with a Gaussian window of sigma 1.5, per channel.

    Parameters
    ----------
    made, real : (S, S, 3), levels 0 to 255
    mask : (S, S) bool

    Raises
    ------
    InputError, MissingDependencyError
        If the shapes do not fit, the mask is empty, or scikit-image is not installed.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment", IEEE Transactions on Image Processing 13(4), 2004.
    """
    made, real = np.asarray(made, np.float64), np.asarray(real, np.float64)
    if made.shape != real.shape or made.ndim != 3 or mask.shape != made.shape[:2] or not mask.any():
        raise InputError(
            "textures must be two (S, S, 3) arrays and a mask (S, S) that is not empty; "
            f"found {made.shape}, {real.shape} and {mask.shape}"
        )
    mse = float(np.square(made - real)[mask].mean())
    psnr = float(10 * np.log10(255**2 / mse)) if mse > 0 else float("inf")
    _, similarity = extra_module("judge", "skimage.metrics").structural_similarity(
        *(made, real),
        full=True,
        data_range=255.0,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=_SIGMA,
        use_sample_covariance=False,
    )
    return PixelScores(mse, psnr, float(similarity[mask].mean()))
