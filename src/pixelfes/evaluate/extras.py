"""What the judges need beside pixelfes itself: the packages of the extra ``judge``, imported where they are used."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pixelfes.extras import extra_module, missing

_PACKAGES = {
    "dlib": "dlib-bin",
    "face_recognition_models": "face_recognition_models",
    "jinja2": "Jinja2",
    "matplotlib": "matplotlib",
    "matplotlib.figure": "matplotlib",
    "onnxruntime": "onnxruntime",
    "skimage.metrics": "scikit-image",
    "sklearn.linear_model": "scikit-learn",
}


def judge_module(name: str) -> Any:
    """Import a module of the extra ``judge``.

    Raises
    ------
    MissingDependencyError
        Where it is not installed; names the package and the extra.
    """
    return extra_module(name, _PACKAGES.get(name, name), "judge", "this judge")


def judge_folder(name: str) -> Path:
    """Return the folder of a package of the extra ``judge`` without importing it.

    Raises
    ------
    MissingDependencyError
        Where it is not installed; names the package and the extra.
    """
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise missing(_PACKAGES.get(name, name), "judge", "this judge")
    return Path(found.submodule_search_locations[0])
