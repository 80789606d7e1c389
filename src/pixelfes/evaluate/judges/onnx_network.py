"""Any ONNX network on one face: its input is described by the file, everything else is checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError, ModelError
from pixelfes.extras import extra_module
from pixelfes.face.appearance.light import LUMINANCE

ColourOrder = Literal["rgb", "bgr"]

_KINDS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
_SIZES = range(16, 1025)


class OnnxNetwork:
    """A network with one image as its input.

    ``value = (level * scale - mean) / std``, per channel.

    Parameters
    ----------
    path : str or Path
    size : int, optional
        Side of the input, where the file leaves it open.
    scale : float
        1/255 brings levels to 0 to 1.
    mean, std : float or 1 or 3 floats
        After scaling, in the network's order of channels; std > 0.
    colours : {"rgb", "bgr"}
        Order of three channels. Where the network takes one, it gets the luminance.

    Attributes
    ----------
    size : int
        Side of the square that it looks at, pixels.
    channels : int
        1 or 3.
    layout : {"NCHW", "NHWC"}

    Raises
    ------
    ModelError
        If the file is not an ONNX network with one square image as its input.
    InputError
        If an option is wrong.
    MissingDependencyError
        If onnxruntime (extra ``judge``) is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        size: int | None = None,
        scale: float = 1 / 255,
        mean: float | Sequence[float] = 0.0,
        std: float | Sequence[float] = 1.0,
        colours: ColourOrder = "rgb",
    ) -> None:
        self.path = Path(path)
        if colours not in ("rgb", "bgr"):
            raise InputError(f"colours must be 'rgb' or 'bgr'; found {colours!r}")
        self._session = _session(self.path)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in _KINDS:
            raise ModelError(
                f"{self.path} must have one input, an image of floats or bytes; it has {_described(inputs)}"
            )
        self._name, self._kind = inputs[0].name, _KINDS[inputs[0].type]
        self.layout, self.channels, self.size = _image_shape(self.path, list(inputs[0].shape), size)
        self._scale, self._colours = float(scale), colours
        self._mean = _per_channel("mean", mean, self.channels)
        self._std = _per_channel("std", std, self.channels)
        if not np.isfinite(self._scale) or (self._std <= 0).any():
            raise InputError(f"scale must be finite and std above 0; found {scale!r} and {std!r}")

    def __call__(self, crop: Pixels) -> Array:
        """Return the first output of the network, flat, for a crop (size, size, 3) uint8 RGB.

        Raises
        ------
        ModelError
            If the network does not run on it, or returns numbers that are not finite.
        """
        levels = crop.astype(np.float64)
        if self.channels == 1:
            levels = (levels @ LUMINANCE)[..., None]
        elif self._colours == "bgr":
            levels = levels[..., ::-1]
        values = (levels * self._scale - self._mean) / self._std
        if self.layout == "NCHW":
            values = values.transpose(2, 0, 1)
        values = np.round(values).clip(0, 255) if self._kind is np.uint8 else values
        batch = np.ascontiguousarray(values[None], self._kind)
        try:
            answer = np.asarray(self._session.run(None, {self._name: batch})[0], np.float64).ravel()
        except Exception as error:  # onnxruntime has a class of its own for each way to fail
            raise ModelError(f"{self.path} does not run on a {self.size} x {self.size} face: {_line(error)}") from error
        if not len(answer) or not np.isfinite(answer).all():
            raise ModelError(f"{self.path} answers with numbers that are not finite, or with none")
        return answer


def _session(path: Path) -> Any:
    runtime = extra_module("judge", "onnxruntime")
    if not path.is_file():
        raise ModelError(f"{path} is not a file")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised, and need not be printed as well
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a class of its own for each way to fail
        raise ModelError(f"{path} cannot be read as an ONNX network: {_line(error)}") from error


def _image_shape(path: Path, shape: list[Any], size: int | None) -> tuple[Literal["NCHW", "NHWC"], int, int]:
    """Return layout, channels and side of an input's shape, whose open dimensions are names or None."""
    if len(shape) == 4 and (shape[0] in (1, None) or isinstance(shape[0], str)):
        for layout, channels, sides in (("NCHW", shape[1], shape[2:]), ("NHWC", shape[3], shape[1:3])):
            fixed = {side for side in sides if isinstance(side, int)}
            if channels not in (1, 3) or len(fixed) > 1:
                continue
            side = fixed.pop() if fixed else size
            if side is None:
                raise InputError(f"{path} leaves the size of its input open: say which it is to be")
            if size is not None and size != side:
                raise InputError(f"{path} takes faces of {side} x {side} pixels; asked for {size}")
            if side not in _SIZES:
                raise InputError(
                    f"the size of a face must lie from {_SIZES.start} to {_SIZES[-1]} pixels; found {side}"
                )
            return ("NCHW" if layout == "NCHW" else "NHWC"), int(channels), int(side)
    raise ModelError(
        f"{path} must take one square image of 1 or 3 channels, (1, C, H, W) or (1, H, W, C); it takes {tuple(shape)}"
    )


def _per_channel(name: str, values: float | Sequence[float], channels: int) -> Array:
    try:
        array = np.atleast_1d(np.asarray(values, np.float64))
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.shape not in ((1,), (channels,)) or not np.isfinite(array).all():
        raise InputError(f"{name} must be one finite number, or {channels} of them; found {values!r}")
    return array


def _described(inputs: Sequence[Any]) -> str:
    return ", ".join(f"{given.name}: {given.type}" for given in inputs) or "none"


def _line(error: Exception) -> str:
    """Return the first line of an error that may have many."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
