"""Convert the weights of a network to named arrays and back; check every array."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.tensor_file import check_names, checked_array

LARGEST_NUMBER = 1e8
"""Largest magnitude of a weight, and of the step count that Adam keeps."""


def arrays_of(name: str, network: nn.Module) -> dict[str, AnyArray]:
    """Return the weights of a network on the CPU, by name; each key begins with ``name`` and a dot."""
    return {f"{name}.{key}": value.detach().cpu().numpy() for key, value in network.state_dict().items()}


def fill_network(network: nn.Module, arrays: Arrays) -> None:
    """Set the weights of a network.

    Raises
    ------
    ModelError
        If a name, shape, dtype or value does not fit the network.
    """
    wanted = network.state_dict()
    check_names(arrays, wanted, "its network")
    network.load_state_dict({name: float_tensor(arrays, name, value.shape) for name, value in wanted.items()})


def float_tensor(arrays: Arrays, name: str, shape: torch.Size) -> torch.Tensor:
    """Check one array of a file and return it as a float32 tensor."""
    return torch.from_numpy(checked_array(arrays, name, tuple(shape), [np.float32], LARGEST_NUMBER).copy())
