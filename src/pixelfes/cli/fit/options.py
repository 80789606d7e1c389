"""The options of ``pixelfes fit`` in groups; an option that was not given is None."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pixelfes.expression.base import ModelInfo
    from pixelfes.expression.pairs import Pair
    from pixelfes.face.landmarks import LandmarkProvider


@dataclass(frozen=True)
class FileOptions:
    """What is read and written, whether landmarks are cached, and whether any file may be replaced."""

    pairs: Path
    output: Path
    no_cache: bool
    target: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class InfoOptions:
    """What the model file says beside its numbers."""

    expression: str | None
    training_data: str
    licence: str
    attribution: str


@dataclass(frozen=True)
class RegressorOptions:
    """The options that only regressors have; the precision always has a value."""

    registration: str | None
    alpha: str | None
    channels: str | None
    prior: str | None
    precision: str


@dataclass(frozen=True)
class ClusterOptions:
    """Where a regressor is fitted if not in this process."""

    workers: int | None
    scheduler: str | None


@dataclass(frozen=True)
class NetworkOptions:
    """The options that only networks have."""

    steps: int | None
    batch: int | None
    width: int | None
    seed: int | None
    device: str | None
    sample_every: int | None
    checkpoint_every: int | None


@dataclass(frozen=True)
class FitTask:
    """The data that every method is fitted on.

    Attributes
    ----------
    method : str
    pairs : list of Pair
    info : ModelInfo
    size : int, or None
        Side of the model grid; None for the method's default.
    output : Path
    landmarks : LandmarkProvider
    """

    method: str
    pairs: list[Pair]
    info: ModelInfo
    size: int | None
    output: Path
    landmarks: LandmarkProvider


def flags_given(options: Any, *names: str) -> list[str]:
    """Return the flags of a group's options that were given.

    Examples
    --------
    >>> flags_given(NetworkOptions(10, None, None, None, None, 0, None))
    ['--steps', '--sample-every']
    """
    values = vars(options)
    return [f"--{name.replace('_', '-')}" for name in names or values if values[name] is not None]
