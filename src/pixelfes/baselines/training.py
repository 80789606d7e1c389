"""Training: critic and generator in turn, with notes, sheets of samples and checkpoints."""

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
from pixelfes.baselines.checkpoints import Training, load_checkpoint, save_checkpoint
from pixelfes.baselines.networks import Critic, Generator
from pixelfes.baselines.objectives import Batch, Terms, critic_terms, generator_terms, weighted
from pixelfes.baselines.settings import N_CRITIC, NetworkSettings, TrainingSettings
from pixelfes.baselines.training_faces import TrainingFaces, to_range
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
"""What is noted after every update of the generator: the whole losses and their terms, before weighting; distance is
``D(x) - D(G(x, g))``, how far the critic tells them apart."""

_SHEET_PEOPLE = 6


@dataclass(frozen=True)
class TrainingStatus:
    """How far a training is: steps, the last row of the history, and pictures a second since it began or went on."""

    step: int
    steps: int
    losses: dict[str, float]
    pictures_per_second: float


class Trained(NamedTuple):
    """A generator on the CPU, rows as `HISTORY_COLUMNS` names them, and the seconds of all steps."""

    generator: Generator
    history: list[list[float]]
    seconds: float


Report: TypeAlias = Callable[[TrainingStatus], None]


def train(
    faces: TrainingFaces,
    network: NetworkSettings,
    settings: TrainingSettings,
    folder: Path | None = None,
    report: Report = lambda status: None,
) -> Trained:
    """Train a generator, or go on from the checkpoint in the folder.

    Every step draws what it sees from the seed and its own number alone, so on one CPU a training that was stopped ends
    with the same weights as one that was not.

    Parameters
    ----------
    faces : TrainingFaces
        Of the size of the network.
    network, settings
    folder : Path, optional
        Where checkpoint.safetensors, losses.csv and samples/ are kept; it is made when it is missing.
    report : callable
        Told the status after every update of the generator.

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        Where CUDA is asked for and not there.
    ModelError
        Where the folder holds the checkpoint of another training.
    """
    device = find_device(settings.device)
    trainer = _Trainer(faces, network, settings, device)
    training = trainer.training
    checkpoint = folder / "checkpoint.safetensors" if folder else None
    if checkpoint and checkpoint.is_file():
        load_checkpoint(training, checkpoint)
    start, begun = time.perf_counter(), training.step
    while training.step < settings.steps:
        step = training.step
        before = time.perf_counter()
        row = trainer.step(step)
        training.step += 1
        training.seconds += time.perf_counter() - before
        if row:
            training.history.append(row)
            speed = (training.step - begun) * settings.batch / (time.perf_counter() - start)
            report(TrainingStatus(training.step, settings.steps, dict(zip(HISTORY_COLUMNS, row, strict=True)), speed))
        if folder:
            _keep(trainer, folder)
    return Trained(trainer.generator.cpu().eval(), training.history, training.seconds)


def find_device(name: str) -> torch.device:
    """Return the device of a name; "auto" is CUDA where there is any."""
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("there is no CUDA device here: use --device auto or cpu")
    return torch.device("cuda" if available and name != "cpu" else "cpu")


class _Trainer:
    """The two networks at work."""

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
        self.training = Training(networks, dict(self._optimisers), identity, 0, [])

    def step(self, step: int) -> list[float]:
        """Update the critic, and in every fifth step the generator; return a row of the history then, else an empty list."""
        drawn = self.faces.draw(self.settings.seed, step, self.settings.batch)
        batch = Batch(*(torch.from_numpy(part).to(self.device) for part in drawn))
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
            raise InputError(f"the training has diverged at step {step + 1}: its losses are no numbers any more")
        return row

    def _update(
        self, name: str, terms_of: Callable[[Generator, Critic, Batch], Terms], batch: Batch, step: int
    ) -> dict[str, float]:
        optimiser = self._optimisers[name]
        for group in optimiser.param_groups:
            group["lr"] = self.settings.rate(step)
        with self._precision():
            terms = terms_of(self.generator, self.critic, batch)
        total = weighted(self.generator, terms)
        for each in self._optimisers.values():
            each.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        if name == "critic" and (step + 1) % N_CRITIC:
            return {}  # nobody asks, and asking would wait for the device
        return {key: float(term.detach()) for key, term in (terms | {"total": total}).items()}

    def _precision(self) -> Any:
        """Return what lets CUDA calculate in bfloat16, whose range needs no scaling of losses, if it can."""
        mixed = self.device.type == "cuda" and torch.cuda.is_bf16_supported()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=mixed)

    def sheet(self) -> Pixels:
        """Return a row a person, of some: neutral, changed by the network, and the real expression."""
        n = min(_SHEET_PEOPLE, self.faces.n_pairs)
        before, after = self.faces.pixels[0 : 2 * n : 2], self.faces.pixels[1 : 2 * n : 2]
        goal = torch.from_numpy(self.faces.shown[1 : 2 * n : 2])
        made = to_pixels(self._made(torch.from_numpy(np.array([to_range(face) for face in before])), goal))
        return np.concatenate([np.concatenate(row, axis=1) for row in zip(before, made, after, strict=True)])

    def _made(self, pictures: Tensor, goal: Tensor) -> Tensor:
        with torch.no_grad(), self._precision():
            return self.generator(pictures.to(self.device), goal.to(self.device)).picture.cpu()


def to_pixels(pictures: Tensor) -> Pixels:
    """Return pictures (B, 3, S, S) from -1 to 1 as (B, S, S, 3) uint8."""
    return np.asarray(((pictures + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy(), np.uint8)


def _keep(trainer: _Trainer, folder: Path) -> None:
    """Write what is due after a step: a sheet of samples, and a checkpoint with the losses."""
    settings, training = trainer.settings, trainer.training
    last = training.step == settings.steps
    if settings.sample_every and (training.step % settings.sample_every == 0 or last):
        (folder / "samples").mkdir(parents=True, exist_ok=True)
        made_by = f"pixelfes {__version__}, samples of a training"
        file = folder / "samples" / f"{training.step:07d}.png"
        write_file(file, encode_photo(Photo(trainer.sheet()), "PNG", made_by=made_by))
    if settings.checkpoint_every and (training.step % settings.checkpoint_every == 0 or last):
        folder.mkdir(parents=True, exist_ok=True)
        save_checkpoint(training, folder / "checkpoint.safetensors")
        lines = [",".join(HISTORY_COLUMNS), *(",".join(f"{value:.6g}" for value in row) for row in training.history)]
        write_file(folder / "losses.csv", "\n".join([*lines, ""]).encode())
