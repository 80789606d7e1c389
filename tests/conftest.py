"""Fixtures of many rooms: one detector, the average face, the shipped model, and the real photos if they are there."""

from __future__ import annotations

import os
import signal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from pixelfes import ExpressionModel, FaceDetector, Pair, PixelRidge, fictional_people
from pixelfes.arrays import Array, Pixels
from pixelfes.loading import load_expression_model
from pixelfes.photos.reading import read_photo

if TYPE_CHECKING:
    from pixelfes.evaluate.run.comparison import Comparison


# A command that a script starts in the background ignores Ctrl-C, and so do all processes that it starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Nothing is judged by the clock: the machine may be busy.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

DATA = Path(os.environ.get("PIXELFES_DATA") or Path(__file__).parents[1] / "../shared/data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the real photos where they are not."""
    if (DATA / "london" / "neutral").is_dir() and (DATA / "paintings").is_dir():
        return
    reason = f"no photos in {DATA}: set PIXELFES_DATA to a folder that holds london/ and paintings/"
    for item in items:
        if item.get_closest_marker("photos"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the real photos; only for tests marked ``photos``."""
    return DATA


@pytest.fixture(scope="session")
def detector() -> FaceDetector:
    """The package's own detector."""
    return FaceDetector()


@pytest.fixture(scope="session")
def portrait() -> Pixels:
    """The average face that the package ships, to read only."""
    pixels = read_photo(str(files("pixelfes") / "assets" / "portrait.jpg")).pixels
    pixels.flags.writeable = False
    return pixels


@pytest.fixture(scope="session")
def points(detector: FaceDetector, portrait: Pixels) -> Array:
    """The landmarks of the portrait, to read only."""
    found = detector.detect(portrait)[0]
    found.flags.writeable = False
    return found


@pytest.fixture(scope="session")
def smile(detector: FaceDetector) -> ExpressionModel:
    """The shipped model, with the shared detector."""
    model = load_expression_model("smile")
    model.landmarks = detector
    return model


@pytest.fixture(scope="session")
def smiling_portrait(smile: ExpressionModel, portrait: Pixels, points: Array) -> Pixels:
    """What the shipped model makes of the portrait, to read only."""
    pixels = smile.synthesize_pixels(portrait, landmarks=points)
    pixels.flags.writeable = False
    return pixels


@pytest.fixture(scope="session")
def smiling_points(detector: FaceDetector, smiling_portrait: Pixels) -> Array:
    """The landmarks found on it, to read only."""
    found = detector.detect(smiling_portrait)[0]
    found.flags.writeable = False
    return found


@pytest.fixture(scope="session")
def drawn(portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array) -> list[Pair]:
    """Six pairs drawn from the portrait, their landmarks to be found."""
    from tests.expression.drawn_faces import drawn_pairs

    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points, count=6)
    return [Pair(pair.input, pair.target, name=pair.name) for pair in pairs]


@pytest.fixture(scope="session")
def people() -> list[Pair]:
    """Fictional people, to fit small models on and to change."""
    return list(fictional_people(14, seed=3))


@pytest.fixture(scope="session")
def own_mesh_model(people: list[Pair]) -> ExpressionModel:
    """A small mesh model: maps for every channel, numbers that half precision does not hold."""
    return ExpressionModel("mesh", PixelRidge(prior="identity", channels="separate"), size=48).fit(people[:12])


@pytest.fixture(scope="session")
def face(portrait: Pixels, points: Array) -> tuple[Pixels, Array]:
    """The portrait and its landmarks."""
    return portrait, points


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cache of `comparison`."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def comparison(drawn: list[Pair], detector: FaceDetector, results: Path) -> Comparison:
    """Two folds of six drawn people, one pair without a face, four candidates."""
    from pixelfes.evaluate.run.comparison import run_comparison
    from tests.evaluate.small_comparison import FACTS, broken_pair, small_candidates, small_setup

    pairs, setup = [*drawn, broken_pair()], small_setup(results, detector)
    return run_comparison(pairs, small_candidates(), setup, detector, title="drawn", facts=FACTS)
