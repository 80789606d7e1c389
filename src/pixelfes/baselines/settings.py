"""What a network is and how it is trained, in numbers: read and checked without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pixelfes.errors import InputError
from pixelfes.tensor_file import FileKind

NetworkMethod: TypeAlias = Literal["stargan", "ganimation", "usgan"]

NETWORK_FILE = FileKind("pixelfes model", "pixelfes-network")
"""The kind of file that holds a network; it stands here so that `loading` knows it without PyTorch."""

NETWORK_TITLES: dict[str, str] = {"stargan": "StarGAN", "ganimation": "GANimation", "usgan": "US-GAN"}
NETWORK_METHODS: tuple[str, ...] = get_args(NetworkMethod)
DOMAINS = 2
"""Of the networks that know domains, trained on pairs: neutral, and the expression."""

PUBLISHED_CONDITIONS: dict[NetworkMethod, int] = {"stargan": 5, "ganimation": 17, "usgan": 7}
"""Domains, or action units, of the published generators that are counted: of StarGAN those of the ICPR comparison."""

N_CRITIC = 5
"""Updates of the critic for one of the generator."""

DEVICES = ("auto", "cpu", "cuda")
_LIMITS = {"size": (32, 1024), "width": (4, 256), "conditions": (2, 256)}
_TRAINING_LIMITS = {"steps": (1, 10**8), "batch": (1, 4096), "seed": (0, 2**32 - 1)}


@dataclass(frozen=True)
class NetworkSettings:
    """The shape of a network.

    Attributes
    ----------
    method : {"stargan", "ganimation", "usgan"}
    size : int
        Side of the pictures; a multiple of 4, from 32 to 1024. Published: 128.
    width : int
        Channels of the first layer, which all others are multiples of. Published: 64.
    conditions : int
        Domains, or action units.
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
        """Residual blocks in the middle of the generator: six, and one in US-GAN."""
        return 1 if self.method == "usgan" else 6

    @property
    def title(self) -> str:
        """What tables call it."""
        return NETWORK_TITLES[self.method]

    @property
    def continuous(self) -> bool:
        """Whether an intensity can lie between off and on."""
        return self.method == "ganimation"


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Attributes
    ----------
    steps : int
        Updates of the critic; the generator has one in five of them. Published: 200,000 and more.
    batch : int
        Pictures in one of them. Published: 16 for StarGAN, 25 for GANimation.
    seed : int
        Of the first weights, and of what is drawn at every step.
    device : {"auto", "cpu", "cuda"}
        On CUDA most is calculated in bfloat16.
    sample_every, checkpoint_every : int
        Steps from one sheet of samples, or one checkpoint, to the next; 0 for none.
    learning_rate : float
        Of Adam, for the first half of the steps; it then falls to 0 in a line.
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
                "steps between samples and checkpoints must be >= 0, and the learning rate between 0 and 1"
            )

    def budget_text(self) -> str:
        """Say the budget in words: what stands in files and in the rows of tables."""
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
    """Raise `InputError` unless a value is a whole number in its range."""
    if type(value) is not int or not low <= value <= high:
        raise InputError(f"{name} must be a whole number from {low} to {high}; found {value!r}")
