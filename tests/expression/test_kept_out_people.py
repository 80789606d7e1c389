"""What a model does to people that it has not seen: fitted on some people, real or fictional, measured on others."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pixelfes import ExpressionModel, FaceDetector, Pair, PixelRidge, load_pairs
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.displacement import Displacement
from pixelfes.expression.plan import plan_change
from pixelfes.face.detector.landmark_cache import CachedLandmarks
from pixelfes.face.landmarks import LandmarkProvider, eye_distance
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.topology import LEFT_EYE_CORNERS, MOUTH_CORNERS, OUTER_MOUTH, RIGHT_EYE_CORNERS
from pixelfes.people.people import each_person
from pixelfes.photos.reading import read_photo

KEPT_OUT = 16


@dataclass(frozen=True)
class Person:
    """Somebody the model has not seen: two photos, what the model makes of the neutral one, and all landmarks."""

    neutral: Pixels
    real: Pixels
    made: Pixels
    neutral_points: Array
    real_points: Array
    made_points: Array
    is_open: bool


@pytest.fixture(scope="module")
def provider(detector: FaceDetector, tmp_path_factory: pytest.TempPathFactory) -> LandmarkProvider:
    return CachedLandmarks(detector, tmp_path_factory.mktemp("landmarks"))


@dataclass(frozen=True)
class Half:
    """Pairs of some people, and who of them smiles with an open mouth."""

    pairs: list[Pair]
    is_open: dict[str, bool]


@pytest.fixture(scope="module", params=[pytest.param("london", marks=pytest.mark.photos), "fictional"])
def halves(request: pytest.FixtureRequest, data: Path) -> tuple[Half, Half]:
    """People to learn from, and other people."""
    if request.param == "london":
        with (data / "london" / "people.csv").open(encoding="utf-8") as file:
            is_open = {row["id"]: row["smile_mouth"] == "open" for row in csv.DictReader(file)}
        pairs = load_pairs(data / "london")
    else:
        people = list(each_person(80, seed=1))
        is_open = {person.name: person.mouth_open for person in people}
        pairs = [Pair(person.neutral, person.smiling, name=person.name) for person in people]
    return Half(pairs[::2], is_open), Half(pairs[1::2][:KEPT_OUT], is_open)


@pytest.fixture(scope="module")
def model(halves: tuple[Half, Half], provider: LandmarkProvider) -> ExpressionModel:
    return ExpressionModel("mesh", PixelRidge(prior="identity"), size=64, landmarks=provider).fit(halves[0].pairs)


@pytest.fixture(scope="module")
def displacement(model: ExpressionModel) -> Displacement:
    assert model.learned_.displacement is not None
    return model.learned_.displacement


@pytest.fixture(scope="module")
def people(model: ExpressionModel, halves: tuple[Half, Half], provider: LandmarkProvider) -> list[Person]:
    half = halves[1]
    return [_person(model, pair, provider, half.is_open[pair.name]) for pair in half.pairs]


def _person(model: ExpressionModel, pair: Pair, provider: LandmarkProvider, is_open: bool) -> Person:
    neutral, real = read_photo(pair.input).pixels, read_photo(pair.target).pixels
    points = provider.detect(neutral)[0]
    made = model.synthesize_pixels(neutral, landmarks=points)
    return Person(neutral, real, made, points, provider.detect(real)[0], provider.detect(made)[0], is_open)


@pytest.fixture(scope="module")
def frame(displacement: Displacement) -> MeshRegistration:
    """A common frame for all pictures."""
    return MeshRegistration(displacement.reference + displacement.full, 128)


def mouth_width(points: Array) -> float:
    corners = points[list(MOUTH_CORNERS), :2]
    return float(np.linalg.norm(corners[1] - corners[0]) / eye_distance(points))


def error(frame: MeshRegistration, pixels: Pixels, points: Array, person: Person) -> float:
    """Mean squared difference of a picture and the real smile, both registered, in levels²."""
    difference = frame.texture(pixels, points) - frame.texture(person.real, person.real_points)
    return float(np.square(255 * difference[frame.face_mask > 0.5]).mean())


def test_nobody_is_in_both_halves(halves: tuple[Half, Half]) -> None:
    train, test = ({pair.name for pair in half.pairs} for half in halves)
    assert len(train) == 40
    assert len(test) == KEPT_OUT
    assert not train & test


def test_every_pair_can_be_used(model: ExpressionModel) -> None:
    assert model.skipped_ == []
    assert model.info_.n_pairs == 40


def test_every_mouth_is_wider(people: list[Person]) -> None:
    widening = np.array([mouth_width(p.made_points) / mouth_width(p.neutral_points) for p in people])
    assert (widening > 1.02).all()
    assert widening.mean() > 1.1


def test_landmarks_found_again_are_where_they_were_planned(people: list[Person], displacement: Displacement) -> None:
    errors, moves = [], []
    for person in people:
        plan = plan_change(displacement, person.neutral_points, 1.0)
        unit = eye_distance(person.neutral_points)
        errors.append(np.linalg.norm((person.made_points - plan.moved)[:, :2], axis=1).mean() / unit)
        moves.append(np.linalg.norm((plan.moved - person.neutral_points)[:, :2], axis=1).mean() / unit)
    assert np.mean(errors) < 0.04
    assert np.mean(errors) < 0.7 * np.mean(moves)


def test_the_colour_of_skin_far_from_the_mouth_stays(people: list[Person], frame: MeshRegistration) -> None:
    vertices = frame.vertices
    unit = np.linalg.norm(vertices[LEFT_EYE_CORNERS[0]] - vertices[RIGHT_EYE_CORNERS[1]])
    y, x = np.mgrid[: frame.size, : frame.size]
    distance = np.min([np.hypot(x - u, y - v) for u, v in vertices[list(OUTER_MOUTH)]], axis=0)
    far = (frame.face_mask > 0.9) & (distance > 0.45 * unit)
    assert far.sum() > 500
    changes = []
    for p in people:
        before, after = frame.texture(p.neutral, p.neutral_points), frame.texture(p.made, p.made_points)
        changes.append(255 * np.abs(after[far].mean(0) - before[far].mean(0)).max())
    assert np.mean(changes) < 2
    assert np.max(changes) < 6


def test_open_smiles_are_nearer_to_the_real_ones_than_the_neutral_photo_is(
    people: list[Person], frame: MeshRegistration
) -> None:
    smiling = [person for person in people if person.is_open]
    assert len(smiling) >= 4
    made = [error(frame, p.made, p.made_points, p) for p in smiling]
    copied = [error(frame, p.neutral, p.neutral_points, p) for p in smiling]
    assert np.mean(made) < 0.8 * np.mean(copied)


def test_the_mesh_beats_the_grid_of_the_papers(
    people: list[Person], frame: MeshRegistration, halves: tuple[Half, Half], provider: LandmarkProvider
) -> None:
    grid = ExpressionModel("grid", PixelRidge(0.4), size=128, landmarks=provider).fit(halves[0].pairs)
    by_mesh, by_grid = [], []
    for person in people:
        out = grid.synthesize_pixels(person.neutral, landmarks=person.neutral_points)
        found = provider.detect(out)
        if person.is_open and found:
            by_mesh.append(error(frame, person.made, person.made_points, person))
            by_grid.append(error(frame, out, found[0], person))
    assert len(by_mesh) >= 4
    assert np.mean(by_mesh) < np.mean(by_grid)


def test_smiling_people_change_less_than_neutral_ones(
    people: list[Person], model: ExpressionModel, displacement: Displacement
) -> None:
    neutral, smiling, pixels = [], [], []
    for person in people:
        neutral.append(plan_change(displacement, person.neutral_points, 1.0).movement)
        smiling.append(plan_change(displacement, person.real_points, 1.0).movement)
        if person.is_open:
            out = model.synthesize_pixels(person.real, landmarks=person.real_points)
            first, again = (
                np.abs(a.astype(int) - b).mean() for a, b in ((person.made, person.neutral), (out, person.real))
            )
            pixels.append(again / first)
    assert np.mean(neutral) > 0.85
    assert np.mean(smiling) < 0.6
    assert np.mean(pixels) < 0.6


def test_a_grey_photo_stays_grey(people: list[Person], model: ExpressionModel) -> None:
    for person in people[:3]:
        grey = np.ascontiguousarray(np.repeat(person.neutral[..., 1:2], 3, axis=2))
        out = model.synthesize_pixels(grey, landmarks=person.neutral_points)
        assert (out == out[..., :1]).all()
        assert (out != grey).any()


def test_every_face_of_a_group_smiles(people: list[Person], smile: ExpressionModel, detector: FaceDetector) -> None:
    height = max(p.neutral.shape[0] for p in people[:3])
    group = np.concatenate(
        [np.pad(p.neutral, ((0, height - len(p.neutral)), (0, 0), (0, 0)), "edge") for p in people[:3]], 1
    )
    before, after = detector.detect(group), detector.detect(smile.synthesize(group))
    assert len(before) == len(after) == 3
    for faces in (before, after):
        faces.sort(key=lambda face: float(face[:, 0].mean()))
    assert all(mouth_width(b) > 1.03 * mouth_width(a) for a, b in zip(before, after, strict=True))


@pytest.mark.photos
@pytest.mark.parametrize("name", ["la_velata_raphael", "lady_agnew_sargent", "mona_lisa", "sargent_portrait"])
def test_painted_faces_with_turned_heads_smile(
    name: str, smile: ExpressionModel, detector: FaceDetector, data: Path
) -> None:
    photo = read_photo(data / "paintings" / f"{name}.jpg").pixels
    (before,) = detector.detect(photo)
    (after,) = detector.detect(smile.synthesize(photo))
    assert mouth_width(after) > 1.03 * mouth_width(before)
