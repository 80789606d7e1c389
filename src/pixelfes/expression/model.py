"""ExpressionModel: registration, displacement and regressor brought together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pixelfes.arrays import Array, DeepPixels, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.base import (
    Model,
    ModelDescription,
    ModelInfo,
    Precision,
    Progress,
    RegistrationName,
    TeethChoice,
    no_progress,
)
from pixelfes.extras import require_extra
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.regress import PixelRegressor, method_name
from pixelfes.tracking.readouts import AS_READ, Readouts

if TYPE_CHECKING:
    from pixelfes.expression.pairs import PairLike
    from pixelfes.expression.pairs_to_faces import Skipped
    from pixelfes.expression.synthesis import Learned

DEFAULT_SIZE = {"mesh": 112, "grid": 128}
"""Side of the model grid by registration, pixels."""


class ExpressionModel(Model):
    """A model of one expression by pixel-based regression.

    Parameters
    ----------
    registration : {"mesh", "grid"}
        Which input pixel an output pixel observes. "mesh": the pixel that corresponds to it by 468 landmarks. "grid":
        the pixel at the same place of an affine crop, as in the papers.
    regressor : PixelRegressor, optional
        What is learnt at every pixel; `PixelRidge` with the prior "identity" by default.
    size : int, optional
        Side of the model grid; 112 for "mesh", 128 for "grid".
    landmarks : LandmarkProvider, optional
        What finds faces; a `FaceDetector` by default.

    Attributes
    ----------
    learned_ : Learned
        The registration, the displacement (for "mesh") and the fitted regressor.
    info_ : ModelInfo
        Facts about the fit.
    skipped_ : list of Skipped
        The pairs that could not be used, and why.

    Examples
    --------
    >>> import pixelfes
    >>> pixelfes.load("smile").n_parameters_
    25088
    """

    learned_: Learned

    def __init__(
        self,
        registration: RegistrationName = "mesh",
        regressor: PixelRegressor | None = None,
        *,
        size: int | None = None,
        landmarks: LandmarkProvider | None = None,
    ) -> None:
        super().__init__(landmarks)
        self.registration = registration
        self.regressor = regressor
        self.size = size

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a model from a file.

        Raises
        ------
        ModelError
            If the file is not a valid model; the message names what is wrong.
        """
        from pixelfes.expression.model_file import read_model

        learned, info = read_model(path)
        registration: RegistrationName = "grid" if learned.displacement is None else "mesh"
        model = cls(registration, learned.regressor, size=learned.registration.size)
        model.learned_, model.info_, model.skipped_ = learned, info, []
        return model

    def fit(
        self, pairs: Iterable[PairLike], *, info: ModelInfo | None = None, progress: Progress | None = None
    ) -> Self:
        """Learn an expression from pairs of photos.

        Parameters
        ----------
        pairs : iterable of Pair, or of (input, target)
            Photos of the same people before and after; a few dozen are enough. The largest face of each photo counts.
        info : ModelInfo, optional
            Facts to store in the model; the number of pairs is filled in.
        progress : callable, optional
            Called as ``progress(stage, done, total)``.

        Returns
        -------
        ExpressionModel
            The model itself. ``skipped_`` lists the pairs that cannot be used (no face, no photo).

        Raises
        ------
        InputError
            If no pair can be used, or a parameter is wrong.
        MissingDependencyError
            If OpenCV is not installed.
        """
        require_extra("photo", "cv2")
        from pixelfes.expression.fitting import fit_parts
        from pixelfes.expression.pairs import as_pairs

        settings = self.fit_settings()
        learned, n_pairs, skipped = fit_parts(as_pairs(pairs), *settings, self.provider(None), progress or no_progress)
        return self.take_fit(learned, n_pairs, skipped, info)

    def fit_settings(self) -> tuple[RegistrationName, int, PixelRegressor]:
        """Check the parameters, and return registration, size and regressor with their defaults filled in."""
        self._check_parameters()
        return self.registration, self.size or DEFAULT_SIZE[self.registration], self.regressor or _default_regressor()

    def take_fit(self, learned: Learned, n_pairs: int, skipped: list[Skipped], info: ModelInfo | None) -> Self:
        """Store the result of a fit, made here or elsewhere."""
        self.learned_, self.skipped_ = learned, skipped
        self.info_ = replace(info or ModelInfo(), n_pairs=n_pairs)
        return self

    def save(self, path: str | Path, precision: Precision = "float32") -> None:
        """Write the model to a safetensors file, completely or not at all; see `expression.model_file.write_model`."""
        from pixelfes.expression.model_file import write_model

        self._check_fitted()
        write_model(self.learned_, self.info_, path, precision)

    @property
    def n_parameters_(self) -> int:
        """Count of the regressor's fitted numbers, the papers' measure of size; displacements do not count."""
        self._check_fitted()
        return self.learned_.regressor.n_parameters_

    def describe(self) -> ModelDescription:
        """Return the regressor's method, parameters and penalty, and the registration."""
        self._check_fitted()
        learned = self.learned_
        regressor = learned.regressor
        return ModelDescription(
            method_name(regressor),
            regressor.get_params(),
            "grid" if learned.displacement is None else "mesh",
            learned.registration.size,
            getattr(regressor, "alpha_", None),
        )

    def _change_face(
        self,
        pixels: Pixels,
        landmarks: Array,
        intensity: float,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
        readouts: Readouts = AS_READ,
    ) -> None:
        from pixelfes.expression.synthesis import change_face

        change_face(self.learned_, pixels, landmarks, intensity, teeth, deep=deep, readouts=readouts)

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


def _default_regressor() -> PixelRegressor:
    from pixelfes.regress import PixelRidge

    return PixelRidge(prior="identity")
