"""pixelfes: facial expression synthesis by pixel-based regression.

>>> import pixelfes
>>> model = pixelfes.load("smile")
>>> smiling = model.synthesize("portrait.jpg", intensity=0.8)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pixelfes.errors import PixelfesError
from pixelfes.version import __version__

if TYPE_CHECKING:
    from pixelfes.expression.actions.mix import Mix, expression
    from pixelfes.expression.actions.model import ActionModel
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.model import ExpressionModel
    from pixelfes.expression.pair_files import load_pairs
    from pixelfes.expression.pairs import Pair
    from pixelfes.face.detector.detected_face import DetectedFace
    from pixelfes.face.detector.face_detector import FaceDetector
    from pixelfes.face.landmarks import FixedLandmarks, LandmarkProvider
    from pixelfes.loading import load
    from pixelfes.people.people import fictional_people
    from pixelfes.regress import (
        LocalSparseRidge,
        MaskedRidge,
        PixelKernelRidge,
        PixelRidge,
        Ridge,
        SparseRidge,
    )

__all__ = [
    "ActionModel",
    "DetectedFace",
    "ExpressionModel",
    "FaceDetector",
    "FixedLandmarks",
    "LandmarkProvider",
    "LocalSparseRidge",
    "MaskedRidge",
    "Mix",
    "Model",
    "ModelInfo",
    "Pair",
    "PixelKernelRidge",
    "PixelRidge",
    "PixelfesError",
    "Ridge",
    "SparseRidge",
    "__version__",
    "expression",
    "fictional_people",
    "load",
    "load_pairs",
]

# Name -> (module, name there): imported at first use, so that `import pixelfes` stays fast.
_HOMES = {
    "ActionModel": ("pixelfes.expression.actions.model", "ActionModel"),
    "Mix": ("pixelfes.expression.actions.mix", "Mix"),
    "DetectedFace": ("pixelfes.face.detector.detected_face", "DetectedFace"),
    "FaceDetector": ("pixelfes.face.detector.face_detector", "FaceDetector"),
    "ExpressionModel": ("pixelfes.expression.model", "ExpressionModel"),
    "FixedLandmarks": ("pixelfes.face.landmarks", "FixedLandmarks"),
    "LandmarkProvider": ("pixelfes.face.landmarks", "LandmarkProvider"),
    "Model": ("pixelfes.expression.base", "Model"),
    "ModelInfo": ("pixelfes.expression.base", "ModelInfo"),
    "Pair": ("pixelfes.expression.pairs", "Pair"),
    "LocalSparseRidge": ("pixelfes.regress", "LocalSparseRidge"),
    "MaskedRidge": ("pixelfes.regress", "MaskedRidge"),
    "PixelKernelRidge": ("pixelfes.regress", "PixelKernelRidge"),
    "PixelRidge": ("pixelfes.regress", "PixelRidge"),
    "Ridge": ("pixelfes.regress", "Ridge"),
    "SparseRidge": ("pixelfes.regress", "SparseRidge"),
    "fictional_people": ("pixelfes.people.people", "fictional_people"),
    "load": ("pixelfes.loading", "load"),
    "load_pairs": ("pixelfes.expression.pair_files", "load_pairs"),
}


def __getattr__(name: str) -> Any:
    if name == "expression":  # a room that can be called: pixelfes.expression("angry", 0.7)
        return import_module("pixelfes.expression")
    if name not in _HOMES:
        raise AttributeError(f"module 'pixelfes' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    try:
        value = getattr(import_module(module), attribute)
    except ImportError as error:
        from pixelfes.extras import missing_extra

        raise (missing_extra(error) or error) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
