"""Weights and the state of a training as safetensors: flat names, every one of them checked when they are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pixelfes.errors import ModelError, PixelfesError
from pixelfes.file_writing import write_file

METADATA_KEY = "pixelfes-training"
LARGEST_NUMBER = 1e8
"""Of a weight, or of the count of steps that Adam keeps."""

_STATES = ("step", "exp_avg", "exp_avg_sq")


@dataclass
class Training:
    """All that a training needs to go on.

    Attributes
    ----------
    networks : dict of Module
    optimisers : dict of Optimizer
    identity : dict
        Settings and data, as JSON has them; a checkpoint of others is none of this training's.
    step : int
        Steps that are done.
    history : list of list of float
        What was noted of losses, a row each time.
    seconds : float
        How long the steps took, in all the runs that it went on in.
    """

    networks: dict[str, nn.Module]
    optimisers: dict[str, Optimizer]
    identity: dict[str, Any]
    step: int
    history: list[list[float]]
    seconds: float = 0.0


def save_checkpoint(training: Training, path: Path) -> None:
    """Write a training to a file, whole or not at all."""
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    for name, network in training.networks.items():
        tensors |= network_tensors(name, network)
    for name, optimiser in training.optimisers.items():
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {f"{name}.optimiser.{number}.{key}": state[key].detach().cpu() for key in _STATES}
    said = {
        "identity": training.identity,
        "step": training.step,
        "history": training.history,
        "seconds": training.seconds,
    }
    write_file(path, save(tensors, metadata={METADATA_KEY: json.dumps(said)}))


def load_checkpoint(training: Training, path: Path) -> None:
    """Read a training from a file into its networks and optimisers.

    Raises
    ------
    ModelError
        Where the file is not a checkpoint, or one of a training with other settings or on other photos.
    """
    tensors, metadata = read_tensors(path)
    try:
        said = json.loads(metadata[METADATA_KEY])
        identity, step, seconds = said["identity"], said["step"], float(said["seconds"])
        history = [[float(value) for value in row] for row in said["history"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not a checkpoint of a training: remove it to begin anew") from error
    if identity != training.identity or type(step) is not int or step < 0 or not 0 <= seconds < inf:
        raise ModelError(
            f"{path} is the checkpoint of a training with other settings or other photos: remove it to begin anew"
        )
    try:
        for name, network in training.networks.items():
            fill_network(network, _below(tensors, f"{name}."))
        for name, optimiser in training.optimisers.items():
            _fill_optimiser(optimiser, _below(tensors, f"{name}.optimiser."))
        if tensors:
            raise ModelError(f"it has a tensor {min(tensors)!r} that does not belong there")
    except ModelError as error:
        raise ModelError(f"{path} is damaged ({error}): remove it to begin anew") from error
    training.step, training.history, training.seconds = step, history, seconds


def network_tensors(name: str, network: nn.Module) -> dict[str, Tensor]:
    """Return the weights of a network, flat, on the CPU."""
    return {f"{name}.{key}": value.detach().cpu().contiguous() for key, value in network.state_dict().items()}


def read_tensors(path: Path) -> tuple[dict[str, Tensor], Mapping[str, str]]:
    """Read a safetensors file.

    Raises
    ------
    ModelError
        Where it is none.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
            return tensors, file.metadata() or {}
    except (SafetensorError, OSError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, PixelfesError):
            raise
        raise ModelError(f"{path} cannot be read as safetensors ({error})") from error


def fill_network(network: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Set the weights of a network, all of them having the names, shapes and types that it has; takes them from the dict.

    Raises
    ------
    ModelError
        Naming what is wrong.
    """
    wanted = network.state_dict()
    missing, extra = sorted(wanted.keys() - tensors.keys()), sorted(tensors.keys() - wanted.keys())
    if missing or extra:
        raise ModelError(f"a network lacks {missing[:1] or 'nothing'} and has {extra[:1] or 'nothing'} beyond")
    for name, value in wanted.items():
        _check(name, tensors[name], value.shape)
    network.load_state_dict(tensors)


def _fill_optimiser(optimiser: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Set the state of Adam; one that has not made a step yet has none."""
    state: dict[int, dict[str, Tensor]] = {}
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    for number, parameter in enumerate(parameters if tensors else []):
        shapes = {key: parameter.shape if key != "step" else torch.Size([]) for key in _STATES}
        for key, shape in shapes.items():
            name = f"{number}.{key}"
            if name not in tensors:
                raise ModelError(f"the state of Adam lacks {name}")
            _check(name, tensors[name], shape)
            state.setdefault(number, {})[key] = tensors.pop(name)
    if tensors:
        raise ModelError(f"the state of Adam has {min(tensors)!r} beyond")
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _check(name: str, tensor: Tensor, shape: torch.Size) -> None:
    if tensor.shape != shape or tensor.dtype != torch.float32:
        raise ModelError(
            f"{name} must be float32 of shape {tuple(shape)}; found {tensor.dtype} of {tuple(tensor.shape)}"
        )
    if not bool(torch.isfinite(tensor).all()) or (tensor.numel() and float(tensor.abs().max()) > LARGEST_NUMBER):
        raise ModelError(f"{name} has numbers that are not finite, or far too large")


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Take all tensors out whose names begin so, but for those of an optimiser that are not asked for."""
    names = [name for name in tensors if name.startswith(prefix)]
    if not prefix.endswith("optimiser."):
        names = [name for name in names if not name.startswith(f"{prefix}optimiser.")]
    return {name.removeprefix(prefix): tensors.pop(name) for name in names}
