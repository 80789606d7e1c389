"""Train a network: update critic and generator in turn; write losses, samples and checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from pixelfes.arrays import Pixels
from pixelfes.baselines.checkpoints import TrainingState, load_checkpoint, save_checkpoint
from pixelfes.baselines.networks import Critic, Generator
from pixelfes.baselines.objectives import LossTerms, TrainingBatch, critic_terms, generator_terms, weighted_sum
from pixelfes.baselines.settings import N_CRITIC, NetworkSettings, TrainingSettings
from pixelfes.baselines.training_faces import TrainingFaces, to_network_range
from pixelfes.errors import InputError
from pixelfes.file_writing import write_file
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo
from pixelfes.version import __version__

HISTORY_COLUMNS = (
    "step",
    "critic",
    "distance",
    "penalty",
    "critic_condition",
    "generator",
    "generator_condition",
    "cycle",
)
"""Columns of the history, which has a row per update of the generator.

"critic" and "generator" are the whole losses; the others are their terms before weighting. "distance" is
``D(x) - D(G(x, g))``, the difference between the critic's scores of real and generated pictures.
"""

_SHEET_PEOPLE = 6


@dataclass(frozen=True)
class TrainingStatus:
    """The progress of a training.

    Attributes
    ----------
    step, steps : int
        Steps done, and steps in total.
    losses : dict from column to value
        The last row of the history.
    pictures_per_second : float
        Mean since this run began.
    """

    step: int
    steps: int
    losses: dict[str, float]
    pictures_per_second: float


class TrainingResult(NamedTuple):
    """A generator on the CPU, its history in the columns of `HISTORY_COLUMNS`, and the seconds of all steps."""

    generator: Generator
    history: list[list[float]]
    seconds: float


ReportStatus: TypeAlias = Callable[[TrainingStatus], None]


def train(
    faces: TrainingFaces,
    network: NetworkSettings,
    settings: TrainingSettings,
    folder: Path | None = None,
    report: ReportStatus = lambda status: None,
) -> TrainingResult:
    """Train a generator, or resume from the checkpoint in the folder.

    The random draws of a step depend on the seed and the number of the step alone. On one CPU, a resumed training
    therefore gives the same weights as an uninterrupted one.

    Parameters
    ----------
    faces : TrainingFaces
        Their size must be that of the network.
    network : NetworkSettings
    settings : TrainingSettings
    folder : Path, optional
        Folder for checkpoint.safetensors, losses.csv and samples/; created if it is missing.
    report : callable
        Called with the status after every update of the generator.

    Returns
    -------
    TrainingResult

    Raises
    ------
    InputError
        If CUDA is requested but not available, or the training diverges.
    ModelError
        If the folder holds a damaged checkpoint, or that of another training.
    """
    device = find_device(settings.device)
    trainer = _Trainer(faces, network, settings, device)
    state = trainer.state
    checkpoint = folder / "checkpoint.safetensors" if folder else None
    if checkpoint and checkpoint.is_file():
        load_checkpoint(state, checkpoint)
    start, first = time.perf_counter(), state.step
    while state.step < settings.steps:
        before = time.perf_counter()
        row = trainer.step(state.step)
        state.step += 1
        state.seconds += time.perf_counter() - before
        if row:
            state.history.append(row)
            speed = (state.step - first) * settings.batch / (time.perf_counter() - start)
            report(TrainingStatus(state.step, settings.steps, dict(zip(HISTORY_COLUMNS, row, strict=True)), speed))
        if folder:
            _write_outputs(trainer, folder)
    return TrainingResult(trainer.generator.cpu().eval(), state.history, state.seconds)


def find_device(name: str) -> torch.device:
    """Return a device by name; "auto" is CUDA if it is available, otherwise the CPU.

    Raises
    ------
    InputError
        If CUDA is requested but not available.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("there is no CUDA device here: use --device auto or cpu")
    return torch.device("cuda" if available and name != "cpu" else "cpu")


class _Trainer:
    """Generator and critic with their optimisers, and the data that they learn from."""

    def __init__(
        self, faces: TrainingFaces, network: NetworkSettings, settings: TrainingSettings, device: torch.device
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            self.generator, self.critic = Generator(network).to(device), Critic(network).to(device)
        self.faces, self.settings, self.device = faces, settings, device
        networks: dict[str, nn.Module] = {"generator": self.generator, "critic": self.critic}
        self._optimisers = {
            name: torch.optim.Adam(module.parameters(), settings.learning_rate, betas=(0.5, 0.999))
            for name, module in networks.items()
        }
        chosen = {name: getattr(settings, name) for name in ("steps", "batch", "seed", "learning_rate")}
        identity: dict[str, Any] = asdict(network) | chosen | {"faces": faces.fingerprint()}
        self.state = TrainingState(networks, dict(self._optimisers), identity, 0, [])

    def step(self, step: int) -> list[float]:
        """Update the critic, and in every fifth step the generator; return the row of the history, else an empty list."""
        drawn = self.faces.draw(self.settings.seed, step, self.settings.batch)
        batch = TrainingBatch(*(torch.from_numpy(array).to(self.device) for array in drawn))
        of_critic = self._update("critic", critic_terms, batch, step)
        if (step + 1) % N_CRITIC:
            return []
        of_generator = self._update("generator", generator_terms, batch, step)
        row = [
            float(step + 1),
            *(of_critic["total"], -of_critic["adversarial"], of_critic["penalty"], of_critic["condition"]),
            *(of_generator["total"], of_generator["condition"], of_generator["cycle"]),
        ]
        if not np.isfinite(row).all():
            raise InputError(f"the training diverged at step {step + 1}: its losses are not finite")
        return row

    def _update(
        self,
        name: str,
        terms_of: Callable[[Generator, Critic, TrainingBatch], LossTerms],
        batch: TrainingBatch,
        step: int,
    ) -> dict[str, float]:
        """Update one network; return its loss terms, or an empty dict if this step has no row in the history."""
        optimiser = self._optimisers[name]
        for group in optimiser.param_groups:
            group["lr"] = self.settings.rate(step)
        with self._precision():
            terms = terms_of(self.generator, self.critic, batch)
        total = weighted_sum(self.generator, terms)
        for each in self._optimisers.values():
            each.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        if name == "critic" and (step + 1) % N_CRITIC:
            return {}  # reading the terms would wait for the device
        return {key: float(term.detach()) for key, term in (terms | {"total": total}).items()}

    def _precision(self) -> Any:
        """Return a context in which CUDA computes in bfloat16, if the device supports it.

        The range of bfloat16 is that of float32, so losses need no scaling.
        """
        mixed = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=mixed)

    def sample_sheet(self) -> Pixels:
        """Return a sheet of samples, one person per row: neutral, generated, and the real expression."""
        n = min(_SHEET_PEOPLE, self.faces.n_pairs)
        before, after = self.faces.pixels[0 : 2 * n : 2], self.faces.pixels[1 : 2 * n : 2]
        wanted = torch.from_numpy(self.faces.shown[1 : 2 * n : 2])
        inputs = torch.from_numpy(np.array([to_network_range(face) for face in before]))
        with torch.no_grad(), self._precision():
            generated = self.generator(inputs.to(self.device), wanted.to(self.device)).picture.cpu()
        columns = zip(before, to_uint8(generated), after, strict=True)
        return np.concatenate([np.concatenate(row, axis=1) for row in columns])


def to_uint8(pictures: Tensor) -> Pixels:
    """Convert pictures (B, 3, S, S) from -1 to 1 to (B, S, S, 3) uint8."""
    return np.asarray(((pictures + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy(), np.uint8)


def _write_outputs(trainer: _Trainer, folder: Path) -> None:
    """Write the samples and the checkpoint that are due after a step."""
    settings, state = trainer.settings, trainer.state

    def is_due(interval: int) -> bool:
        return interval > 0 and (state.step % interval == 0 or state.step == settings.steps)

    if is_due(settings.sample_every):
        (folder / "samples").mkdir(parents=True, exist_ok=True)
        made_by = f"pixelfes {__version__}, samples of a training"
        file = folder / "samples" / f"{state.step:07d}.png"
        write_file(file, encode_photo(Photo(trainer.sample_sheet()), "PNG", made_by=made_by))
    if is_due(settings.checkpoint_every):
        folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(state, folder / "checkpoint.safetensors")
        lines = [",".join(HISTORY_COLUMNS), *(",".join(f"{value:.6g}" for value in row) for row in state.history)]
        write_file(folder / "losses.csv", "\n".join([*lines, ""]).encode())
