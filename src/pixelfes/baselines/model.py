"""NetworkModel: a trained generator behind the interface of every other model."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
import torch

from pixelfes.arrays import Floats, Pixels
from pixelfes.baselines.model_file import LearntNetwork, read_network, save_network
from pixelfes.baselines.networks import count
from pixelfes.baselines.settings import NetworkSettings, TrainingSettings
from pixelfes.baselines.training import Report, train
from pixelfes.baselines.training_faces import TrainingFaces, gather_faces, to_range
from pixelfes.errors import InputError
from pixelfes.expression.model import ExpressionModel, ModelInfo, Progress, check_intensity
from pixelfes.expression.pairs_to_faces import find_pairs
from pixelfes.face.composite import composite
from pixelfes.face.grid import GridRegistration
from pixelfes.face.landmarks import FaceChoice, LandmarkProvider, find_faces

if TYPE_CHECKING:
    from pixelfes.expression.pairs import PairLike


class NetworkModel(ExpressionModel):
    """StarGAN, GANimation or US-GAN on the grid registration: what it changes in a crop is added to the photo.

    Parameters
    ----------
    network : NetworkSettings
    training : TrainingSettings, optional
        For `fit`.
    folder : Path, optional
        Where a training keeps checkpoints, losses and samples.
    landmarks : LandmarkProvider, optional

    Attributes
    ----------
    learnt_ : LearntNetwork
    history_ : list of rows
        What was noted of losses, as `training.HISTORY` names them; after a fit alone.
    seconds_ : float
        How long the steps of the training took, in all runs that it went on in; after a fit alone.
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
        super().__init__("grid", size=network.size, landmarks=landmarks)
        self.network, self.training, self.folder = network, training, folder

    def fit(
        self,
        pairs: Iterable[PairLike],
        *,
        info: ModelInfo | None = None,
        progress: Progress | None = None,
        report: Report = lambda status: None,
    ) -> Self:
        """Train on pairs of photos; parameters as of `ExpressionModel.fit`, and ``report`` as of `training.train`."""
        from pixelfes.expression.pairs import as_pairs

        listed, show = as_pairs(pairs), progress or (lambda stage, done, total: None)
        found = find_pairs(listed, self._provider(None), tick=lambda done: show("landmarks", done, len(listed)))
        total = len(found.faces)
        faces = gather_faces(
            found.faces, self.network.method, self.network.size, lambda done: show("registration", done, total)
        )
        self.skipped_ = found.skipped + faces.skipped
        return self.fit_faces(faces, info=info, report=report)

    def fit_faces(
        self, faces: TrainingFaces, *, info: ModelInfo | None = None, report: Report = lambda status: None
    ) -> Self:
        """Train on faces that are registered already."""
        if self.training is None:
            raise InputError("this NetworkModel was made without TrainingSettings, and cannot be trained")
        network = replace(self.network, conditions=faces.conditions.count)
        generator, self.history_, self.seconds_ = train(faces, network, self.training, self.folder, report)
        self.info_ = replace(info or ModelInfo(), n_pairs=faces.n_pairs)
        self.learnt_ = LearntNetwork(generator, network, faces.conditions, self.training.described(), self.info_)
        return self

    def synthesize(
        self, photo: Any, intensity: float = 1.0, *, landmarks: npt.ArrayLike | None = None, face: FaceChoice = "all"
    ) -> Any:
        """Return the photo with the expression on every face of it; as of `ExpressionModel`, with one difference.

        GANimation's intensity is continuous: it scales what is added to the face's action units. StarGAN and US-GAN know on
        and off alone: 0 returns the same pixels, anything above it is 1, with a warning where it is neither.
        """
        check_intensity(intensity)
        self._check_fitted()
        if self.ignores(intensity):
            title = self.learnt_.settings.title
            warnings.warn(f"{title} is on or off: intensity {intensity:g} is the same as 1", UserWarning, stacklevel=2)
        return super().synthesize(photo, intensity, landmarks=landmarks, face=face)

    def ignores(self, intensity: float) -> bool:
        """Whether an intensity is none that the network can tell from 1, and is not 1."""
        return not self.learnt_.settings.continuous and intensity not in (0, 1)

    def synthesize_pixels(
        self,
        pixels: Pixels,
        intensity: float = 1.0,
        *,
        landmarks: npt.ArrayLike | None = None,
        face: FaceChoice = "all",
    ) -> Pixels:
        """Do what `synthesize` does to an (H, W, 3) uint8 RGB array, without reading, converting or warning."""
        check_intensity(intensity)
        self._check_fitted()
        faces = find_faces(self._provider(landmarks), pixels, face)
        out = pixels.copy()
        if intensity > 0:
            for points in faces:
                self._change_face(out, points, intensity)
        return out

    def _change_face(self, pixels: Pixels, points: npt.NDArray[np.float64], intensity: float) -> None:
        """Add to a photo, in place, what the network changes in the crop of a face."""
        registration = GridRegistration(self.learnt_.settings.size)
        crop = registration.texture(pixels, points)
        change = (self.picture(crop, self.learnt_.conditions.wanted(points, intensity)) - crop) * registration.face[
            ..., None
        ]
        placement = registration.place(points, points, pixels.shape, np.ones(crop.shape[:2], np.float32))
        composite(pixels, placement, np.zeros((*crop.shape[:2], 1), np.float32), change)

    def picture(self, crop: Floats, condition: Floats) -> Floats:
        """Return what the generator makes of a crop (S, S, 3) from 0 to 1."""
        x, wanted = (torch.from_numpy(part)[None] for part in (to_range(255 * crop), condition))
        with torch.no_grad():
            made = self.learnt_.generator(x, wanted).picture[0]
        return np.asarray((made.permute(1, 2, 0).numpy() + 1) / 2, np.float32)

    def save(self, path: str | Path, precision: Literal["float16", "float32"] = "float32") -> None:
        """Write the network to a safetensors file, in single precision: complete, or not at all."""
        if precision != "float32":
            raise InputError(f"a network is stored in float32; found {precision!r}")
        self._check_fitted()
        save_network(replace(self.learnt_, info=self.info_), path)

    @property
    def n_parameters_(self) -> int:
        """Count of the generator's parameters: the critic is needed for training alone."""
        self._check_fitted()
        return count(self.learnt_.generator)

    def described(self) -> tuple[str, dict[str, Any]]:
        """Return the name of the method, and what it is set to."""
        settings = self.learnt_.settings
        chosen = {name: getattr(settings, name) for name in ("width", "blocks", "conditions")}
        intensity = "continuous" if settings.continuous else "on or off"
        return settings.method, chosen | {"intensity": intensity, "budget": self.learnt_.budget}

    def _check_fitted(self) -> None:
        if not hasattr(self, "learnt_"):
            raise InputError("this NetworkModel is not fitted yet: call fit, or load a model")


def load_network(path: Path) -> NetworkModel:
    """Load a network from a file.

    Raises
    ------
    ModelError
        Where the file is not a valid one; the message names what is wrong.
    """
    learnt = read_network(path)
    model = NetworkModel(learnt.settings)
    model.learnt_, model.info_, model.skipped_ = learnt, learnt.info, []
    return model
