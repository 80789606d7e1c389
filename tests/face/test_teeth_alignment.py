from __future__ import annotations

import cv2
import numpy as np
import pytest

from pixelfes.arrays import Array, Floats
from pixelfes.face.teeth_alignment import congeal, warped_by_flow

SHIFTS = np.array([-5.0, -3.0, -1.0, 1.0, 3.0, 5.0])


@pytest.fixture(scope="module")
def teeth() -> Floats:
    """Six pictures of one row of eight teeth with different shifts and light."""
    y, x = np.mgrid[:60, :160].astype(np.float32)
    pictures = []
    for n, shift in enumerate(SHIFTS):
        gaps = 0.5 + 0.5 * np.cos(2 * np.pi * (x - 79.5 - shift) / 20)
        tooth = (1 - gaps**8) * np.clip((20 - np.abs(y - 30)) / 4, 0, 1)
        pictures.append((0.2 + 0.7 * tooth) * (0.8 + 0.05 * n))
    return np.array(pictures, np.float32)


@pytest.fixture(scope="module")
def congealed(teeth: Floats) -> tuple[Floats, Array]:
    """Flows and weights of the pictures and their mirror images."""
    return congeal(teeth)


def sharpness(pictures: Floats) -> float:
    return float(np.abs(np.diff(pictures.mean(0), axis=1)).mean())


def test_shifted_pictures_are_aligned(teeth: Floats, congealed: tuple[Floats, Array]) -> None:
    flows = congealed[0][: len(teeth)]
    assert flows.shape == (6, 60, 160, 2)
    aligned = np.array([warped_by_flow(picture, flow) for picture, flow in zip(teeth, flows, strict=True)])
    assert sharpness(aligned) > 1.5 * sharpness(teeth)
    found = flows[:, 25:35, 60:100, 0].mean((1, 2))
    np.testing.assert_allclose(found, SHIFTS, atol=1)


def test_the_flows_of_pictures_and_their_mirror_images_have_mean_zero(congealed: tuple[Floats, Array]) -> None:
    flows, _ = congealed
    assert len(flows) == 12
    assert np.abs(flows.mean(0)).max() < 1e-5


def test_equal_pictures_do_not_move_and_have_equal_weights(teeth: Floats) -> None:
    symmetric = (teeth[2] + teeth[2][:, ::-1]) / 2
    flows, weights = congeal(np.repeat(symmetric[None], 4, axis=0))
    assert np.abs(flows).max() < 0.1
    assert np.ptp(weights) < 1e-6


def test_an_odd_picture_has_a_lower_weight(teeth: Floats) -> None:
    odd = np.asarray(cv2.GaussianBlur(1 - teeth[0], (0, 0), 9), np.float32)
    _, weights = congeal(np.concatenate([teeth, odd[None]]))
    assert ((weights > 0) & (weights <= 1)).all()
    of_pictures = weights[: len(teeth) + 1]
    assert of_pictures[-1] < 0.5 * of_pictures[:-1].min()


def test_a_flow_points_to_where_a_pixel_comes_from() -> None:
    picture = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    flow = np.zeros((20, 30, 2), np.float32)
    flow[..., 0], flow[..., 1] = 4, -2
    np.testing.assert_allclose(warped_by_flow(picture, flow)[3:, :25], picture[1:-2, 4:-1], atol=1e-6)
    np.testing.assert_array_equal(warped_by_flow(picture, 0 * flow), picture)


def test_flat_pictures_give_finite_flows_and_weights() -> None:
    flows, weights = congeal(np.zeros((3, 40, 60), np.float32))
    assert np.isfinite(flows).all()
    assert np.isfinite(weights).all()
