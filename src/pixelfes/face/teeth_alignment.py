"""Align the teeth of many registered mouths with each other.

There are no landmarks between the lips, so the mean of many registered mouths is a white smear. *Congealing* moves each
picture a little towards the mean of all, computes the mean again, and repeats. Then edges that all mouths share, the gaps
between the teeth, coincide, and the mean keeps them.

Convention: pictures are in pixels of the fine grid of `pixelfes.face.mesh`, x right, y down, pixel centres at whole numbers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Array, Floats, Pixels
from pixelfes.face.smooth import sample_cubic

_ROUNDS = 8
_LARGEST_FLOW = (18.0, 11.0)  # pixels, along x and y
_FIRST_SMOOTHING, _LAST_SMOOTHING = 12.0, 4.0  # pixels; standard deviation of the blur of the flows
_CONTRAST_REACH = 24.0  # pixels; neighbourhood in which contrast is evened out
_SHARPENING = 0.8
_ODDNESS_PENALTY = 0.7  # how fast the weight falls with the distance from the mean


def congeal(pictures: Floats) -> tuple[Floats, Array]:
    """Align pictures with the mean of all of them and of their mirror images.

    Parameters
    ----------
    pictures : (N, H, W) float32
        Luminance; the mirror axis is the middle column.

    Returns
    -------
    flows : (2 N, H, W, 2) float32
        Of the pictures, then of their mirror images. The pixel of picture n at ``(x, y) + flows[n, y, x]`` belongs at
        (x, y). The mean over the 2 N flows is zero.
    weights : (2 N,) float64
        From 1 down to 0 with the distance from the mean, so that odd pictures count less.

    References
    ----------
    E. Learned-Miller, "Data driven image models through continuous joint alignment", PAMI 2006; here with the dense flow of
    Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016, instead of affine maps.
    """
    both = _with_mirror_images(pictures)
    flows = np.zeros((*both.shape, 2), np.float32)
    weights = np.ones(len(both))
    search = _flow_search()
    targets = [_local_contrast(picture) for picture in both]
    for step in range(_ROUNDS):
        mean, weights = _mean(both, flows, sharpen=step > 1)
        template = _local_contrast(mean)
        for n, target in enumerate(targets):
            flows[n] = _flow(search, template, target, max(_LAST_SMOOTHING, _FIRST_SMOOTHING - 1.5 * step))
        flows -= flows.mean(0)
    return flows, weights


@dataclass(frozen=True)
class TeethTemplate:
    """What congealed pictures have in common; further pictures are aligned with it one by one.

    Attributes
    ----------
    mean : (H, W) float32
        The mirror-symmetric mean of the aligned pictures.
    distance : float
        Median over the aligned pictures of their mean squared difference from the mean.
    """

    mean: Floats
    distance: float

    @classmethod
    def of(cls, pictures: Floats) -> Self:
        """Congeal pictures (N, H, W) and keep what they have in common; their order does not matter."""
        ordered = np.array(sorted(pictures, key=lambda picture: hashlib.sha256(picture.tobytes()).digest()))
        mean, _ = _mean(_with_mirror_images(ordered), congeal(ordered)[0], sharpen=False)
        template = cls(mean, 0.0)
        return cls(mean, float(np.median([template._aligned(picture)[1] for picture in ordered])))

    def align(self, picture: Floats) -> tuple[Floats, float]:
        """Return the flow (H, W, 2) of a picture (H, W), as in `congeal`, and its weight."""
        flow, distance = self._aligned(picture)
        return flow, float(_weight(distance, self.distance))

    def _aligned(self, picture: Floats) -> tuple[Floats, float]:
        """Return the flow of a picture, and its mean squared difference from the mean once aligned."""
        flow = _flow(_flow_search(), self._contrast, _local_contrast(picture), _LAST_SMOOTHING)
        return flow, float(np.square(warped_by_flow(picture, flow) - self.mean).mean())

    @cached_property
    def _contrast(self) -> Pixels:
        return _local_contrast(_sharpened(self.mean))


def warped_by_flow(picture: Floats, flow: Floats) -> Floats:
    """Return a picture (H, W) or (H, W, C) aligned by its flow (H, W, 2); see `congeal`."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return np.asarray(sample_cubic(picture, np.stack([x, y], axis=-1)), np.float32)


def _with_mirror_images(pictures: Floats) -> Floats:
    return np.ascontiguousarray(np.concatenate([pictures, pictures[:, :, ::-1]]))


def _flow_search() -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    return search


def _flow(search: cv2.DISOpticalFlow, template: Pixels, target: Pixels, smoothing: float) -> Floats:
    """Return the smoothed and limited flow (H, W, 2) from a template to a target."""
    flow = cv2.GaussianBlur(search.calc(template, target, None), (0, 0), smoothing)
    x, y = _LARGEST_FLOW
    return np.asarray(np.clip(flow, -x, x) * (1.0, y / x), np.float32)


def _mean(pictures: Floats, flows: Floats, sharpen: bool) -> tuple[Floats, Array]:
    """Return the mirror-symmetric weighted mean (H, W) of the aligned pictures, and their weights (N,)."""
    aligned = np.array([warped_by_flow(picture, flow) for picture, flow in zip(pictures, flows, strict=True)])
    distance = ((aligned - aligned.mean(0)) ** 2).mean((1, 2))
    weights = _weight(distance, float(np.median(distance)))
    mean = np.average(aligned, axis=0, weights=weights).astype(np.float32)
    if sharpen:
        mean = _sharpened(mean)
    return np.asarray((mean + mean[:, ::-1]) / 2, np.float32), weights


def _weight(distance: npt.ArrayLike, typical: float) -> Array:
    return np.asarray(np.exp(-_ODDNESS_PENALTY * np.asarray(distance, np.float64) / max(typical, 1e-12)))


def _sharpened(mean: Floats) -> Floats:
    return np.asarray(mean + _SHARPENING * (mean - cv2.GaussianBlur(mean, (0, 0), 3)), np.float32)


def _local_contrast(picture: Floats) -> Pixels:
    """Even out the local mean and contrast of a picture, so that teeth of any brightness look alike; 8 bits."""
    mean = cv2.GaussianBlur(picture, (0, 0), _CONTRAST_REACH)
    spread = np.sqrt(cv2.GaussianBlur((picture - mean) ** 2, (0, 0), _CONTRAST_REACH)) + 0.02
    return np.asarray(np.clip(0.2 * (picture - mean) / spread + 0.5, 0, 1) * 255).astype(np.uint8)
