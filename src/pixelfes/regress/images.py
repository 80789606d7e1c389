"""The images that regressors accept: batches of registered images, pairs of them, and weights of the pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import AnyArray
from pixelfes.errors import InputError

Channels: TypeAlias = Literal["shared", "separate"]

LARGEST_MAGNITUDE = 16.0
"""Greatest magnitude of a float image.

A photo lies in [0, 1]. Divided by its own light it exceeds 1 a little, and a target extrapolated to full strength may be
negative. Only images on a scale of 0 to 255 lie far beyond.
"""

_FLOATS = (np.float16, np.float32, np.float64)


def check_images(images: npt.ArrayLike, name: str = "X") -> AnyArray:
    """Return a batch of images as an array, neither converted nor copied.

    Parameters
    ----------
    images : array of shape (N, H, W) or (N, H, W, C)
        At least one image. uint8, or float16, float32 or float64: photos lie in [0, 1], and images derived from
        them are finite and of magnitude at most `LARGEST_MAGNITUDE`.
    name : str
        Name of the argument, for the message.

    Returns
    -------
    array of the same shape and dtype

    Raises
    ------
    InputError
        If the shape, the dtype or a value is not as above.

    Examples
    --------
    >>> check_images(np.zeros((2, 8, 8, 3), np.uint8)).shape
    (2, 8, 8, 3)
    >>> check_images(np.zeros((8, 8)))
    Traceback (most recent call last):
    pixelfes.errors.InputError: X must be images of shape (N, H, W) or (N, H, W, C), uint8, or float of order one:
    photos in [0, 1]; found shape (8, 8), dtype float64
    """
    try:
        batch = np.asarray(images)
    except ValueError as error:
        raise InputError(f"{_asked(name)}; found images of different shapes") from error
    found = f"shape {batch.shape}, dtype {batch.dtype}"
    if batch.ndim not in (3, 4) or 0 in batch.shape or batch.dtype not in (np.uint8, *_FLOATS):
        raise InputError(f"{_asked(name)}; found {found}")
    if batch.dtype != np.uint8:
        low, high = batch.min(), batch.max()
        if not (low >= -LARGEST_MAGNITUDE and high <= LARGEST_MAGNITUDE):  # false for NaN too
            raise InputError(f"{_asked(name)}; found {found}, values from {low:.6g} to {high:.6g}")
    return batch


def _asked(name: str) -> str:
    return f"{name} must be images of shape (N, H, W) or (N, H, W, C), uint8, or float of order one: photos in [0, 1]"


def check_texture(texture: npt.ArrayLike) -> AnyArray:
    """Return one image as an array of shape (H, W) or (H, W, C), checked as in `check_images`."""
    image = np.asarray(texture)
    if image.ndim not in (2, 3):
        raise InputError(f"texture must be one image of shape (H, W) or (H, W, C); found shape {image.shape}")
    checked: AnyArray = check_images(image[np.newaxis], "texture")[0]
    return checked


def as_floats(images: AnyArray, dtype: npt.DTypeLike) -> AnyArray:
    """Copy checked images to C-contiguous floats of ``dtype``; uint8 is divided by 255, so that white is 1.

    Examples
    --------
    >>> as_floats(np.array([[0, 51, 255]], np.uint8), np.float32)
    array([[0. , 0.2, 1. ]], dtype=float32)
    """
    if images.dtype == np.uint8:
        scaled: AnyArray = np.divide(images, 255, dtype=dtype, order="C")
        return scaled
    return np.array(images, dtype=dtype, order="C")


def map_over_image(values: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    """Return a read-only view of a map (H, W) or (H, W, C) in the shape of an image; (H, W) repeats over channels."""
    return np.broadcast_to(values if values.ndim == len(shape) else values[..., np.newaxis], shape)


@dataclass(frozen=True)
class RegisteredPairs:
    """Checked pairs of registered images, with a weight for each pixel of each pair; `check_pairs` makes them.

    Attributes
    ----------
    X, T : arrays of shape (N, H, W) or (N, H, W, C)
        Inputs and targets in their own dtypes (see `check_images`).
    weight : array of shape (N, H, W)
        Finite and >= 0; may be a broadcast view.
    """

    X: AnyArray
    T: AnyArray
    weight: AnyArray

    def __len__(self) -> int:
        return len(self.X)

    @property
    def are_plain_bytes(self) -> bool:
        """Whether inputs and targets are uint8 and no weights were given, so that a view of one 1 weighs everything."""
        return self.X.dtype == self.T.dtype == np.uint8 and not any(self.weight.strides) and self.weight.flat[0] == 1

    def map_shape(self, channels: Channels) -> tuple[int, ...]:
        """Return the shape of the maps: (H, W) if the channels share them, else the shape of an image."""
        return self.X.shape[1:3] if channels == "shared" else self.X.shape[1:]

    def take_rows(self, start: int, stop: int) -> RegisteredPairs:
        """Return views of rows ``start`` to ``stop`` (exclusive) of every image."""
        band = slice(start, stop)
        return RegisteredPairs(self.X[:, band], self.T[:, band], self.weight[:, band])

    def take_pairs(self, start: int, stop: int) -> RegisteredPairs:
        """Return views of pairs ``start`` to ``stop`` (exclusive)."""
        return RegisteredPairs(self.X[start:stop], self.T[start:stop], self.weight[start:stop])

    def samples(self, shape: tuple[int, ...]) -> Iterator[tuple[AnyArray, AnyArray, AnyArray]]:
        """Yield, pair by pair, the samples that maps of ``shape`` learn from.

        Parameters
        ----------
        shape : tuple of int
            (H, W), if each channel of a colour image is a sample, or that of an image, if the image is one sample.

        Yields
        ------
        x, t : arrays of shape (S, *shape), float64
            The S samples of this pair.
        weight : array of shape (H, W) or (H, W, 1), float64
            Weight of each sample; broadcasts against ``shape``.
        """
        for x, t, weight in zip(self.X, self.T, self.weight, strict=True):
            channels_first = x.ndim > len(shape)
            x_samples, t_samples = (np.moveaxis(v, -1, 0) if channels_first else v[np.newaxis] for v in (x, t))
            w = weight.astype(np.float64)
            yield (
                as_floats(x_samples, np.float64),
                as_floats(t_samples, np.float64),
                w[..., np.newaxis] if len(shape) == 3 else w,
            )


def check_pairs(X: npt.ArrayLike, T: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> RegisteredPairs:
    """Check inputs, targets and weights, and join them without a copy.

    Parameters
    ----------
    X, T : arrays of shape (N, H, W) or (N, H, W, C), the same for both
        uint8, or float with photos in [0, 1] (see `check_images`); the dtypes may differ.
    weight : None, or array of shape (N,) or (N, H, W)
        Weight of each pair, or of each pixel of each pair: bool, integer or float, finite and >= 0. uint8 weights are
        not divided by 255. None weighs everything 1.

    Returns
    -------
    RegisteredPairs

    Raises
    ------
    InputError
        If an argument is not as above.

    Examples
    --------
    >>> faces = np.zeros((5, 8, 8, 3), np.uint8)
    >>> check_pairs(faces, faces, np.arange(5)).weight.shape
    (5, 8, 8)
    >>> check_pairs(faces, faces[:4])
    Traceback (most recent call last):
    pixelfes.errors.InputError: T must have the shape of X, (5, 8, 8, 3); found (4, 8, 8, 3)
    """
    inputs, targets = check_images(X, "X"), check_images(T, "T")
    if inputs.shape != targets.shape:
        raise InputError(f"T must have the shape of X, {inputs.shape}; found {targets.shape}")
    return RegisteredPairs(inputs, targets, _check_weight(weight, inputs.shape[:3]))


def _check_weight(weight: npt.ArrayLike | None, shape: tuple[int, ...]) -> AnyArray:
    if weight is None:
        return np.broadcast_to(np.float64(1), shape)
    asked = f"sample_weight must be None, or finite numbers >= 0 of shape {shape[:1]} or {shape}"
    try:
        w = np.asarray(weight)
    except ValueError as error:
        raise InputError(f"{asked}; found rows of different lengths") from error
    if w.shape not in (shape[:1], shape) or w.dtype.kind not in "biuf":
        raise InputError(f"{asked}; found shape {w.shape}, dtype {w.dtype}")
    if not (w.min() >= 0 and w.max() < np.inf):
        raise InputError(f"{asked}; found values from {w.min():.6g} to {w.max():.6g}")
    return np.broadcast_to(w[:, np.newaxis, np.newaxis], shape) if w.ndim == 1 else w
