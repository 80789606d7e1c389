"""Save and load the state of a training: networks, optimisers and losses."""

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
class TrainingState:
    """Everything that a training needs to resume.

    Attributes
    ----------
    networks : dict of Module
    optimisers : dict of Optimizer
    identity : dict
        Settings and a hash of the data, as JSON. A checkpoint with another identity belongs to another training.
    step : int
        Steps done.
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


def save_checkpoint(state: TrainingState, path: Path) -> None:
    """Write the state of a training to a file, completely or not at all."""
    arrays: dict[str, AnyArray] = {}
    for name, network in state.networks.items():
        arrays |= arrays_of(name, network)
    for name, optimiser in state.optimisers.items():
        for number, moments in optimiser.state_dict()["state"].items():
            arrays |= {f"{name}.optimiser.{number}.{key}": moments[key].detach().cpu().numpy() for key in _ADAM_STATE}
    header = {
        "identity": state.identity,
        "step": state.step,
        "history": state.history,
        "seconds": state.seconds,
    }
    write_tensor_file(CHECKPOINT_FILE, path, header, arrays)


def load_checkpoint(state: TrainingState, path: Path) -> None:
    """Read the state of a training from a file, in place.

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
    if identity != state.identity or type(step) is not int or step < 0 or not 0 <= seconds < inf:
        raise ModelError(f"{path} is the checkpoint of a training with other settings or other photos: {_ADVICE}")
    try:
        _fill(state, arrays)
    except ModelError as error:
        raise ModelError(f"{path} is damaged ({error}): {_ADVICE}") from error
    state.step, state.history, state.seconds = step, history, seconds


def _read(path: Path) -> TensorFile:
    try:
        return read_tensor_file(CHECKPOINT_FILE, path)
    except ModelError as error:
        raise ModelError(f"{path} is not a checkpoint of a training ({error}): {_ADVICE}") from error


def _fill(state: TrainingState, arrays: dict[str, AnyArray]) -> None:
    """Move every array into its network or optimiser; raise `ModelError` if one is left over."""
    for name, optimiser in state.optimisers.items():
        _fill_optimiser(optimiser, _take(arrays, f"{name}.optimiser."))
    for name, network in state.networks.items():
        fill_network(network, _take(arrays, f"{name}."))
    if arrays:
        raise ModelError(f"it has an array {min(arrays)!r} that does not belong there")


def _fill_optimiser(optimiser: Optimizer, arrays: Mapping[str, AnyArray]) -> None:
    """Set the state of Adam, which is empty before the first step."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    shapes = {
        f"{number}.{key}": torch.Size([]) if key == "step" else parameter.shape
        for number, parameter in enumerate(parameters if arrays else [])
        for key in _ADAM_STATE
    }
    check_names(arrays, shapes, "the state of Adam")
    adam: dict[int, dict[str, Tensor]] = {}
    for name, shape in shapes.items():
        number, key = name.split(".")
        adam.setdefault(int(number), {})[key] = float_tensor(arrays, name, shape)
    optimiser.load_state_dict({"state": adam, "param_groups": optimiser.state_dict()["param_groups"]})


def _take(arrays: dict[str, AnyArray], prefix: str) -> dict[str, AnyArray]:
    """Remove the arrays whose names begin with a prefix, and return them under the rest of their names."""
    names = [name for name in arrays if name.startswith(prefix)]
    return {name.removeprefix(prefix): arrays.pop(name) for name in names}
