"""Settings of a network and of its training. Needs no PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pixelfes.errors import InputError
from pixelfes.tensor_file import FileKind

NetworkMethod: TypeAlias = Literal["stargan", "ganimation", "usgan"]

NETWORK_FILE = FileKind("pixelfes model", "pixelfes-network")
"""The kind of file that holds a network. It is defined here so that `loading` can use it without PyTorch."""

NETWORK_TITLES: dict[str, str] = {"stargan": "StarGAN", "ganimation": "GANimation", "usgan": "US-GAN"}
NETWORK_METHODS: tuple[str, ...] = get_args(NetworkMethod)
DOMAINS = 2
"""Number of domains of a network that is trained on pairs: neutral, and the expression."""

PUBLISHED_CONDITIONS: dict[NetworkMethod, int] = {"stargan": 5, "ganimation": 17, "usgan": 7}
"""Domains or action units of the published generators; for StarGAN, those of the comparison by Akram and Khan, ICPR 2020."""

N_CRITIC = 5
"""Updates of the critic per update of the generator."""

DEVICES = ("auto", "cpu", "cuda")
_LIMITS = {"size": (32, 1024), "width": (4, 256), "conditions": (2, 256)}
_TRAINING_LIMITS = {"steps": (1, 10**8), "batch": (1, 4096), "seed": (0, 2**32 - 1)}


@dataclass(frozen=True)
class NetworkSettings:
    """The architecture of a network.

    Attributes
    ----------
    method : {"stargan", "ganimation", "usgan"}
    size : int
        Side of the pictures; a multiple of 4, from 32 to 1024. Published: 128.
    width : int
        Channels of the first layer; the other layers have multiples of it. Published: 64.
    conditions : int
        Number of domains or action units.
    """

    method: NetworkMethod
    size: int = 128
    width: int = 64
    conditions: int = DOMAINS

    def __post_init__(self) -> None:
        if self.method not in NETWORK_METHODS:
            raise InputError(f"a network is one of {', '.join(NETWORK_METHODS)}; found {self.method!r}")
        for name, limits in _LIMITS.items():
            check_whole_number(name, getattr(self, name), *limits)
        if self.size % 4:
            raise InputError(f"size must be a multiple of 4; found {self.size}")

    @property
    def blocks(self) -> int:
        """Residual blocks in the middle of the generator: one in US-GAN, otherwise six."""
        return 1 if self.method == "usgan" else 6

    @property
    def title(self) -> str:
        """Name in tables."""
        return NETWORK_TITLES[self.method]

    @property
    def continuous(self) -> bool:
        """Whether intensities between 0 and 1 differ from both."""
        return self.method == "ganimation"


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of a training.

    Attributes
    ----------
    steps : int
        Updates of the critic; every fifth step also updates the generator. Published: 200,000 and more.
    batch : int
        Pictures per step. Published: 16 for StarGAN, 25 for GANimation.
    seed : int
        Seed of the initial weights and of the random draws of every step.
    device : {"auto", "cpu", "cuda"}
        CUDA devices compute mostly in bfloat16.
    sample_every, checkpoint_every : int
        Steps between two sheets of samples, or two checkpoints; 0 for none.
    learning_rate : float
        Learning rate of Adam for the first half of the steps; it then falls linearly to 0.
    """

    steps: int
    batch: int = 16
    seed: int = 0
    device: str = "auto"
    sample_every: int = 0
    checkpoint_every: int = 0
    learning_rate: float = 1e-4

    def __post_init__(self) -> None:
        for name, limits in _TRAINING_LIMITS.items():
            check_whole_number(name, getattr(self, name), *limits)
        if self.device not in DEVICES:
            raise InputError(f"device must be one of {', '.join(DEVICES)}; found {self.device!r}")
        if min(self.sample_every, self.checkpoint_every) < 0 or not 0 < self.learning_rate < 1:
            raise InputError(
                "the steps between samples and between checkpoints must be >= 0, and the learning rate between 0 and 1"
            )

    def budget_text(self) -> str:
        """Return the budget in words, as model files and tables give it."""
        return f"{self.steps} steps of {self.batch} pictures"

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0.

        Examples
        --------
        >>> [TrainingSettings(8).rate(step) / 1e-4 for step in (0, 3, 4, 6, 7)]
        [1.0, 1.0, 1.0, 0.5, 0.25]
        """
        return self.learning_rate * min(1.0, 2 * (self.steps - step) / self.steps)


def check_whole_number(name: str, value: object, low: int, high: int) -> None:
    """Raise `InputError` unless a value is a whole number from ``low`` to ``high``."""
    if type(value) is not int or not low <= value <= high:
        raise InputError(f"{name} must be a whole number from {low} to {high}; found {value!r}")
