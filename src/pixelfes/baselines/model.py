"""NetworkModel: a trained generator as a `Model`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import torch

from pixelfes.arrays import Array, DeepPixels, Floats, Pixels
from pixelfes.baselines.model_file import LearntNetwork, read_network, write_network
from pixelfes.baselines.networks import parameter_count
from pixelfes.baselines.settings import NetworkSettings, TrainingSettings
from pixelfes.baselines.training import ReportStatus, train
from pixelfes.baselines.training_faces import TrainingFaces, gather_faces, to_network_range
from pixelfes.errors import InputError
from pixelfes.expression.base import Model, ModelDescription, ModelInfo, Precision, Progress, TeethChoice, no_progress
from pixelfes.expression.pairs_to_faces import find_pairs
from pixelfes.face.composite import composite
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.tracking.readouts import AS_READ, Readouts

if TYPE_CHECKING:
    from pixelfes.expression.pairs import PairLike


class NetworkModel(Model):
    """StarGAN, GANimation or US-GAN on the grid registration.

    The network changes a crop of the face, and the difference is added to the photo. GANimation is continuous: the
    intensity scales the change of the face's action units. StarGAN and US-GAN are on or off: intensity 0 returns the
    same pixels, and every other intensity counts as 1.

    Parameters
    ----------
    network : NetworkSettings
    training : TrainingSettings, optional
        Required by `fit` and `fit_faces`.
    folder : Path, optional
        Folder for the checkpoints, losses and samples of a training.
    landmarks : LandmarkProvider, optional

    Attributes
    ----------
    learnt_ : LearntNetwork
    history_ : list of list of float
        Losses, in the columns of `training.HISTORY_COLUMNS`; only after a fit.
    seconds_ : float
        Duration of the training's steps, over all runs; only after a fit.
    """

    learnt_: LearntNetwork
    history_: list[list[float]]
    seconds_: float

    def __init__(
        self,
        network: NetworkSettings,
        training: TrainingSettings | None = None,
        *,
        folder: Path | None = None,
        landmarks: LandmarkProvider | None = None,
    ) -> None:
        super().__init__(landmarks)
        self.network, self.training, self.folder = network, training, folder

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a network from a file.

        Raises
        ------
        ModelError
            If the file is not a valid network; the message names what is wrong.
        """
        learnt = read_network(path)
        model = cls(learnt.settings)
        model.learnt_, model.info_, model.skipped_ = learnt, learnt.info, []
        return model

    def fit(
        self,
        pairs: Iterable[PairLike],
        *,
        info: ModelInfo | None = None,
        progress: Progress | None = None,
        report: ReportStatus = lambda status: None,
    ) -> Self:
        """Train on pairs of photos.

        Parameters
        ----------
        pairs, info, progress
            See `ExpressionModel.fit`.
        report : callable
            See `training.train`.

        Raises
        ------
        InputError
            If no pair can be used, or the model has no training settings.
        """
        from pixelfes.expression.pairs import as_pairs

        listed, show = as_pairs(pairs), progress or no_progress
        found = find_pairs(listed, self.provider(None), tick=lambda done: show("landmarks", done, len(listed)))
        total = len(found.faces)
        faces = gather_faces(
            found.faces, self.network.method, self.network.size, lambda done: show("registration", done, total)
        )
        self.skipped_ = found.skipped + faces.skipped
        return self.fit_faces(faces, info=info, report=report)

    def fit_faces(
        self, faces: TrainingFaces, *, info: ModelInfo | None = None, report: ReportStatus = lambda status: None
    ) -> Self:
        """Train on registered faces.

        Parameters
        ----------
        faces : TrainingFaces
        info, report
            See `fit`.

        Raises
        ------
        InputError
            If the model has no training settings.
        """
        if self.training is None:
            raise InputError("this NetworkModel was made without TrainingSettings and cannot be trained")
        network = replace(self.network, conditions=faces.conditions.n_conditions)
        generator, self.history_, self.seconds_ = train(faces, network, self.training, self.folder, report)
        self.info_ = replace(info or ModelInfo(), n_pairs=faces.n_pairs)
        self.learnt_ = LearntNetwork(generator, network, faces.conditions, self.training.budget_text(), self.info_)
        return self

    def save(self, path: str | Path, precision: Precision = "float32") -> None:
        """Write the network to a safetensors file in single precision, completely or not at all."""
        if precision != "float32":
            raise InputError(f"a network is stored in float32; found {precision!r}")
        self._check_fitted()
        write_network(replace(self.learnt_, info=self.info_), path)

    @property
    def n_parameters_(self) -> int:
        """Number of parameters of the generator, without the critic."""
        self._check_fitted()
        return parameter_count(self.learnt_.generator)

    def describe(self) -> ModelDescription:
        """Return the network's method, width, blocks, conditions and training budget."""
        self._check_fitted()
        settings = self.learnt_.settings
        parameters = {name: getattr(settings, name) for name in ("width", "blocks", "conditions")}
        parameters["intensity"] = "continuous" if settings.continuous else "on or off"
        parameters["budget"] = self.learnt_.budget
        return ModelDescription(settings.method, parameters, "grid", settings.size, is_continuous=settings.continuous)

    def generate(self, crop: Floats, condition: Floats) -> Floats:
        """Return the generator's output (S, S, 3) for a crop of the same shape and a condition (K,); pixels in [0, 1]."""
        x, wanted = (torch.from_numpy(array)[None] for array in (to_network_range(255 * crop), condition))
        with torch.no_grad():
            made = self.learnt_.generator(x, wanted).picture[0]
        return np.asarray((made.permute(1, 2, 0).numpy() + 1) / 2, np.float32)

    def _change_face(
        self,
        pixels: Pixels,
        landmarks: Array,
        intensity: float,
        teeth: TeethChoice = "auto",
        deep: DeepPixels | None = None,
        readouts: Readouts = AS_READ,
    ) -> None:
        registration = GridRegistration(self.learnt_.settings.size)
        crop = registration.texture(pixels, landmarks)
        wanted = self.learnt_.conditions.wanted(landmarks, intensity)
        change = (self.generate(crop, wanted) - crop) * registration.face_mask[..., None]
        placement = registration.place(landmarks, landmarks, pixels.shape, np.ones(crop.shape[:2], np.float32))
        for picture in (pixels, deep):
            if picture is not None:
                composite(picture, placement, np.zeros((*crop.shape[:2], 1), np.float32), change)

    def _check_fitted(self) -> None:
        if not hasattr(self, "learnt_"):
            raise InputError("this NetworkModel is not fitted yet: call fit, or load a model")
