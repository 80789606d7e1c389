"""The table of candidates with their settings, and how each is made from the people of a fold."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pixelfes.arrays import Array, Pixels
from pixelfes.baselines.settings import NETWORK_TITLES
from pixelfes.errors import InputError
from pixelfes.evaluate.run.folds import FoldFaces, Registered
from pixelfes.evaluate.run.network_candidates import NetworkBudget, train_network
from pixelfes.expression.base import Model, ModelInfo, RegistrationName
from pixelfes.expression.fitting import fit_regressor
from pixelfes.expression.model import DEFAULT_SIZE, ExpressionModel
from pixelfes.expression.synthesis import Learned
from pixelfes.loading import load_model
from pixelfes.regress import PixelRidge, regressor_by_name

Kind = Literal["method", "network", "copy", "average", "file"]
Purpose = Literal["comparison", "pairs", "size"]

TITLES = {
    "pixel-rr": "Pixel-RR",
    "pixel-kr": "Pixel-KR",
    "mr": "MR",
    "rr": "RR",
    "lsrf": "LSRF",
    "omp": "OMP",
    "copy": "copy of the input",
    "average": "average smile",
}
"""The default candidates and their titles, in the order of the tables."""

_PAPER: dict[str, Any] = {"prior": "zero", "alpha": 0.4}
_OURS: dict[str, Any] = {"prior": "identity", "alpha": "auto"}
PARAMETERS: dict[tuple[str, str], dict[str, Any]] = {
    **{(method, "grid"): _PAPER for method in ("pixel-rr", "mr", "rr", "lsrf", "omp")},
    **{(method, "mesh"): _OURS for method in ("pixel-rr", "mr", "rr", "lsrf", "omp")},
    ("pixel-kr", "grid"): {"prior": "zero", "alpha": "auto"},
    ("pixel-kr", "mesh"): {"prior": "zero", "alpha": "auto"},
}
"""The setting of every method: on the grid the papers' (the penalty 0.4 is that of the authors' code; none is known for the
kernel), on the mesh what `pixelfes fit` has by default, except the kernel, which looks better with the prior zero."""

PAIRS = (5, 10, 20, 40)
SIZES = (32, 64)
FOLDS_OF_CURVES = 2


@dataclass(frozen=True)
class Candidate:
    """One way to make an expression.

    Attributes
    ----------
    name : str
        What tables call it.
    kind : {"method", "network", "copy", "average", "file"}
    method, registration, size, parameters
        See `ExpressionModel`; only for a method. For a network, its budget.
    n_pairs : int, or None
        How many of the training people it learns from; None for all.
    file : str
        A model's file or name.
    purpose : {"comparison", "pairs", "size"}
        Which tables and curves it is for.
    folds : int, or None
        In how many folds it takes part; None for all.
    """

    name: str
    kind: Kind
    method: str = ""
    registration: RegistrationName = "mesh"
    size: int = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    n_pairs: int | None = None
    file: str = ""
    purpose: Purpose = "comparison"
    folds: int | None = None

    def settings(self) -> dict[str, Any]:
        """Return all that its results depend on beside people and judges; of a file its content."""
        settings = {name: value for name, value in asdict(self).items() if name not in ("name", "purpose", "folds")}
        return settings | {"file": self._content()}

    def _content(self) -> str:
        path = Path(self.file)
        return hashlib.sha256(path.read_bytes()).hexdigest() if self.file and path.is_file() else self.file

    def takes_part(self, fold: int) -> bool:
        """Return whether the candidate is judged in a fold."""
        return self.folds is None or fold < self.folds


@dataclass(frozen=True)
class Made:
    """A candidate, ready to change photos; the model is None for a copy."""

    model: Model | None
    fit_seconds: float = 0.0
    registration_seconds: float = 0.0

    def synthesize(self, pixels: Pixels, landmarks: Array, intensity: float) -> Pixels:
        """Return the photo (H, W, 3) with the expression on the face that the landmarks (468, 3) mark."""
        if self.model is None:
            return pixels.copy()
        return self.model.synthesize_pixels(pixels, intensity, landmarks=landmarks)


def list_candidates(
    methods: Sequence[str],
    registrations: Sequence[RegistrationName],
    size: int | None = None,
    files: Sequence[str] = (),
    networks: NetworkBudget | None = None,
) -> list[Candidate]:
    """Return the candidates of a comparison; baselines, networks and models of files stand for themselves.

    Raises
    ------
    InputError
        For an unknown method or registration, and for a network without a budget.
    """
    for names, known in ((methods, (*TITLES, *NETWORK_TITLES)), (registrations, tuple(DEFAULT_SIZE))):
        if unknown := [name for name in names if name not in known]:
            raise InputError(f"{unknown[0]!r} is none of {', '.join(known)}")
    chosen = [name for name in ("copy", "average") if name in methods]
    listed = [baseline(name, size) for name in chosen]
    for registration in [name for name in DEFAULT_SIZE if name in registrations]:
        listed += [method(name, registration, size) for name in TITLES if name in methods and name not in chosen]
    listed += [network(name, networks) for name in NETWORK_TITLES if name in methods]
    named: dict[str, Candidate] = {}
    for file in files:
        name = Path(file).stem if Path(file).is_file() else file
        name = f"{name} (model)" if f"{name} (model)" not in named else f"{file} (model)"
        named[name] = Candidate(name, "file", file=file)
    return [*listed, *named.values()]


def baseline(name: str, size: int | None = None) -> Candidate:
    """Return "copy" or "average"."""
    return Candidate(TITLES[name], "copy" if name == "copy" else "average", size=size or DEFAULT_SIZE["mesh"])


def method(name: str, registration: str, size: int | None = None) -> Candidate:
    """Return a method with its setting."""
    kind: RegistrationName = "grid" if registration == "grid" else "mesh"
    parameters = PARAMETERS[name, kind]
    return Candidate(f"{TITLES[name]}, {kind}", "method", name, kind, size or DEFAULT_SIZE[kind], parameters)


def network(name: str, budget: NetworkBudget | None) -> Candidate:
    """Return a network; its name says how far it is trained.

    Raises
    ------
    InputError
        If the number of steps is not given.
    """
    if budget is None:
        raise InputError(f"{NETWORK_TITLES[name]} must be told for how many steps it is to be trained")
    title, parameters = f"{NETWORK_TITLES[name]}, {budget.described()}", asdict(budget)
    return Candidate(title, "network", name, "grid", budget.size, parameters, folds=parameters.pop("folds"))


def curve_candidates(registrations: Sequence[RegistrationName], n_train: int) -> list[Candidate]:
    """Return Pixel-RR from fewer pairs, for the learning curve, and in smaller sizes; in the first folds alone."""
    listed = []
    for registration in registrations:
        full = method("pixel-rr", registration)
        curve = replace(full, folds=FOLDS_OF_CURVES)
        listed += [
            replace(curve, name=f"{full.name}, {n} pairs", n_pairs=n, purpose="pairs") for n in PAIRS if n < n_train
        ]
        listed += [replace(curve, name=f"{full.name}, size {s}", size=s, purpose="size") for s in SIZES]
    return listed


def make(candidate: Candidate, faces: FoldFaces, trainings: Path) -> Made:
    """Make a candidate from the people of a fold: fit it, train it (in a folder of trainings), or load it."""
    if candidate.kind == "copy":
        return Made(None)
    if candidate.kind == "file":
        return Made(load_model(candidate.file))
    if candidate.kind == "network":
        budget = NetworkBudget(**candidate.parameters)
        trained = train_network(candidate.method, budget, [person.face for person in faces.people], trainings)
        return Made(trained.model, trained.fit_seconds, trained.registration_seconds)
    registered = faces.registered(candidate.registration, candidate.size, candidate.n_pairs)
    start = time.perf_counter()
    if candidate.kind == "average":
        learned = average_smile(registered)
    else:
        regressor = regressor_by_name(candidate.method)(**candidate.parameters)
        learned = fit_regressor(regressor, registered.plan, registered.textures)
    model = as_model(candidate, learned, len(registered.textures.X))
    return Made(model, time.perf_counter() - start, registered.seconds)


def as_model(candidate: Candidate, learned: Learned, n_pairs: int) -> ExpressionModel:
    """Return what was learnt as a model."""
    model = ExpressionModel(candidate.registration, learned.regressor, size=candidate.size)
    return model.take_fit(learned, n_pairs, [], ModelInfo())


def average_smile(registered: Registered) -> Learned:
    """Return the mean registered expressive face, in the light of the face it is warped onto: weight 0, and a bias.

    In the mouth the mean is that of the open ones, as everywhere.
    """
    textures, weight = registered.textures, registered.textures.weight[..., None]
    total = weight.sum(0)
    mean = np.where(total > 0, (textures.T * weight).sum(0) / np.maximum(total, 1e-9), textures.T.mean(0))
    state = {"weight": np.zeros_like(mean), "bias": mean, "alpha": np.zeros(())}
    regressor = PixelRidge.from_state(state, {"alpha": 0.0, "channels": "separate"})
    return Learned(registered.plan.registration, registered.plan.displacement, regressor)
