"""Put a changed face back into its photo, at the photo's own resolution.

Convention: output pixels q, and the pixels x that they observe, are in image pixels; weight and bias are maps on the model
grid. Pixel centres are at whole numbers in both.
"""

from __future__ import annotations

import cv2
import numpy as np

from pixelfes.arrays import Booleans, DeepPixels, Floats, Pixels
from pixelfes.face.appearance.grain import grain_pattern
from pixelfes.face.placement import Part, Placement, continued
from pixelfes.face.smooth import sample_cubic, sample_linear
from pixelfes.threads import in_threads


def composite(
    pixels: Pixels | DeepPixels, placement: Placement, weight: Floats, bias: Floats, grain: float = 0.0
) -> None:
    """Change a photo in place: ``y(q) = (1 + weight) x + bias`` at the output pixels of a placement.

    x is the photo at ``placement.source``. The maps are interpolated smoothly at ``placement.grid``. Outside the model grid
    they are 0, so nothing changes there.

    Parameters
    ----------
    pixels : (H, W, 3) uint8 or uint16
        Changed in place.
    placement : Placement
    weight : (S, S), (S, S, 1) or (S, S, 3) float32
        The change of the weight, w - 1, already multiplied by intensity and mask.
    bias : (S, S, 3) float32
        1 for white; multiplied in the same way.
    grain : float
        Deviation of the grain of the photo, in levels of 255; pixels that lose theirs to a small weight get as much again.
    """
    target = pixels[placement.rows, placement.columns]
    if target.size == 0:
        return
    white = np.float32(np.iinfo(pixels.dtype).max)
    weights, biases = _PlacedMap(1 + weight, 1.0, placement), _PlacedMap(white * bias, 0.0, placement)
    photo = target.copy()

    def change(part: Part) -> None:
        source = placement.source_in(part)
        x = photo[part[:2]] if source is None else sample_cubic(photo, source)
        w, b = weights.at(part), biases.at(part)
        if grain and part.is_detailed and w is not None:
            b = (0 if b is None else b) + white / 255 * grain * _lost_grain(w, part)
        target[part[:2]] = affine(x, w, b)

    parts = list(placement.parts(_detailed(placement, weight, bias)))
    in_threads(
        change, parts, cv2.getNumThreads() if len(parts) > _FEW else 1
    )  # OpenCV itself runs a band on one thread


def _detailed(placement: Placement, *maps: Floats) -> Booleans:
    """Return in which drawn pixels (h, w) of a placement maps have detail that is finer than these pixels.

    There is such detail where a map departs from the mean of its neighbours.
    """
    detail = np.zeros(maps[0].shape[:2], np.float32)
    for values in maps:
        departure = np.abs(values - cv2.blur(values, (3, 3)).reshape(values.shape))
        detail = np.maximum(detail, departure.max(2) if values.ndim == 3 else departure)
    fine = cv2.dilate((detail > _DETAIL).astype(np.float32), np.ones((5, 5), np.uint8))
    return np.asarray(sample_linear(fine, placement.drawn_grid) > 0)


def affine(x: Pixels | DeepPixels, weights: Floats | None, biases: Floats | None) -> Pixels | DeepPixels:
    """Return ``weights * x + biases`` (h, w, 3), rounded and clipped to the range of x; None is 1 and 0."""
    depth = cv2.CV_8U if x.dtype == np.uint8 else cv2.CV_16U
    if biases is None:
        return x if weights is None else np.asarray(cv2.multiply(x, weights, dtype=depth))
    scaled = x.astype(np.float32) if weights is None else cv2.multiply(x, weights, dtype=cv2.CV_32F)
    return np.asarray(cv2.add(scaled, biases, dtype=depth))


def _lost_grain(weights: Floats, part: Part) -> Floats:
    """Return grain (h, w, 3) of deviation 1 where weights are 0, and less where they leave some."""
    pattern = grain_pattern()
    rows, columns = (np.arange(s.start, s.stop) % n for s, n in zip(part[:2], pattern.shape, strict=True))
    return np.asarray(
        np.sqrt(1 - np.minimum(weights * weights, 1)) * pattern[np.ix_(rows, columns)][..., None], np.float32
    )


MAP_ENLARGEMENT = 3
"""Factor by which maps are enlarged by a cubic before they are read linearly."""

_FEW = 3
"""Parts up to which threads would take longer to meet than to run."""
_DETAIL = 0.006  # departure of a map from its neighbours; one and a half grey levels
_NEGLIGIBLE = 1e-4  # change of a map; at most a fortieth of a grey level


class _PlacedMap:
    """A map on the model grid, read at the pixels of a placement: enlarged once by a cubic, then read linearly.

    Where it has no detail finer than the drawn pixels of the placement, it is read at these, and what is found is enlarged.
    """

    def __init__(self, values: Floats, outside: float, placement: Placement) -> None:
        values = values[..., None] if values.ndim == 2 else values
        padded = np.pad(values.astype(np.float32), ((1, 1), (1, 1), (0, 0)), constant_values=outside)
        self._fine = cv2.resize(padded, None, fx=MAP_ENLARGEMENT, fy=MAP_ENLARGEMENT, interpolation=cv2.INTER_CUBIC)
        self._outside = outside
        rows = np.flatnonzero((np.abs(values - outside) > _NEGLIGIBLE).any((1, 2)))
        self._rows = (rows[0] - 2, rows[-1] + 2) if len(rows) else (0, -1)
        self._placement = placement
        self._drawn = continued(self._read(placement.drawn_grid))

    def at(self, part: Part) -> Floats | None:
        """Return the values (h, w, 3) in a part of the placement; None if they are those outside all over."""
        squares = tuple(
            slice(p.start // self._placement.factor, -(-p.stop // self._placement.factor)) for p in part[:2]
        )
        if not self._reaches(self._placement.drawn_grid[squares]):
            return None
        detailed = part.is_detailed
        found = self._read(self._placement.grid_in(part)) if detailed else self._placement.enlarged(self._drawn, part)
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_GRAY2RGB) if found.shape[2] == 1 else found, np.float32)

    def _read(self, grid: Floats) -> Floats:
        """Return the values (h, w, 1 or 3) at model-grid coordinates (h, w, 2)."""
        fine = grid * np.float32(MAP_ENLARGEMENT) + np.float32(1.5 * MAP_ENLARGEMENT - 0.5)
        found = sample_linear(self._fine, fine, (self._outside,) * 3)
        return found[..., None] if found.ndim == 2 else found

    def _reaches(self, grid: Floats) -> bool:
        """Return whether the map differs from its outside value in any row that these coordinates touch."""
        rows = grid[..., 1]
        return bool(((rows >= self._rows[0]) & (rows <= self._rows[1])).any())
