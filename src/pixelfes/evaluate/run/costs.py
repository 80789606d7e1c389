"""Costs that do not depend on the candidate: parameters as in the paper, and milliseconds of the common stages."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from pixelfes.baselines.settings import NETWORK_TITLES, PUBLISHED_CONDITIONS, NetworkSettings
from pixelfes.evaluate.run.candidates import TITLES
from pixelfes.evaluate.run.folds import FoldFaces, Person
from pixelfes.evaluate.run.results_cache import ResultsCache, key_of
from pixelfes.extras import is_installed
from pixelfes.face.appearance.light import LUMINANCE
from pixelfes.face.landmarks import LandmarkProvider
from pixelfes.photos.reading import read_photo
from pixelfes.photos.writing import encode_photo
from pixelfes.regress import PixelKernelRidge, PixelRegressor, regressor_by_name

PAPER_SIZE = 128
PAPER_PARAMETERS = {
    "StarGAN": 850.0,
    "GANimation": 850.0,
    "MR": 16.2,
    "Pixel-KR": 655.0,
    "Pixel-RR": 3.28,
}
"""Parameters in units of 10^4, as Akram and Khan, ICPR 2020, give them: 128 x 128, one channel, 400 pairs for Pixel-KR."""

_PENALTY = 0.4
_PHOTOS_TIMED = 5


@dataclass(frozen=True)
class Count:
    """The parameters counted from a model fitted at 128 x 128 on one channel, grid registration; of networks no pairs."""

    title: str
    parameters: int
    n_pairs: int | None = None


@dataclass(frozen=True)
class Stages:
    """Milliseconds a photo of the stages that all candidates have in common: medians, and of how many megapixels."""

    decode: float
    landmarks: float
    encode_jpeg: float
    encode_png: float
    megapixels: float


def count_parameters(faces: FoldFaces, cache: ResultsCache) -> list[Count]:
    """Fit every method at the paper's size on the luminance of the training faces, and count its parameters."""
    key = key_of("parameters", [person.key for person in faces.people])
    known = cache.read(key)
    if known is not None:
        return [Count(**count) for count in known["counts"]]
    textures = faces.registered("grid", PAPER_SIZE).textures
    X, T = (side @ LUMINANCE.astype(np.float32) for side in (textures.X, textures.T))
    counts = []
    for title, regressor in _regressors().items():
        regressor.fit(X, T)
        counts.append(Count(title, regressor.n_parameters_, len(X)))
    counts += count_networks()
    cache.write(key, {"counts": [asdict(count) for count in counts]})
    return counts


def count_networks() -> list[Count]:
    """Count the generators as published, StarGAN's for the five domains of the paper's comparison; none without PyTorch."""
    if not is_installed("torch"):
        return []
    from pixelfes.baselines.networks import Generator, parameter_count

    return [
        Count(NETWORK_TITLES[method], parameter_count(Generator(NetworkSettings(method, conditions=n))))
        for method, n in PUBLISHED_CONDITIONS.items()
    ]


def _regressors() -> dict[str, PixelRegressor]:
    named = [name for name in TITLES if name not in ("copy", "average")]
    regressors = {TITLES[name]: regressor_by_name(name)().set_params(alpha=_PENALTY) for name in named}
    kernel = {"alpha": _PENALTY, "solver": "exact"}
    regressors["Pixel-KR"] = PixelKernelRidge().set_params(**kernel)
    regressors["Pixel-KR by features"] = PixelKernelRidge().set_params(**kernel | {"solver": "features"})
    return regressors


def time_stages(people: Sequence[Person], detector: LandmarkProvider, cache: ResultsCache) -> Stages:
    """Time decoding, landmarks and encoding on the first few photos; the cache keeps what was measured."""
    chosen = people[:_PHOTOS_TIMED]
    key = key_of("stages", [person.key for person in chosen])
    known = cache.read(key)
    if known is not None:
        return Stages(**known)
    sources = [person.face.pair.input for person in chosen]
    photos = [read_photo(source) for source in sources]
    detector.detect(photos[0].pixels)
    measured = Stages(
        decode=_median([partial(read_photo, source) for source in sources]),
        landmarks=_median([partial(detector.detect, photo.pixels) for photo in photos]),
        encode_jpeg=_median([partial(encode_photo, photo, "JPEG", made_by=None) for photo in photos]),
        encode_png=_median([partial(encode_photo, photo, "PNG", made_by=None) for photo in photos]),
        megapixels=float(np.mean([photo.pixels.shape[0] * photo.pixels.shape[1] for photo in photos])) / 1e6,
    )
    cache.write(key, asdict(measured))
    return measured


def _median(works: Sequence[Callable[[], object]]) -> float:
    taken = []
    for work in works:
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)
