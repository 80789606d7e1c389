"""Fictional people are reproducible, look like faces to a detector, and have exact landmarks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pixelfes.people
from pixelfes import ExpressionModel, FaceDetector
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError
from pixelfes.expression.displacement import OPEN_MOUTH
from pixelfes.face.alignment import canonical
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.topology import MOUTH_CORNERS
from pixelfes.people.appearance_file import shipped_people
from pixelfes.people.people import FictionalPerson, each_person, fictional_people
from pixelfes.people.portrait_mesh import lip_pairs
from pixelfes.people.sampling import PortableRandom, draw_candidate, draw_person

SEED = 5

# The first person of seed 0, smiling, in 8 x 8 grey levels, and four landmarks; the same on every machine.
THUMBNAIL = [
    [207, 210, 197, 156, 151, 195, 210, 207],
    [208, 199, 119, 135, 135, 117, 201, 208],
    [208, 166, 116, 152, 152, 110, 164, 208],
    [208, 163, 105, 111, 112, 101, 159, 208],
    [208, 177, 133, 131, 130, 130, 176, 208],
    [206, 209, 137, 130, 130, 141, 209, 206],
    [205, 208, 163, 125, 123, 165, 208, 205],
    [203, 206, 175, 136, 134, 175, 206, 203],
]
PLACES = {1: [128.51, 147.78], 61: [97.7, 169.93], 291: [157.05, 171.5], 152: [127.59, 218.11]}


@pytest.fixture(scope="module")
def forty_people() -> list[FictionalPerson]:
    """Forty people of one seed."""
    return list(each_person(40, SEED))


def digest(person: FictionalPerson) -> str:
    parts = (person.neutral, person.smiling, person.neutral_landmarks, person.smiling_landmarks)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def gap(points: Array) -> float:
    """Return the largest distance between the inner lips, in distances between the eyes."""
    upper, lower = lip_pairs()
    shape = canonical(points)
    return float((shape[lower, 1] - shape[upper, 1]).max())


def test_the_same_seed_gives_the_same_bytes_in_another_process(forty_people: list[FictionalPerson]) -> None:
    code = (
        "import hashlib; from pixelfes.people.people import each_person\n"
        f"p = list(each_person(3, {SEED}))[2]\n"
        "parts = (p.neutral, p.smiling, p.neutral_landmarks, p.smiling_landmarks)\n"
        "print(hashlib.sha256(b''.join(x.tobytes() for x in parts)).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert other.stdout.strip() == digest(forty_people[2])


def test_a_processor_with_other_instructions_gives_the_same_people_within_one_level(
    forty_people: list[FictionalPerson], tmp_path: Path
) -> None:
    code = (
        "import cv2, numpy; from pixelfes.people.people import each_person\n"
        "cv2.setUseOptimized(False); cv2.setNumThreads(1)\n"
        f"numpy.save('plain.npy', [[p.neutral, p.smiling] for p in each_person(3, {SEED})])"
    )
    simple = os.environ | {"OPENCV_CPU_DISABLE": "AVX2,AVX,FMA3,FP16"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=simple, check=True, timeout=300)
    plain = np.load(tmp_path / "plain.npy").astype(int)
    assert np.abs(plain - [[p.neutral, p.smiling] for p in forty_people[:3]]).max() <= 1


def test_random_numbers_are_the_same_on_every_machine() -> None:
    assert PortableRandom(3, 1).uniform(3).tolist() == [0.2532530778502647, 0.4071971912819949, 0.3413675820391236]
    assert np.allclose(PortableRandom(3, 1).normal(2), [-0.9000312490, -1.2035951665], atol=1e-9)


def test_the_first_person_of_seed_0_is_always_the_same() -> None:
    person = next(iter(each_person(1, seed=0)))
    grey = cv2.resize(cv2.cvtColor(person.smiling, cv2.COLOR_RGB2GRAY), (8, 8), interpolation=cv2.INTER_AREA)
    assert np.abs(grey.astype(int) - THUMBNAIL).max() <= 1
    for point, place in PLACES.items():
        assert np.allclose(person.smiling_landmarks[point, :2], place, atol=0.02)


def test_a_person_does_not_depend_on_the_number_of_people(forty_people: list[FictionalPerson]) -> None:
    assert digest(next(iter(each_person(1, SEED)))) == digest(forty_people[0])


def test_other_seeds_give_other_people(forty_people: list[FictionalPerson]) -> None:
    other = next(iter(each_person(1, SEED + 1)))
    assert np.abs(other.neutral.astype(int) - forty_people[0].neutral).mean() > 3


def test_importing_the_room_imports_no_opencv() -> None:
    code = "import sys, pixelfes.people as p; print('cv2' in sys.modules, p.each_person.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout == "False each_person\n"


def test_an_unknown_name_of_the_room_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'pixelfes\.people' has no attribute 'nobody'"):
        _ = pixelfes.people.nobody


def test_a_detector_finds_both_faces_where_the_landmarks_are(
    forty_people: list[FictionalPerson], detector: FaceDetector
) -> None:
    errors = []
    for person in forty_people:
        for pixels, points in (
            (person.neutral, person.neutral_landmarks),
            (person.smiling, person.smiling_landmarks),
        ):
            found = detector.detect(pixels)
            assert len(found) == 1
            errors.append(np.linalg.norm((found[0] - points)[:, :2], axis=1).mean() / eye_distance(points))
    assert np.mean(errors) < 0.025
    assert np.max(errors) < 0.06


def test_neutral_mouths_are_closed_and_open_smiles_open(forty_people: list[FictionalPerson]) -> None:
    for person in forty_people:
        assert gap(person.neutral_landmarks) == pytest.approx(0, abs=1e-9)
        assert (gap(person.smiling_landmarks) > OPEN_MOUTH) == person.mouth_open
    assert 0.2 < np.mean([person.mouth_open for person in forty_people]) < 0.8


def test_stronger_smiles_widen_the_mouth_more(forty_people: list[FictionalPerson]) -> None:
    def width(points: Array) -> float:
        corners = points[list(MOUTH_CORNERS), :2]
        return float(np.linalg.norm(corners[1] - corners[0]) / eye_distance(points))

    strengths = np.array([person.smile_strength for person in forty_people])
    wider = np.array([width(p.smiling_landmarks) / width(p.neutral_landmarks) for p in forty_people])
    assert (wider > 1).mean() > 0.9
    assert np.corrcoef(strengths, wider)[0, 1] > 0.5
    assert strengths.std() > 0.1


def test_only_the_face_changes_in_a_smile(forty_people: list[FictionalPerson]) -> None:
    for person in forty_people[:8]:
        change = cv2.GaussianBlur(person.smiling.astype(np.float32) - person.neutral, (0, 0), 3)
        assert np.abs(change[:, :12]).max() < 3  # background
        assert np.abs(change[:20]).mean() < 1  # hair
        assert np.abs(change[150:200, 90:166]).max() > 5  # the mouth


def test_the_background_is_even_and_grey(forty_people: list[FictionalPerson]) -> None:
    for person in forty_people:
        corner = person.neutral[:60, :24].reshape(-1, 3).astype(float)
        assert corner.std(0).max() < 4
        assert np.ptp(corner.mean(0)) < 6


def test_people_differ_in_skin_and_shape(forty_people: list[FictionalPerson]) -> None:
    cheeks = np.array([p.neutral[150:160, 80:90].mean() for p in forty_people])
    shapes = np.array([canonical(p.neutral_landmarks)[:, :2] for p in forty_people])
    assert np.ptp(cheeks) > 60
    assert shapes.std(0).mean() > 0.02
    assert {person.gender for person in forty_people} == {"female", "male"}
    assert np.ptp([person.age for person in forty_people]) > 15


@given(seed=st.integers(0, 2**32 - 1), number=st.integers(0, 10**6))
def test_nobody_is_too_similar_to_the_training_set(seed: int, number: int) -> None:
    person, redrawn = draw_person(shipped_people(), seed, number)
    assert not person.too_similar
    assert 0 <= redrawn < 100


def test_people_too_similar_to_the_training_set_are_drawn_again() -> None:
    model = shipped_people()
    first = [draw_candidate(model, PortableRandom(SEED, number, 0)).too_similar for number in range(100)]
    redrawn = [draw_person(model, SEED, number)[1] > 0 for number in range(100)]
    assert first == redrawn
    assert 0.1 < np.mean(redrawn) < 0.7


@pytest.mark.parametrize("size", [48, 128, 400])
def test_portraits_of_other_sizes_show_the_same_people(forty_people: list[FictionalPerson], size: int) -> None:
    other = next(iter(each_person(1, SEED, size)))
    assert other.neutral.shape == (size, size, 3)
    small = cv2.resize(other.neutral, (48, 48), interpolation=cv2.INTER_AREA).astype(int)
    reference = cv2.resize(forty_people[0].neutral, (48, 48), interpolation=cv2.INTER_AREA)
    assert np.abs(small - reference).mean() < 2.5
    scaled = (forty_people[0].neutral_landmarks[:, :2] + 0.5) * size / 256 - 0.5
    assert np.allclose(other.neutral_landmarks[:, :2], scaled)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [((0,), "n"), ((1.5,), "n"), ((True,), "n"), ((2, -1), "seed"), ((2, 2**32), "seed"), ((2, 0, 31), "size")],
)
def test_numbers_out_of_range_are_refused(arguments: tuple[int, ...], wrong: str) -> None:
    with pytest.raises(InputError, match=f"^{wrong} must be a whole number from"):
        fictional_people(*arguments)


def test_a_model_fitted_on_fictional_people_makes_the_portrait_smile(
    own_mesh_model: ExpressionModel, detector: FaceDetector, portrait: Pixels, points: Array
) -> None:
    assert own_mesh_model.skipped_ == []
    assert own_mesh_model.info_.n_pairs == 12
    (smiling,) = detector.detect(own_mesh_model.synthesize_pixels(portrait, landmarks=points))
    assert gap(points) < OPEN_MOUTH < gap(smiling)
