"""The two networks that find faces and their landmarks, in ONNX Runtime.

A session is made once in a process, at first use, and shared by all threads. It computes on the thread that calls it.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any, Literal, TypeAlias

import numpy as np

from pixelfes.arrays import Floats, Pixels
from pixelfes.assets import asset_bytes
from pixelfes.extras import extra_module

NetworkName: TypeAlias = Literal["face_detector_short", "face_landmarks"]

PICTURE_SIDES: dict[NetworkName, int] = {"face_detector_short": 128, "face_landmarks": 192}
"""Side of the square picture that each network looks at, pixels."""

_making = threading.Lock()
_ERROR = 3  # ONNX Runtime's level of logging that leaves out warnings


def run_network(name: NetworkName, picture: Pixels) -> tuple[Floats, Floats]:
    """Run a network on a picture (S, S, 3), RGB, with S of `PICTURE_SIDES`.

    Parameters
    ----------
    name : {"face_detector_short", "face_landmarks"}
    picture : (S, S, 3) uint8

    Returns
    -------
    boxes (896, 8, 2) in sides of the picture, and scores (896,) from 0 to 1
        By the detector. A box is its centre, its size, and six points: right eye, left eye, nose, mouth, right ear, left ear.
    points (478, 3) in pixels of the picture, and presence (1,) from 0 to 1
        By the network of landmarks. The last ten points are the irises.

    Raises
    ------
    MissingDependencyError
        If ONNX Runtime is not installed.
    """
    with _making:
        session = _session(name)
    first, second = session.run(None, {"picture": np.ascontiguousarray(picture)})
    return first, second


@cache
def _session(name: NetworkName) -> Any:
    runtime = extra_module("photo", "onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERROR
    return runtime.InferenceSession(asset_bytes(f"{name}.onnx"), options, providers=["CPUExecutionProvider"])
