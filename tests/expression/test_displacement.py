from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import Array
from pixelfes.errors import InputError
from pixelfes.expression.displacement import Displacement, FaceState, PairStates, lip_gap
from pixelfes.face.alignment import HeadPose, canonical, symmetric
from pixelfes.face.topology import EXPRESSIVE_POINTS, INNER_LIPS, INNER_MOUTH, OUTER_MOUTH, STABLE_POINTS
from tests.expression.drawn_faces import rotation

LOWER_LIP = (14, 87, 317, 178, 402, 17, 84, 314, 86, 316, 15, 16, 85, 315)
MOVING = sorted({*EXPRESSIVE_POINTS, *OUTER_MOUTH, *INNER_MOUTH})
GAP = 0.2


@pytest.fixture(scope="module")
def face(points: Array) -> Array:
    return canonical(symmetric(canonical(points)))


@pytest.fixture(scope="module")
def movement(face: Array) -> Array:
    """Corners of the mouth and cheeks go out, up and back; what expressions hardly move stays."""
    middle = face[list(OUTER_MOUTH)].mean(0)
    near = np.exp(-(((face - middle) / 0.5) ** 2).sum(1))[:, None]
    moved = near * np.column_stack([0.35 * face[:, 0], -0.3 * np.abs(face[:, 0]), 0.1 * np.abs(face[:, 0])])
    moved[list(STABLE_POINTS)] = 0
    return np.asarray(symmetric(moved))


@pytest.fixture(scope="module")
def opening(face: Array) -> Array:
    """The lower lip goes down."""
    moved = np.zeros_like(face)
    moved[list(LOWER_LIP), 1] = GAP
    return moved


Faces = tuple[list[Array], list[Array]]


def people(
    face: Array, movement: Array, opening: Array, strengths: Array, shares: npt.ArrayLike, seed: int = 0
) -> Faces:
    """People of different shapes, each before and after, every photo in a pose of its own."""
    rng = np.random.default_rng(seed)
    before: list[Array] = []
    after: list[Array] = []
    for strength, share in zip(strengths, np.asarray(shares, float), strict=True):
        own: Array = face * rng.uniform(0.95, 1.05, 3) + rng.normal(0, 0.002, face.shape)
        for shape, photos in ((own, before), (own + strength * movement + share * opening, after)):
            pose = HeadPose(rng.uniform(50, 300), rotation(*rng.uniform(-0.1, 0.1, 3)), rng.uniform(0, 900, 3))
            photos.append(pose.to_image(shape))
    return before, after


STRENGTHS = np.array([1.3, 0.7, 1.0, 1.2, 0.8, 1.0, 0.5, 0.6, 1.1, 0.9, 0.4, 0.7])
SHARES = np.array([1.1, 0.9, 1.2, 0.8, 0.7, 1.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def fitted(face: Array, movement: Array, opening: Array) -> tuple[Displacement, PairStates]:
    return Displacement.fit(*people(face, movement, opening, STRENGTHS, SHARES))


def shown(displacement: Displacement, photo: Array) -> FaceState:
    return displacement.state(HeadPose.of(photo, displacement.reference).to_canonical(photo))


def test_a_known_movement_is_recovered(
    fitted: tuple[Displacement, PairStates], movement: Array, opening: Array
) -> None:
    displacement, _ = fitted
    scale = np.linalg.norm(movement[MOVING], axis=1).max()
    corners = [61, 291, 50, 280, 205, 425, 40, 270]
    np.testing.assert_allclose(displacement.movement[corners], movement[corners], atol=0.1 * scale)
    lips = [14, 87, 317, 13, 82, 312]
    np.testing.assert_allclose(displacement.opening[lips], opening[lips], atol=0.1 * GAP)
    assert displacement.full_gap == pytest.approx(GAP, rel=0.1)


def test_every_targets_strength_and_openness_are_recovered(fitted: tuple[Displacement, PairStates]) -> None:
    _, states = fitted
    np.testing.assert_allclose(states.strength, STRENGTHS, atol=0.1)
    np.testing.assert_allclose(states.openness, SHARES, atol=0.1)


def test_the_movement_is_symmetric_and_holds_the_forehead_still(fitted: tuple[Displacement, PairStates]) -> None:
    displacement, _ = fitted
    np.testing.assert_allclose(symmetric(displacement.full), displacement.full, atol=1e-6)
    assert np.abs(displacement.full[[10, 109, 338, 151]]).max() < 0.005


def test_the_hairline_is_held_still(face: Array, movement: Array, opening: Array) -> None:
    temples = [162, 389]
    dragged = movement.copy()
    dragged[temples, 1] -= 0.05
    displacement, _ = Displacement.fit(*people(face, dragged, opening, STRENGTHS, SHARES))
    assert np.linalg.norm(displacement.full[temples], axis=1).max() < 0.01


def test_movements_as_small_as_noise_are_dropped(face: Array, movement: Array, opening: Array) -> None:
    nose = [4, 5, 195]
    trembling = movement.copy()
    trembling[nose] = [0, -0.003, 0]
    displacement, _ = Displacement.fit(*people(face, trembling, opening, STRENGTHS, SHARES))
    np.testing.assert_allclose(displacement.full[nose], 0, atol=1e-3)


def test_strength_is_0_at_rest_and_its_own_amount_afterwards(
    fitted: tuple[Displacement, PairStates], face: Array, movement: Array, opening: Array
) -> None:
    displacement, _ = fitted
    before, after = people(face, movement, opening, np.ones(8), np.tile([0.0, 1.0], 4), seed=1)
    rest = np.array([shown(displacement, photo).strength for photo in before])
    full = np.array([shown(displacement, photo).strength for photo in after])
    assert np.abs(rest).max() < 0.2
    assert np.abs(rest.mean()) < 0.1
    assert full.mean() == pytest.approx(1, abs=0.15)


def test_openness_reads_the_gap_between_the_lips(
    fitted: tuple[Displacement, PairStates], face: Array, movement: Array, opening: Array
) -> None:
    displacement, _ = fitted
    before, after = people(face, movement, opening, np.zeros(4), np.array([0.0, 0.5, 1.0, 1.5]), seed=2)
    assert max(shown(displacement, photo).openness for photo in before) < 0.1
    found = [shown(displacement, photo).openness for photo in after]
    np.testing.assert_allclose(found, [0, 0.5, 1, 1.5], atol=0.15)


def test_a_step_takes_a_face_at_rest_to_the_full_expression(fitted: tuple[Displacement, PairStates]) -> None:
    displacement, _ = fitted
    after = displacement.reference + displacement.step(displacement.reference, 1.0)
    np.testing.assert_allclose(after, displacement.reference + displacement.full, atol=0.01)
    state = displacement.state(after)
    assert state.strength == pytest.approx(1, abs=0.15)
    assert state.openness == pytest.approx(1, abs=0.1)


def test_a_face_that_shows_it_already_gets_only_what_is_missing(fitted: tuple[Displacement, PairStates]) -> None:
    displacement, _ = fitted
    half = displacement.reference + 0.5 * displacement.movement
    whole = displacement.reference + displacement.full
    sizes = [np.linalg.norm(displacement.step(shape, 1.0)) for shape in (displacement.reference, half, whole)]
    assert sizes[2] < 0.25 * sizes[0]
    assert sizes[2] < sizes[1] < sizes[0]
    movement, opening = displacement.state(half).missing(1.0)
    assert movement == pytest.approx(0.5, abs=0.15)
    assert opening == pytest.approx(1, abs=0.1)


def test_an_open_mouth_is_not_opened_further(fitted: tuple[Displacement, PairStates]) -> None:
    displacement, _ = fitted
    shape = displacement.reference.copy()
    shape[list(LOWER_LIP), 1] += 2 * displacement.full_gap
    assert displacement.state(shape).missing(1.0)[1] == 0
    gap = lip_gap((shape + displacement.step(shape, 1.0))[None])[0]
    assert gap <= lip_gap(shape[None])[0] + 0.3 * GAP  # the movement of the lips themselves may part them a little


@given(strength=st.floats(0, 5), sign=st.sampled_from([-1, 1]), openness=st.floats(0, 5))
def test_intensity_0_adds_nothing(strength: float, sign: int, openness: float) -> None:
    assert FaceState(sign * strength, openness).missing(0.0) == (0, 0)


def test_a_little_intensity_moves_a_face_of_the_opposite_expression_a_little() -> None:
    movement, _ = FaceState(-1.0, 0.0).missing(0.01)
    assert 0.01 <= movement < 0.05
    assert FaceState(-1.0, 0.0).missing(1.0)[0] > 1.1


@given(strength=st.floats(-5, 5), openness=st.floats(0, 5), intensity=st.floats(0, 1.5))
@settings(max_examples=200, deadline=None)
def test_what_is_missing_is_never_negative_and_grows_with_the_intensity(
    strength: float, openness: float, intensity: float
) -> None:
    state = FaceState(strength, openness)
    movement, opening = state.missing(intensity)
    assert movement >= 0
    assert opening >= 0
    more = state.missing(intensity + 0.1)
    assert more[0] >= movement
    assert more[1] >= opening
    assert FaceState(strength + 0.1, openness + 0.1).missing(intensity)[1] <= opening


@given(strength=st.floats(-0.05, 0.05), intensity=st.floats(0, 1.5))
def test_noise_of_the_read_out_is_not_taken_for_an_expression(strength: float, intensity: float) -> None:
    assert FaceState(strength, 0.0).missing(intensity)[0] == pytest.approx(intensity)


def test_weak_expressions_keep_the_mouth_closed() -> None:
    openings = [FaceState(0, 0).missing(intensity)[1] for intensity in (0.0, 0.2, 0.6, 1.0, 1.4)]
    assert openings[:2] == [0, 0]
    assert 0 < openings[2] < 1
    assert openings[3:] == [1, 1.4]


def test_pairs_of_closed_mouths_never_open_it(face: Array, movement: Array, opening: Array) -> None:
    displacement, states = Displacement.fit(*people(face, movement, opening, STRENGTHS, 0 * SHARES))
    assert displacement.full_gap == 0
    assert (states.openness == 0).all()
    after = displacement.reference + displacement.step(displacement.reference, 1.0)
    assert lip_gap(after[None])[0] == pytest.approx(lip_gap(displacement.reference[None])[0], abs=0.02)
    assert displacement.state(after).openness == 0
    assert np.linalg.norm(displacement.movement[[61, 291]]) > 0.1


def test_one_pair_is_enough(face: Array, movement: Array, opening: Array) -> None:
    displacement, _ = Displacement.fit(*people(face, movement, opening, np.ones(1), np.ones(1)))
    for part in (displacement.movement, displacement.opening, displacement.readout):
        assert np.isfinite(part).all()
    assert np.linalg.norm(displacement.full[[61, 291]]) > 0.1


def test_pairs_that_show_no_movement_are_refused(face: Array, movement: Array, opening: Array) -> None:
    before, _ = people(face, movement, opening, STRENGTHS, SHARES)
    with pytest.raises(InputError, match="no movement between input and target"):
        Displacement.fit(before, before)


@pytest.mark.parametrize("counts", [(0, 0), (2, 1), (0, 1)])
def test_faces_that_do_not_pair_up_are_refused(counts: tuple[int, int], face: Array) -> None:
    inputs, targets = ([100 * face] * count for count in counts)
    with pytest.raises(InputError, match=f"found {counts[0]} inputs, {counts[1]} targets"):
        Displacement.fit(inputs, targets)


def test_lip_gaps_are_those_of_the_inner_lips(face: Array) -> None:
    shape = face.copy()
    shape[list(INNER_LIPS), 1] = 0.7, 0.8
    np.testing.assert_allclose(lip_gap(np.array([shape, shape])), [0.1, 0.1])


def test_a_displacement_is_a_value(fitted: tuple[Displacement, PairStates]) -> None:
    displacement, _ = fitted
    assert replace(displacement, full_gap=0.0).state(displacement.reference).openness == 0
