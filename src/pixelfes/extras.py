"""Packages of the optional extras: imported where they are used, and one sentence where they are missing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pixelfes.errors import MissingDependencyError

Extra: TypeAlias = Literal["cluster", "gan", "judge", "live", "onnx", "photo", "study", "video", "virtual"]

_NEEDS: dict[Extra, str] = {
    "cluster": "a fit on a cluster needs",
    "gan": "StarGAN, GANimation and US-GAN need",
    "judge": "this judge needs",
    "live": "a window needs",
    "onnx": "an export to ONNX needs",
    "photo": "a photo of a face needs",
    "study": "a study needs",
    "video": "a clip needs",
    "virtual": "a virtual camera needs",
}
_WITH_PHOTOS: tuple[Extra, ...] = ("cluster", "gan", "judge", "live", "onnx", "video", "virtual")
"""Extras that are of no use without photos."""
# Modules whose package has another name.
_PACKAGES = {
    "alembic": "Alembic",
    "av": "PyAV",
    "dask": "Dask",
    "dask.distributed": "Dask",
    "dlib": "dlib-bin",
    "fastapi": "FastAPI",
    "jinja2": "Jinja2",
    "cv2": "OpenCV",
    "starlette": "FastAPI",
    "torch": "PyTorch",
    "matplotlib.figure": "matplotlib",
    "onnx": "the package onnx",
    "onnxruntime": "ONNX Runtime",
    "distributed": "Dask",
    "pillow_heif": "pillow-heif",
    "pygame": "pygame-ce",
    "skimage": "scikit-image",
    "skimage.metrics": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearn.linear_model": "scikit-learn",
    "sqlalchemy": "SQLAlchemy",
}

# The extra that brings a module, by its top-level name: for imports that nothing has checked before.
_EXTRA_OF: dict[str, Extra] = {
    **dict.fromkeys(("cv2", "onnxruntime", "pillow_heif", "tifffile"), "photo"),
    **dict.fromkeys(("dask", "distributed"), "cluster"),
    **dict.fromkeys(("dlib", "face_recognition_models", "matplotlib", "skimage", "sklearn"), "judge"),
    "av": "video",
    "onnx": "onnx",
    "pygame": "live",
    "pyvirtualcam": "virtual",
    "torch": "gan",
    **dict.fromkeys(
        ("alembic", "fastapi", "jinja2", "psycopg", "pydantic", "sqlalchemy", "starlette", "uvicorn"), "study"
    ),
}


def extra_module(extra: Extra, module: str) -> Any:
    """Import a module that an extra brings.

    Raises
    ------
    MissingDependencyError
        If it is not installed; names the package and the extra.

    Examples
    --------
    >>> extra_module("study", "nowhere")
    Traceback (most recent call last):
    pixelfes.errors.MissingDependencyError: a study needs nowhere: pip install "pixelfes[study]"
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise _missing(extra, module) from error


def require_extra(extra: Extra, module: str) -> None:
    """Raise `MissingDependencyError` unless a module is installed; do not import it."""
    if not is_installed(module):
        raise _missing(extra, module)


def extra_folder(extra: Extra, module: str) -> Path:
    """Return the folder of a package that an extra brings; do not import it.

    Raises
    ------
    MissingDependencyError
        If it is not installed; names the package and the extra.
    """
    found = find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise _missing(extra, module)
    return Path(found.submodule_search_locations[0])


def missing_extra(error: ImportError) -> MissingDependencyError | None:
    """Return the sentence that names the extra of a module that could not be imported; None if no extra brings it.

    Examples
    --------
    >>> print(missing_extra(ImportError(name="cv2")))
    a photo of a face needs OpenCV: pip install "pixelfes[photo]"
    """
    module = (error.name or "").partition(".")[0]
    extra = _EXTRA_OF.get(module)
    return None if extra is None else _missing(extra, module)


def is_installed(module: str) -> bool:
    """Return whether a top-level module can be imported."""
    return find_spec(module) is not None


def _missing(extra: Extra, module: str) -> MissingDependencyError:
    package = _PACKAGES.get(module, module)
    advice = ", or pass landmarks of your own" if (extra, module) == ("photo", "onnxruntime") else ""
    extras = f"{extra},photo" if extra in _WITH_PHOTOS and not is_installed("cv2") else extra
    return MissingDependencyError(f'{_NEEDS[extra]} {package}: pip install "pixelfes[{extras}]"{advice}')
