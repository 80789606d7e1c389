"""ExpressionModel: registration, displacement and regressor brought together; fit and synthesize, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from pixelfes.arrays import Pixels
from pixelfes.errors import InputError
from pixelfes.face.landmarks import FaceChoice, FixedLandmarks, LandmarkProvider, find_faces
from pixelfes.regress import PixelRegressor, PixelRidge
from pixelfes.version import __version__

if TYPE_CHECKING:
    from PIL.Image import Image

    from pixelfes.expression.fitting import Skipped
    from pixelfes.expression.pairs import PairLike
    from pixelfes.expression.synthesis import Learned

RegistrationName: TypeAlias = Literal["mesh", "grid"]
Progress: TypeAlias = Callable[[str, int, int], None]

LARGEST_INTENSITY = 1.5
DEFAULT_SIZE = {"mesh": 112, "grid": 128}


@dataclass(frozen=True)
class ModelInfo:
    """What a model says of itself, beside its numbers."""

    expression: str = "expression"
    n_pairs: int = 0
    training_data: str = ""
    licence: str = ""
    attribution: str = ""
    package_version: str = __version__


class ExpressionModel:
    """A model of one expression: give it a photo of a face, and it returns the same person with that expression.

    Parameters
    ----------
    registration : {"mesh", "grid"}
        Which input pixel an output pixel observes: the one that corresponds to it by 468 landmarks, or the one at the
        same place of an affine crop, as in the papers.
    regressor : PixelRegressor, optional
        What is learnt at every pixel; `PixelRidge` with the prior "identity" by default.
    size : int, optional
        Side of the model grid; 112 for "mesh", 128 for "grid".
    landmarks : LandmarkProvider, optional
        What finds faces; MediaPipe by default.

    Attributes
    ----------
    learned_ : Learned
        The registration, the displacement (for "mesh") and the fitted regressor.
    info_ : ModelInfo
        What the model says of itself.
    skipped_ : list of Skipped
        The pairs that could not be used, and why.

    Examples
    --------
    >>> import pixelfes
    >>> pixelfes.load("smile").n_parameters_
    25088
    """

    learned_: Learned
    info_: ModelInfo
    skipped_: list[Skipped]

    def __init__(
        self,
        registration: RegistrationName = "mesh",
        regressor: PixelRegressor | None = None,
        *,
        size: int | None = None,
        landmarks: LandmarkProvider | None = None,
    ) -> None:
        self.registration = registration
        self.regressor = regressor
        self.size = size
        self.landmarks = landmarks

    def fit(
        self, pairs: Iterable[PairLike], *, info: ModelInfo | None = None, progress: Progress | None = None
    ) -> Self:
        """Learn an expression from pairs of photos.

        Parameters
        ----------
        pairs : iterable of Pair, or of (input, target)
            Photos of the same people before and after; a few dozen are enough. Of several faces in a photo the largest counts.
        info : ModelInfo, optional
            What the model is to say of itself; the number of pairs is filled in.
        progress : callable, optional
            Called as ``progress(stage, done, total)``.

        Returns
        -------
        ExpressionModel
            Itself. Pairs that cannot be used (no face, no photo) are in ``skipped_``.

        Raises
        ------
        InputError
            Where no pair can be used, or a parameter is wrong.
        """
        from pixelfes.expression.fitting import fit_parts
        from pixelfes.expression.pairs import as_pairs

        settings = self.fit_settings()
        learnt = fit_parts(as_pairs(pairs), *settings, self._provider(None), progress or _silent)
        return self.take_fit(*learnt, info)

    def fit_settings(self) -> tuple[RegistrationName, int, PixelRegressor]:
        """Check the parameters, and return registration, size and regressor with their defaults filled in."""
        self._check_parameters()
        regressor = PixelRidge(prior="identity") if self.regressor is None else self.regressor
        return self.registration, self.size or DEFAULT_SIZE[self.registration], regressor

    def take_fit(self, learned: Learned, n_pairs: int, skipped: list[Skipped], info: ModelInfo | None) -> Self:
        """Store what a fit, here or elsewhere, has learnt."""
        self.learned_, self.skipped_ = learned, skipped
        self.info_ = replace(info or ModelInfo(), n_pairs=n_pairs)
        return self

    def synthesize(
        self,
        photo: Any,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
    ) -> Any:
        """Return the photo with the expression on every face of it.

        Parameters
        ----------
        photo : (H, W, 3) or (H, W) uint8 array, PIL image, path, bytes or binary file
            RGB. A path, bytes or a file are read, with their EXIF orientation applied.
        intensity : float
            From 0, which returns the same pixels, over 1, the typical expression of the training pairs, to 1.5. Faces that
            show part of it already get what is missing.
        landmarks : (468, 3), or (K, 468, 3), in image pixels, optional
            In the place of a detector's.
        face : {"all", "largest"}

        Returns
        -------
        uint8 array of the shape of the photo, or a PIL image where a PIL image was given

        Raises
        ------
        FaceNotFoundError
            Where the photo shows no face.
        InputError
            Where the intensity or the photo is something else.
        """
        from pixelfes.photos.reading import read_photo

        check_intensity(intensity)
        source = read_photo(photo)
        out = self.synthesize_pixels(source.pixels, intensity, landmarks=landmarks, face=face)
        if _is_pil(photo):
            return _like_pil(out, photo)
        return out[..., 0] if isinstance(photo, np.ndarray) and photo.ndim == 2 else out

    def synthesize_pixels(
        self,
        pixels: Pixels,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
    ) -> Pixels:
        """Do what `synthesize` does to an (H, W, 3) uint8 RGB array, without reading or converting anything."""
        from pixelfes.expression.synthesis import change_face

        check_intensity(intensity)
        self._check_fitted()
        faces = find_faces(self._provider(landmarks), pixels, face)
        out = pixels.copy()
        if intensity > 0:
            for points in faces:
                change_face(self.learned_, out, points, intensity)
        return out

    def save(self, path: str | Path, precision: Literal["float16", "float32"] = "float32") -> None:
        """Write the model to a safetensors file: complete, or not at all. See `pixelfes.expression.model_file.save_model`."""
        from pixelfes.expression.model_file import save_model

        self._check_fitted()
        save_model(self, path, precision)

    @property
    def n_parameters_(self) -> int:
        """Count of the regressor's fitted numbers, the papers' measure of size (displacements not counted)."""
        self._check_fitted()
        return self.learned_.regressor.n_parameters_

    def ignores(self, intensity: float) -> bool:
        """Whether the model cannot tell this intensity from 1; every intensity counts here."""
        return False

    @property
    def alpha_(self) -> float | None:
        """The penalty in use; None where the method has none."""
        learned = getattr(self, "learned_", None)
        return None if learned is None else getattr(learned.regressor, "alpha_", None)

    def described(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the method, and what it is set to."""
        from pixelfes.regress import REGRESSORS

        regressor = self.learned_.regressor
        return {kind: name for name, kind in REGRESSORS.items()}[type(regressor)], regressor.get_params()

    def _provider(self, landmarks: npt.ArrayLike | None) -> LandmarkProvider:
        if landmarks is not None:
            given = np.asarray(landmarks)
            return FixedLandmarks(*(given if given.ndim == 3 else [given]))
        if self.landmarks is None:
            from pixelfes.face.detector.mediapipe_landmarks import MediaPipeLandmarks

            self.landmarks = MediaPipeLandmarks()
        return self.landmarks

    def _check_parameters(self) -> None:
        if self.registration not in tuple(DEFAULT_SIZE):
            raise InputError(f"registration must be 'mesh' or 'grid'; found {self.registration!r}")
        if self.size is not None and not (isinstance(self.size, int) and 16 <= self.size <= 1024):
            raise InputError(f"size must be a whole number from 16 to 1024; found {self.size!r}")
        if self.regressor is not None and not isinstance(self.regressor, PixelRegressor):
            raise InputError(f"regressor must be a PixelRegressor; found {type(self.regressor).__name__}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "learned_"):
            raise InputError("this ExpressionModel is not fitted yet: call fit, or load a model")


def check_intensity(intensity: float) -> None:
    """Raise `InputError` unless it is an intensity."""
    number = isinstance(intensity, int | float | np.number) and not isinstance(intensity, bool)
    if not number or not isfinite(intensity) or not 0 <= intensity <= LARGEST_INTENSITY:
        raise InputError(f"intensity must be a number from 0 to {LARGEST_INTENSITY:g}; found {intensity!r}")


def _silent(stage: str, done: int, total: int) -> None:
    pass


def _is_pil(photo: object) -> bool:
    return type(photo).__module__.startswith("PIL.")


def _like_pil(pixels: Pixels, photo: Image) -> Image:
    """Return a Pillow image in the mode of the photo where that can be, with its transparency and profile."""
    from pixelfes.photos.reading import pil_like

    return pil_like(pixels, photo)
