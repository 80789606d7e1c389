"""Networks as files: safetensors with JSON metadata, every key, shape, type and value of an untrusted file checked.

A file holds the arrays ``generator.*``, for GANimation ``units.rest`` and ``units.change``, and one metadata entry
``pixelfes-network``, a JSON object with the fields of `_Header`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pixelfes.baselines.action_units import UNITS
from pixelfes.baselines.checkpoints import fill_network, network_tensors, read_tensors
from pixelfes.baselines.networks import Generator
from pixelfes.baselines.settings import DOMAINS, NetworkSettings
from pixelfes.baselines.training_faces import Conditions
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.model import ModelInfo
from pixelfes.face.topology import N_POINTS, TOPOLOGY_NAME
from pixelfes.file_writing import write_file
from pixelfes.version import __version__

FORMAT_VERSION = 1
METADATA_KEY = "pixelfes-network"

_UNIT_SHAPES = {"rest": (N_POINTS, 3), "change": (len(UNITS),)}


@dataclass(frozen=True)
class _Header:
    """The metadata of a file, as JSON."""

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
    """What is in a file: a generator with its settings, how it is asked, the budget of its training, and what it says."""

    generator: Generator
    settings: NetworkSettings
    conditions: Conditions
    budget: str
    info: ModelInfo


def save_network(learnt: LearntNetwork, path: str | Path) -> None:
    """Write a network to a file, whole or not at all."""
    from safetensors.torch import save

    info = learnt.info
    header = _Header(
        FORMAT_VERSION,
        __version__,
        **asdict(learnt.settings),
        landmark_topology=TOPOLOGY_NAME,
        expression=info.expression,
        n_pairs=info.n_pairs,
        budget=learnt.budget,
        training_data=info.training_data,
        licence=info.licence,
        attribution=info.attribution,
    )
    tensors = network_tensors("generator", learnt.generator)
    for name in _UNIT_SHAPES:
        value = getattr(learnt.conditions, name)
        if value is not None:
            tensors[f"units.{name}"] = torch.from_numpy(value.astype(np.float32))
    write_file(path, save(tensors, metadata={METADATA_KEY: json.dumps(asdict(header), sort_keys=True)}))


def read_network(path: Path) -> LearntNetwork:
    """Read a network from a file.

    Raises
    ------
    ModelError
        Where the file is not a valid one; the message names what is wrong.
    """
    try:
        tensors, metadata = read_tensors(path)
        header = _checked_header(metadata)
        settings = _settings(header)
        generator = Generator(settings)
        units = {name: tensors.pop(name) for name in list(tensors) if name.startswith("units.")}
        if stray := [name for name in tensors if not name.startswith("generator.")]:
            raise ModelError(f"it has an array {stray[0]!r} that does not belong there")
        fill_network(generator, {name.removeprefix("generator."): tensor for name, tensor in tensors.items()})
        conditions = _conditions(units, settings)
    except ModelError as error:
        raise ModelError(f"{path} is not a valid pixelfes model: {error}") from error
    info = ModelInfo(**{item.name: getattr(header, item.name) for item in fields(ModelInfo)})
    return LearntNetwork(generator.eval(), settings, conditions, header.budget, info)


def _checked_header(metadata: Mapping[str, str]) -> _Header:
    try:
        values = json.loads(metadata[METADATA_KEY])
    except (KeyError, ValueError, RecursionError) as error:
        raise ModelError(f"its metadata have no JSON entry {METADATA_KEY!r}") from error
    if not isinstance(values, dict) or type(values.get("format_version")) is not int:
        raise ModelError("its metadata name no format version")
    if values["format_version"] != FORMAT_VERSION:
        raise ModelError(f"it has format version {values['format_version']}, and this pixelfes reads {FORMAT_VERSION}")
    kinds: dict[str, type] = {"int": int, "str": str}
    for item in fields(_Header):
        if type(values.get(item.name)) is not kinds[str(item.type)]:
            raise ModelError(f"its metadata entry {item.name!r} is missing or no {kinds[str(item.type)].__name__}")
    if unknown := sorted(set(values) - {item.name for item in fields(_Header)}):
        raise ModelError(f"its metadata have entries that are not known: {', '.join(unknown)}")
    return _Header(**values)


def _settings(header: _Header) -> NetworkSettings:
    if header.landmark_topology != TOPOLOGY_NAME:
        raise ModelError(f"its landmarks are {header.landmark_topology!r}; known are {TOPOLOGY_NAME!r}")
    try:
        settings = NetworkSettings(header.method, header.size, header.width, header.conditions)  # type: ignore[arg-type]
    except InputError as error:
        raise ModelError(str(error)) from error
    wanted = len(UNITS) if settings.continuous else DOMAINS
    if settings.conditions != wanted:
        raise ModelError(
            f"a {settings.title} of a pair of expressions has {wanted} conditions; it has {header.conditions}"
        )
    return settings


def _conditions(units: Mapping[str, Tensor], settings: NetworkSettings) -> Conditions:
    wanted = _UNIT_SHAPES if settings.continuous else {}
    if set(units) != {f"units.{name}" for name in wanted}:
        raise ModelError(f"it has the arrays {sorted(units)} of action units; asked for are {sorted(wanted)}")
    checked: dict[str, Any] = {}
    for name, shape in wanted.items():
        array = units[f"units.{name}"]
        if tuple(array.shape) != shape or array.dtype != torch.float32:
            raise ModelError(f"units.{name} must be float32 of shape {shape}; found {array.dtype} {tuple(array.shape)}")
        if not bool(torch.isfinite(array).all()) or float(array.abs().max()) > 100:
            raise ModelError(f"units.{name} has numbers that are not finite, or beyond 100")
        checked[name] = array.numpy().astype(np.float64)
    return Conditions(**checked)
