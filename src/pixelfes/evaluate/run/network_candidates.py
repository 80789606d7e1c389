"""Networks as candidates: their budget, and their training in a fold, which resumes from its checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pixelfes.baselines.settings import NetworkSettings, TrainingSettings, check_whole_number
from pixelfes.evaluate.run.results_cache import code_hash
from pixelfes.expression.pairs_to_faces import FacePair
from pixelfes.extras import require_extra

if TYPE_CHECKING:
    from pixelfes.baselines.model import NetworkModel
    from pixelfes.baselines.settings import NetworkMethod
    from pixelfes.baselines.training_faces import TrainingFaces


@dataclass(frozen=True)
class NetworkBudget:
    """The training budget of the networks of a comparison.

    Attributes
    ----------
    steps, batch : int
        See `pixelfes.baselines.settings.TrainingSettings`.
    size, width : int
        See `pixelfes.baselines.settings.NetworkSettings`.
    device : {"auto", "cpu", "cuda"}
    folds : int, or None
        In how many folds they take part; None for all.
    """

    steps: int
    batch: int = 16
    size: int = 128
    width: int = 64
    device: str = "auto"
    folds: int | None = None

    def described(self) -> str:
        """Say it in words: what stands in the row of a table."""
        return self.training().budget_text()

    def training(self) -> TrainingSettings:
        """Return how they are trained: with checkpoints, and without sheets of samples, which would keep people's faces."""
        return TrainingSettings(self.steps, self.batch, device=self.device, checkpoint_every=250)

    def check(self) -> None:
        """Raise `InputError` where a number is out of its range, `MissingDependencyError` where PyTorch is missing."""
        NetworkSettings("stargan", self.size, self.width)
        self.training()
        if self.folds is not None:
            check_whole_number("folds", self.folds, 1, 1000)
        require_extra("gan", "torch")


@dataclass(frozen=True)
class TrainedNetwork:
    """A network, and the seconds that its training and the registration of the faces took."""

    model: NetworkModel
    fit_seconds: float
    registration_seconds: float


def train_network(method: str, budget: NetworkBudget, faces: Sequence[FacePair], folder: Path) -> TrainedNetwork:
    """Train a network on the faces of a fold; a training that was stopped goes on from its checkpoint.

    Parameters
    ----------
    method : {"stargan", "ganimation", "usgan"}
    budget : NetworkBudget
    faces : list of FacePair
    folder : Path
        Holds one folder for each training.
    """
    from time import perf_counter

    from pixelfes.baselines.model import NetworkModel
    from pixelfes.baselines.training_faces import gather_faces

    start = perf_counter()
    kind = cast("NetworkMethod", method)
    gathered = gather_faces(faces, kind, budget.size)
    registered = perf_counter() - start
    network, kept = NetworkSettings(kind, budget.size, budget.width), folder / _key(method, budget, gathered)
    model = NetworkModel(network, budget.training(), folder=kept)
    model.fit_faces(gathered)
    return TrainedNetwork(model, model.seconds_, registered)


def _key(method: str, budget: NetworkBudget, faces: TrainingFaces) -> str:
    """Return the name of a training: the same for the same network, on the same faces, by the same code and settings.

    The code is the room `pixelfes.baselines`. What other rooms do to the faces is in their fingerprint.
    """
    network, training = (
        NetworkSettings(cast("NetworkMethod", method), budget.size, budget.width),
        asdict(budget.training()),
    )
    del training["device"]  # the same training elsewhere
    said = json.dumps([code_hash("baselines"), asdict(network), training, faces.fingerprint()], sort_keys=True)
    return f"{method}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"
