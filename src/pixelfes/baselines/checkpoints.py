"""The state of a training as a file: the networks, their optimisers, the losses so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pixelfes.arrays import AnyArray
from pixelfes.baselines.network_arrays import arrays_of, fill_network, float_tensor
from pixelfes.errors import ModelError
from pixelfes.tensor_file import FileKind, TensorFile, check_names, read_tensor_file, write_tensor_file

CHECKPOINT_FILE = FileKind("checkpoint of a training", "pixelfes-training", version=None)

_ADAM_STATE = ("step", "exp_avg", "exp_avg_sq")
_ADVICE = "remove it to start again"


@dataclass
class Training:
    """Everything that a training needs to go on.

    Attributes
    ----------
    networks : dict of Module
    optimisers : dict of Optimizer
    identity : dict
        Settings and data, as JSON. A checkpoint with another identity belongs to another training.
    step : int
        Steps that are done.
    history : list of list of float
        Losses, one row per update of the generator.
    seconds : float
        Duration of all steps, over all runs.
    """

    networks: dict[str, nn.Module]
    optimisers: dict[str, Optimizer]
    identity: dict[str, Any]
    step: int
    history: list[list[float]]
    seconds: float = 0.0


def save_checkpoint(training: Training, path: Path) -> None:
    """Write a training to a file, completely or not at all."""
    arrays: dict[str, AnyArray] = {}
    for name, network in training.networks.items():
        arrays |= arrays_of(name, network)
    for name, optimiser in training.optimisers.items():
        for number, state in optimiser.state_dict()["state"].items():
            arrays |= {f"{name}.optimiser.{number}.{key}": state[key].detach().cpu().numpy() for key in _ADAM_STATE}
    header = {
        "identity": training.identity,
        "step": training.step,
        "history": training.history,
        "seconds": training.seconds,
    }
    write_tensor_file(CHECKPOINT_FILE, path, header, arrays)


def load_checkpoint(training: Training, path: Path) -> None:
    """Read a training from a file into its networks and optimisers.

    Raises
    ------
    ModelError
        If the file is not a checkpoint, is damaged, or belongs to a training with other settings or photos.
    """
    header, arrays = _read(path)
    try:
        identity, step, seconds = header["identity"], header["step"], float(header["seconds"])
        history = [[float(value) for value in row] for row in header["history"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not a checkpoint of a training: {_ADVICE}") from error
    if identity != training.identity or type(step) is not int or step < 0 or not 0 <= seconds < inf:
        raise ModelError(f"{path} is the checkpoint of a training with other settings or other photos: {_ADVICE}")
    try:
        _fill(training, arrays)
    except ModelError as error:
        raise ModelError(f"{path} is damaged ({error}): {_ADVICE}") from error
    training.step, training.history, training.seconds = step, history, seconds


def _read(path: Path) -> TensorFile:
    try:
        return read_tensor_file(CHECKPOINT_FILE, path)
    except ModelError as error:
        raise ModelError(f"{path} is not a checkpoint of a training ({error}): {_ADVICE}") from error


def _fill(training: Training, arrays: dict[str, AnyArray]) -> None:
    """Give every array to its network or optimiser; none may be left."""
    for name, optimiser in training.optimisers.items():
        _fill_optimiser(optimiser, _take(arrays, f"{name}.optimiser."))
    for name, network in training.networks.items():
        fill_network(network, _take(arrays, f"{name}."))
    if arrays:
        raise ModelError(f"it has an array {min(arrays)!r} that does not belong there")


def _fill_optimiser(optimiser: Optimizer, arrays: Mapping[str, AnyArray]) -> None:
    """Set the state of Adam; before the first step it has none."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    shapes = {
        f"{number}.{key}": torch.Size([]) if key == "step" else parameter.shape
        for number, parameter in enumerate(parameters if arrays else [])
        for key in _ADAM_STATE
    }
    check_names(arrays, shapes, "the state of Adam")
    state: dict[int, dict[str, Tensor]] = {}
    for name, shape in shapes.items():
        number, key = name.split(".")
        state.setdefault(int(number), {})[key] = float_tensor(arrays, name, shape)
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _take(arrays: dict[str, AnyArray], prefix: str) -> dict[str, AnyArray]:
    """Remove the arrays whose names begin with a prefix, and return them under the rest of their names."""
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}
