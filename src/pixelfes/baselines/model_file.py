"""The file of a network: arrays ``generator.*``, for GANimation ``units.rest`` and ``units.change``, and a header.

The header is the metadata entry ``pixelfes-network``, a JSON object with the fields of `_Header`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pixelfes.arrays import AnyArray, Arrays
from pixelfes.baselines.action_units import ACTION_UNITS
from pixelfes.baselines.network_arrays import arrays_of, fill_network
from pixelfes.baselines.networks import Generator
from pixelfes.baselines.settings import DOMAINS, NETWORK_FILE, NetworkSettings
from pixelfes.baselines.training_faces import Conditions
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.base import ModelInfo
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME
from pixelfes.tensor_file import check_names, checked_array, checked_header, naming, read_tensor_file, write_tensor_file
from pixelfes.version import __version__

_UNIT_SHAPES = {"units.rest": (N_POINTS, 3), "units.change": (len(ACTION_UNITS),)}
_LARGEST_UNIT = 100.0


@dataclass(frozen=True)
class _Header:
    """The metadata of a network file, as JSON."""

    format_version: int
    package_version: str
    method: str
    size: int
    width: int
    conditions: int
    landmark_topology: str
    expression: str
    n_pairs: int
    budget: str
    training_data: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class LearntNetwork:
    """The content of a network file: a generator, its settings and conditions, its training budget in words, and its facts."""

    generator: Generator
    settings: NetworkSettings
    conditions: Conditions
    budget: str
    info: ModelInfo


def write_network(learnt: LearntNetwork, path: str | Path) -> None:
    """Write a network to a file in single precision, completely or not at all."""
    header = _Header(
        format_version=1,
        landmark_topology=TOPOLOGY_NAME,
        budget=learnt.budget,
        **asdict(learnt.settings),
        **(asdict(learnt.info) | {"package_version": __version__}),
    )
    arrays = arrays_of("generator", learnt.generator)
    for name in _UNIT_SHAPES:
        value = getattr(learnt.conditions, name.removeprefix("units."))
        if value is not None:
            arrays[name] = value.astype(np.float32)
    write_tensor_file(NETWORK_FILE, path, asdict(header), arrays)


def read_network(path: str | Path) -> LearntNetwork:
    """Read a network from an untrusted file.

    Raises
    ------
    ModelError
        If the file is not a valid network; the message names what is wrong.
    """
    with naming(NETWORK_FILE, path):
        values, arrays = read_tensor_file(NETWORK_FILE, path)
        header = checked_header(values, _Header)
        settings = _settings(header)
        generator = Generator(settings)
        units = {name: arrays.pop(name) for name in list(arrays) if name.startswith("units.")}
        if stray := [name for name in arrays if not name.startswith("generator.")]:
            raise ModelError(f"it has an array {stray[0]!r} that does not belong there")
        fill_network(generator, {name.removeprefix("generator."): array for name, array in arrays.items()})
        conditions = _conditions(units, settings)
    info = ModelInfo(**{item.name: getattr(header, item.name) for item in fields(ModelInfo)})
    return LearntNetwork(generator.eval(), settings, conditions, header.budget, info)


def _settings(header: _Header) -> NetworkSettings:
    if header.landmark_topology != TOPOLOGY_NAME:
        raise ModelError(f"its landmarks are {header.landmark_topology!r}; known are {TOPOLOGY_NAME!r}")
    try:
        settings = NetworkSettings(header.method, header.size, header.width, header.conditions)  # type: ignore[arg-type]
    except InputError as error:
        raise ModelError(str(error)) from error
    wanted = len(ACTION_UNITS) if settings.continuous else DOMAINS
    if settings.conditions != wanted:
        raise ModelError(
            f"a {settings.title} of a pair of expressions has {wanted} conditions; it has {header.conditions}"
        )
    return settings


def _conditions(units: Arrays, settings: NetworkSettings) -> Conditions:
    wanted = _UNIT_SHAPES if settings.continuous else {}
    check_names(units, wanted, "its set of action units")
    checked: dict[str, Any] = {}
    for name, shape in wanted.items():
        array: AnyArray = checked_array(units, name, shape, [np.float32], _LARGEST_UNIT)
        checked[name.removeprefix("units.")] = array.astype(np.float64)
    return Conditions(**checked)
