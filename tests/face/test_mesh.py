from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes import ExpressionModel
from pixelfes.arrays import Array, Pixels
from pixelfes.expression.plan import plan_change
from pixelfes.face.landmarks import eye_distance
from pixelfes.face.mesh import MeshRegistration
from pixelfes.face.placement import Placement
from pixelfes.face.topology import INNER_MOUTH, LEFT_EYE, OVAL, RIGHT_EYE
from tests.expression.drawn_faces import affine, ramp


@pytest.fixture(scope="module")
def registration(smile: ExpressionModel) -> MeshRegistration:
    displacement = smile.learned_.displacement
    assert displacement is not None
    return MeshRegistration(displacement.reference + displacement.full, 96)


def place(registration: MeshRegistration, points: Array, moved: Array, shape: tuple[int, ...]) -> Placement:
    everywhere = np.ones((registration.size, registration.size), np.float32)
    return registration.place(points, moved, shape, everywhere)


def sources(placement: Placement) -> tuple[Array, Array]:
    """Return where output pixels are and where they come from, both (h, w, 2) in image pixels."""
    assert placement.source is not None
    corner = np.array([placement.columns.start, placement.rows.start])
    y, x = np.mgrid[placement.rows, placement.columns]
    return np.stack([x, y], axis=2).astype(float), placement.source + corner


def smiling(smile: ExpressionModel, points: Array) -> Array:
    displacement = smile.learned_.displacement
    assert displacement is not None
    return plan_change(displacement, points, 1.0).moved


@pytest.mark.parametrize("scale", [0.2, 0.6, 1.0, 2.2])
def test_pixels_of_a_still_face_come_from_themselves(
    scale: float, registration: MeshRegistration, portrait: Pixels, points: Array
) -> None:
    points = points * scale
    shape = tuple(round(side * scale) for side in portrait.shape[:2])
    here, source = sources(place(registration, points, points, shape))
    assert here.size > 0
    assert np.abs(source - here).max() < 0.05


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.2])
def test_a_moved_landmark_comes_from_where_it_was(
    scale: float, registration: MeshRegistration, smile: ExpressionModel, points: Array
) -> None:
    points = points * scale
    moved = smiling(smile, points)
    placement = place(registration, points, moved, (round(640 * scale), round(640 * scale)))
    here, source = sources(placement)
    step = (source - here).astype(np.float32)
    at = (moved[:, :2] - here[0, 0]).astype(np.float32)
    found = cv2.remap(step, at[None], None, cv2.INTER_LINEAR)[0]
    error = np.linalg.norm(found - (points - moved)[:, :2], axis=1)
    assert np.linalg.norm((points - moved)[:, :2], axis=1).max() > 0.1 * eye_distance(points)
    assert error.mean() < 0.01 * eye_distance(points)


@pytest.mark.parametrize("size", [48, 112])
def test_a_smooth_picture_warped_onto_the_grid_and_back_is_unchanged(
    size: int, registration: MeshRegistration, smile: ExpressionModel, points: Array
) -> None:
    registration = MeshRegistration(registration.shape, size)
    picture = ramp(256, 256)
    points = points * 0.4
    texture = registration.texture(picture, points)
    placement = place(registration, points, points, picture.shape)
    back = cv2.remap(texture, placement.grid, None, cv2.INTER_LINEAR) * 255
    inside = cv2.remap(registration.face_mask, placement.grid, None, cv2.INTER_LINEAR) > 0.9
    error = np.abs(back - picture[placement.rows, placement.columns])[inside]
    assert inside.sum() > 1000
    assert error.mean() < 40 / size
    assert np.percentile(error, 99) < 200 / size


def test_two_photos_of_one_face_give_the_same_texture(
    registration: MeshRegistration, portrait: Pixels, points: Array
) -> None:
    texture = registration.texture(portrait, points)
    for photo, moved in (
        affine(portrait, points, degrees=30),
        affine(portrait, points, scale=0.5),
        affine(portrait, points, scale=1.7, degrees=-60, shift=(40, -9)),
    ):
        difference = np.abs(registration.texture(photo, moved) - texture)[registration.face_mask > 0.5]
        assert 255 * difference.mean() < 2


def test_detail_finer_than_the_grid_is_averaged(registration: MeshRegistration, points: Array) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1920, 1920, 3), np.uint8)
    texture = registration.texture(noise, 3 * points)
    assert 255 * texture[registration.face_mask > 0.5].std() < 12


def test_the_texture_of_a_black_or_white_photo_is_black_or_white(registration: MeshRegistration, points: Array) -> None:
    for level in (0, 255):
        texture = registration.texture(np.full((640, 640, 3), level, np.uint8), points)
        assert texture.shape == (96, 96, 3)
        np.testing.assert_allclose(texture[registration.face_mask > 0], level / 255, atol=1e-6)


def test_closing_lips_do_not_smear_the_pixels_beside_them(
    registration: MeshRegistration, smile: ExpressionModel, points: Array
) -> None:
    opened = smiling(smile, points)
    closed = opened.copy()
    upper = (191, 80, 81, 82, 13, 312, 311, 310, 415)
    lower = (95, 88, 178, 87, 14, 317, 402, 318, 324)
    gap = np.array([0, 0.004, 0])
    for a, b in zip(upper, lower, strict=True):
        middle = (opened[a] + opened[b]) / 2
        closed[a], closed[b] = middle - gap, middle + gap
    here, source = sources(place(registration, opened, closed, (640, 640)))
    farthest = np.linalg.norm((opened - closed)[:, :2], axis=1).max()
    assert farthest > 5
    assert np.linalg.norm(source - here, axis=2).max() < farthest + 3


def test_nothing_outside_the_ring_moves(registration: MeshRegistration, smile: ExpressionModel, points: Array) -> None:
    here, source = sources(place(registration, points, smiling(smile, points), (640, 640)))
    moving = np.linalg.norm(source - here, axis=2) > 0.3
    oval = points[list(OVAL), :2]
    low, high = oval.min(0), oval.max(0)
    assert (here[moving] > low - 0.5 * (high - low)).all()
    assert (here[moving] < high + 0.5 * (high - low)).all()
    assert moving.any()
    edge = np.ones(moving.shape, bool)
    edge[1:-1, 1:-1] = False
    assert not moving[edge].any()


def test_the_grid_lies_on_the_reference_shape(registration: MeshRegistration, points: Array) -> None:
    placement = place(registration, points, points, (640, 640))
    at = (points[:, :2] - [placement.columns.start, placement.rows.start]).astype(np.float32)
    found = cv2.remap(placement.grid, at[None], None, cv2.INTER_NEAREST)[0]
    inner = np.setdiff1d(np.arange(468), OVAL)
    assert np.median(np.linalg.norm(found - registration.vertices[:468], axis=1)[inner]) < 0.5


def test_masks_cover_the_face_and_the_mouth(registration: MeshRegistration) -> None:
    for mask in (registration.face_mask, registration.mouth_mask):
        assert mask.shape == (96, 96)
        assert mask.dtype == np.float32
        assert mask.min() >= 0
        assert mask.max() == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(mask, mask[:, ::-1], atol=0.2)  # symmetric up to the drawing of edges
    column, row = np.round(registration.vertices[list(INNER_MOUTH)].mean(0)).astype(int)
    assert registration.mouth_mask[row, column] == pytest.approx(1, abs=1e-3)
    for eye in (RIGHT_EYE, LEFT_EYE):
        column, row = np.round(registration.vertices[list(eye)].mean(0)).astype(int)
        assert registration.face_mask[row, column] < 0.05
    border = np.concatenate([registration.face_mask[[0, -1]].ravel(), registration.face_mask[:, [0, -1]].ravel()])
    assert border.max() < 0.1


def test_the_mouth_is_magnified_on_the_model_grid(registration: MeshRegistration) -> None:
    inner, shape = list(INNER_MOUTH), registration.shape
    share = np.ptp(registration.vertices[inner], axis=0) / np.ptp(registration.vertices[:468], axis=0)
    plain = np.ptp(shape[inner, :2], axis=0) / np.ptp(shape[:, :2], axis=0)
    assert (share > 1.3 * plain).all()
    np.testing.assert_allclose(registration.vertices[list(OVAL)].min(0), 0.5, atol=1e-9)
    np.testing.assert_allclose(registration.vertices[list(OVAL)].max(0), 94.5, atol=1e-9)


@pytest.mark.parametrize("shift", [(400.0, 0.0), (-420.0, 0.0), (0.0, 380.0), (-330.0, -330.0), (5000.0, 0.0)])
def test_a_face_cut_by_the_photos_edge_is_placed_up_to_the_edge(
    shift: tuple[float, float], registration: MeshRegistration, points: Array
) -> None:
    moved = points + np.array([*shift, 0])
    placement = place(registration, moved, moved, (640, 640))
    here, source = sources(placement)
    assert placement.grid.shape == here.shape
    assert np.abs(source - here).max(initial=0) < 0.05
