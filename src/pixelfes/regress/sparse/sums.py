"""Ridge regression on given receptive fields: every output pixel observes a bias and F input pixels of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError, ModelError
from pixelfes.regress.base import check_state
from pixelfes.regress.images import Channels, RegisteredPairs, as_floats
from pixelfes.regress.normal_equations import solve_normal_equations
from pixelfes.regress.parameters import Prior


@dataclass(eq=False)
class FieldSums:
    """Normal equations of every output pixel on its field, the bias first; they add while the fields stay the same.

    Attributes
    ----------
    indices : array of shape (rows, W, F), int
        The fields: row * W + column of the input pixels.
    gram : array of shape (F + 1, F + 1, *shape), float64
        Only from the diagonal on; ``shape`` is that of the maps, (H, W), or (H, W, C) for a model per channel.
    moment : array of shape (F + 1, *shape), float64
    """

    indices: AnyArray
    gram: AnyArray
    moment: AnyArray

    @classmethod
    def zeros(cls, indices: AnyArray, shape: tuple[int, ...]) -> Self:
        """Make sums over no sample."""
        k = indices.shape[2] + 1
        return cls(indices, np.zeros((k, k, *shape)), np.zeros((k, *shape)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the maps."""
        return self.moment.shape[1:]

    def add(self, features: list[AnyArray], t: AnyArray, weight: AnyArray) -> Self:
        """Add the samples of one pair, as `field_samples` yields them, in place."""
        weighted: list[AnyArray] = [np.broadcast_to(weight, t.shape), *(weight * z for z in features)]
        for i, row in enumerate(weighted):
            self.gram[0, i] += row.sum(axis=0)
            self.moment[i] += (row * t).sum(axis=0)
            for j in range(max(i, 1), len(weighted)) if i else ():
                self.gram[i, j] += (row * features[j - 1]).sum(axis=0)
        return self

    def add_pairs(self, pairs: RegisteredPairs) -> Self:
        """Add pairs, in place; it needs memory for one pair."""
        for features, t, weight in field_samples(pairs, self.indices, self.shape):
            self.add(features, t, weight)
        return self

    def merge(self, other: FieldSums) -> Self:
        """Add other sums over the same fields, in place."""
        if self.shape != other.shape or not np.array_equal(self.indices, other.indices):
            raise InputError("merge joins models that observe the same pixels, with maps of one shape; these differ")
        self.gram += other.gram
        self.moment += other.moment
        return self

    def solve(
        self, alpha: float, factor: AnyArray, prior: list[AnyArray] | None, whole: FieldSums | None = None
    ) -> AnyArray:
        """Return the bias and the weights, of shape (F + 1, *shape).

        Parameters
        ----------
        alpha : float
            Penalty.
        factor : array that broadcasts against the maps
            Factor on it for the bias.
        prior : None, or as of `field_prior`
        whole : None or FieldSums
            What these sums are a part of, when something was taken out of it.
        """
        k = len(self.moment)
        with np.errstate(over="ignore"):  # an infinite penalty on the bias gives the bias 0
            penalty = [factor * alpha] + [np.asarray(alpha)] * (k - 1)
        scale = None if whole is None else [whole.gram[j, j] for j in range(k)]
        return solve_normal_equations(self.gram, self.moment, penalty, prior, scale=scale)


def field_prior(indices: AnyArray, first: int, ndim: int, prior: Prior) -> list[AnyArray] | None:
    """Where the penalty pulls: with "identity", the weight of the output pixel itself, if it is in its field, to 1.

    Parameters
    ----------
    indices : array of shape (rows, W, F)
    first : int
        Flat index of the first output pixel.
    ndim : int
        Dimensions of the maps.
    prior : {"zero", "identity"}
    """
    if prior == "zero":
        return None
    rows, width, n_pixels = indices.shape
    own = first + np.arange(rows * width).reshape(rows, width)
    pulls = [(indices[..., f] == own).astype(np.float64) for f in range(n_pixels)]
    return [np.zeros(()), *(pull[..., np.newaxis] if ndim == 3 else pull for pull in pulls)]


def field_samples(
    pairs: RegisteredPairs, indices: AnyArray, shape: tuple[int, ...], first_row: int = 0
) -> Iterator[tuple[list[AnyArray], AnyArray, AnyArray]]:
    """Yield pair by pair what maps of ``shape`` observe.

    Parameters
    ----------
    pairs : RegisteredPairs
    indices : array of shape (rows, W, F)
        The fields of the output pixels from ``first_row`` on.
    shape : tuple of int
        (rows, W), where each channel is a sample, or (rows, W, C), where an image is.

    Yields
    ------
    features : list of F arrays of shape (S, *shape), float64
    t : array of shape (S, *shape), float64
    weight : array that broadcasts against ``shape``, float64
    """
    band = pairs.rows(first_row, first_row + len(indices))
    for x, (_, t, weight) in zip(pairs.X, band.samples(shape), strict=True):
        by_pixel = x.reshape(-1, *x.shape[2:])
        features = []
        for f in range(indices.shape[2]):
            z = as_floats(by_pixel[indices[..., f]], np.float64)
            features.append(np.moveaxis(z, -1, 0) if z.ndim > len(shape) else z[np.newaxis])
        yield features, t, weight


def apply_fields(images: AnyArray, indices: AnyArray, weight: AnyArray, bias: AnyArray) -> AnyArray:
    """Return bias + the weighted sum of every pixel's field, for every checked image.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        uint8 is divided by 255.
    indices : array of shape (H, W, F)
    weight : array of shape (H, W, F) or (H, W, F, C)
    bias : array of shape (H, W) or (H, W, C)

    Returns
    -------
    array of the shape of the images, float64 for float64 and float32 otherwise
        Beyond it memory for two images is needed.
    """
    dtype = np.float64 if images.dtype == np.float64 else np.float32
    scale = 255 if images.dtype == np.uint8 else 1

    def over_image(values: AnyArray) -> AnyArray:
        return values[..., np.newaxis] if values.ndim < images.ndim - 1 else values

    weights = [over_image(weight[:, :, f] / scale).astype(dtype) for f in range(indices.shape[2])]
    constant = np.broadcast_to(over_image(bias), images.shape[1:]).astype(dtype)
    places = [np.ascontiguousarray(indices[..., f]) for f in range(indices.shape[2])]
    out = np.empty(images.shape, dtype)
    for image, result in zip(images, out, strict=True):
        by_pixel = image.reshape(-1, *image.shape[2:])
        result[...] = constant
        for place, w in zip(places, weights, strict=True):
            np.add(result, by_pixel[place] * w, out=result)
    return out


def check_field_state(
    arrays: Mapping[str, AnyArray], n_pixels: int, channels: Channels, owner: str
) -> dict[str, AnyArray]:
    """Return the stored arrays of a regression on fields as copies, or raise `ModelError` naming the one that is wrong.

    Parameters
    ----------
    arrays : mapping from name to array
        Not trusted.
    n_pixels, channels
        The parameters of the regression.
    owner : str
        Whose arrays they are, for the message.

    Returns
    -------
    dict with indices, int32, and weight, bias and alpha, float64
    """
    state = check_state({k: v for k, v in arrays.items() if k != "indices"}, ("weight", "bias", "alpha"), owner)
    weight, bias, alpha, indices = state["weight"], state["bias"], state["alpha"], arrays.get("indices")
    if not isinstance(indices, np.ndarray) or indices.dtype != np.int32:
        kind = indices.dtype if isinstance(indices, np.ndarray) else type(indices).__name__
        raise ModelError(f"array indices of {owner} must be int32; found {kind}")
    dimensions = (3,) if channels == "shared" else (3, 4)
    if weight.ndim not in dimensions or indices.ndim != 3 or indices.shape != weight.shape[:3]:
        asked = "(H, W, F)" if channels == "shared" else "(H, W, F) or (H, W, F, C)"
        raise ModelError(
            f"array weight of {owner} with {channels} channels must be {asked}, and indices (H, W, F); "
            f"found {weight.shape} and {indices.shape}"
        )
    if indices.shape[2] != n_pixels or bias.shape != weight.shape[:2] + weight.shape[3:]:
        raise ModelError(
            f"arrays of {owner} with n_pixels={n_pixels} must hold as many weights as that for each bias; "
            f"found weight {weight.shape} and bias {bias.shape}"
        )
    last = indices.shape[0] * indices.shape[1] - 1
    if indices.min() < 0 or indices.max() > last:
        raise ModelError(
            f"array indices of {owner} must lie from 0 to {last}; found {indices.min()} to {indices.max()}"
        )
    if alpha.shape != () or alpha < 0:
        raise ModelError(f"array alpha of {owner} must be one number >= 0; found {arrays['alpha']!r}")
    return state | {"indices": indices.copy()}
