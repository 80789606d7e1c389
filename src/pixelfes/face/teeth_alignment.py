"""Groupwise alignment of what landmarks do not reach: the teeth.

Between the lips there are no landmarks, so the mean of many registered mouths is a white smear. Congealing moves each
picture a little towards the mean of all, makes a new mean, and repeats: edges that everybody has (the gaps between
teeth) fall on each other and the mean keeps them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Floats

_ROUNDS = 8
_FARTHEST = (18.0, 11.0)
_SMOOTHEST, _ROUGHEST = 12.0, 4.0
_CONTRAST_REACH = 24.0
_SHARPEN = 0.8
_ODDNESS = 0.7


def congeal(pictures: Floats) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Align pictures with the mean of all of them and of their mirror images.

    Parameters
    ----------
    pictures : (N, H, W) float32
        Luminance; the mirror axis is the middle column.

    Returns
    -------
    flows : (N, H, W, 2) float32
        The picture n at ``(x, y) + flows[n, y, x]`` belongs at (x, y); the mean over all of them and their mirror
        images is zero.
    weights : (N,) float64
        How much each is like the mean, from 1 down to 0: odd ones should count less.

    References
    ----------
    E. Learned-Miller, "Data driven image models through continuous joint alignment", PAMI 2006; with dense flow
    (Kroeger et al., "Fast optical flow using dense inverse search", ECCV 2016) in the place of affine maps.
    """
    flows, weights = _congealed(_with_mirror_images(pictures))
    return flows[: len(pictures)], weights[: len(pictures)]


@dataclass(frozen=True)
class TeethTemplate:
    """What congealed pictures have in common; further pictures are aligned with it one by one.

    Attributes
    ----------
    mean : (H, W) float32
        The mirror-symmetric mean of the aligned pictures.
    distance : float
        Median over the pictures, each aligned, of the mean squared difference from it.
    """

    mean: Floats
    distance: float

    @classmethod
    def of(cls, pictures: Floats) -> Self:
        """Congeal pictures (N, H, W), in whatever order they come, and keep what they have in common."""
        ordered = np.array(sorted(pictures, key=lambda picture: hashlib.sha256(picture.tobytes()).digest()))
        both = _with_mirror_images(ordered)
        mean, _ = _mean(both, _congealed(both)[0], sharpen=False)
        template = cls(mean, 0.0)
        return cls(mean, float(np.median([template._aligned(picture)[1] for picture in ordered])))

    def align(self, picture: Floats) -> tuple[Floats, float]:
        """Return the flow (H, W, 2) of a picture (H, W) as `congeal` does, and how much the picture should count."""
        flow, distance = self._aligned(picture)
        return flow, float(_weight(distance, self.distance))

    def _aligned(self, picture: Floats) -> tuple[Floats, float]:
        flow = _flow(_search(), self._contrast, _local_contrast(picture), _ROUGHEST)
        return flow, float(np.square(warped_by_flow(picture, flow) - self.mean).mean())

    @cached_property
    def _contrast(self) -> npt.NDArray[np.uint8]:
        return _local_contrast(_sharpened(self.mean))


def _with_mirror_images(pictures: Floats) -> Floats:
    return np.ascontiguousarray(np.concatenate([pictures, pictures[:, :, ::-1]]))


def _congealed(both: Floats) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Return what `congeal` does, of pictures together with their mirror images."""
    flows = np.zeros((*both.shape, 2), np.float32)
    weights = np.ones(len(both))
    search = _search()
    targets = [_local_contrast(picture) for picture in both]
    for step in range(_ROUNDS):
        mean, weights = _mean(both, flows, sharpen=step > 1)
        template = _local_contrast(mean)
        for n, target in enumerate(targets):
            flows[n] = _flow(search, template, target, max(_ROUGHEST, _SMOOTHEST - 1.5 * step))
        flows -= flows.mean(0)
    return flows, weights


def _search() -> cv2.DISOpticalFlow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    search.setFinestScale(0)
    return search


def _flow(
    search: cv2.DISOpticalFlow, template: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8], smoothing: float
) -> Floats:
    flow = cv2.GaussianBlur(search.calc(template, target, None), (0, 0), smoothing)
    return np.asarray(np.clip(flow, -_FARTHEST[0], _FARTHEST[0]) * (1.0, _FARTHEST[1] / _FARTHEST[0]), np.float32)


def warped_by_flow(picture: npt.NDArray[np.float32], flow: Floats) -> npt.NDArray[np.float32]:
    """Return a picture (H, W) or (H, W, C) moved by a flow (H, W, 2) as `congeal` gives it."""
    height, width = flow.shape[:2]
    x = np.arange(width, dtype=np.float32) + flow[..., 0]
    y = np.arange(height, dtype=np.float32)[:, None] + flow[..., 1]
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _mean(pictures: Floats, flows: Floats, sharpen: bool) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Return the mirror-symmetric mean in which odd pictures count less, and how much each counts."""
    aligned = np.array([warped_by_flow(picture, flow) for picture, flow in zip(pictures, flows, strict=True)])
    distance = ((aligned - aligned.mean(0)) ** 2).mean((1, 2))
    weights = _weight(distance, float(np.median(distance)))
    mean = np.average(aligned, axis=0, weights=weights).astype(np.float32)
    if sharpen:
        mean = _sharpened(mean)
    return (mean + mean[:, ::-1]) / 2, weights


def _weight(distance: npt.ArrayLike, typical: float) -> npt.NDArray[np.float64]:
    return np.asarray(np.exp(-_ODDNESS * np.asarray(distance, np.float64) / max(typical, 1e-12)))


def _sharpened(mean: Floats) -> Floats:
    return np.asarray(mean + _SHARPEN * (mean - cv2.GaussianBlur(mean, (0, 0), 3)), np.float32)


def _local_contrast(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return a picture with its local mean and contrast evened out, as 8 bits: teeth of every brightness look alike."""
    mean = cv2.GaussianBlur(picture, (0, 0), _CONTRAST_REACH)
    spread = np.sqrt(cv2.GaussianBlur((picture - mean) ** 2, (0, 0), _CONTRAST_REACH)) + 0.02
    return np.asarray(np.clip(0.2 * (picture - mean) / spread + 0.5, 0, 1) * 255).astype(np.uint8)
