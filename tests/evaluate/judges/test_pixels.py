from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio, structural_similarity

from pixelfes.arrays import Array, Pixels
from pixelfes.errors import InputError, MissingDependencyError
from pixelfes.evaluate.judges.pixels import compare, compare_textures, comparison_frame, face_mask
from pixelfes.face.mesh import MeshRegistration
from tests.expression.drawn_faces import affine


@pytest.fixture(scope="module")
def frame(smiling_points: Array) -> MeshRegistration:
    return comparison_frame([smiling_points], 96)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_metrics_are_those_of_scikit_image(data: st.DataObject) -> None:
    pictures = arrays(np.float64, (20, 20, 3), elements=st.floats(0, 255), fill=st.floats(0, 255))
    made, real = data.draw(pictures), data.draw(pictures)
    mask = data.draw(arrays(np.bool_, (20, 20)).filter(lambda m: bool(m.any())))
    scores = compare_textures(made, real, mask)
    assert scores.mse == pytest.approx(mean_squared_error(made[mask], real[mask]))
    if scores.mse > 0:
        assert scores.psnr == pytest.approx(peak_signal_noise_ratio(real[mask], made[mask], data_range=255))
    _, ssim = structural_similarity(
        real, made, full=True, data_range=255, channel_axis=2, gaussian_weights=True, use_sample_covariance=False
    )
    assert scores.ssim == pytest.approx(ssim[mask].mean(), abs=1e-9)


def test_a_picture_is_at_no_distance_from_itself(frame: MeshRegistration, portrait: Pixels, points: Array) -> None:
    scores = compare(frame, portrait, points, portrait, points)
    assert scores.mse == 0
    assert scores.psnr == float("inf")
    assert scores.ssim == pytest.approx(1.0)


def test_where_the_face_lies_in_the_photo_counts_for_little(
    frame: MeshRegistration, portrait: Pixels, points: Array, smiling_portrait: Pixels, smiling_points: Array
) -> None:
    moved, moved_points = affine(portrait, points, scale=1.3, degrees=20)
    same = compare(frame, moved, moved_points, portrait, points)
    other = compare(frame, smiling_portrait, smiling_points, portrait, points)
    assert same.mse < 0.2 * other.mse
    assert same.ssim > other.ssim


def test_what_is_outside_the_face_does_not_count(frame: MeshRegistration, portrait: Pixels, points: Array) -> None:
    height = portrait.shape[0]
    below = int(points[:, 1].max()) + height // 40
    changed = portrait.copy()
    changed[below:] = 255 - changed[below:]
    assert compare(frame, changed, points, portrait, points).mse < 0.01


def test_the_mask_is_the_face_without_its_eyes(frame: MeshRegistration) -> None:
    mask = face_mask(frame)
    assert 0.3 < mask.mean() < 0.9
    column, row = np.round(frame.vertices[[33, 133]].mean(0)).astype(int)
    assert not mask[row, column]


@pytest.mark.parametrize("shape", [(20, 20), (20, 20, 3)])
def test_textures_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"two \(S, S, 3\) arrays"):
        compare_textures(np.zeros(shape), np.zeros((21, 20, 3)), np.ones((20, 20), np.bool_))


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(InputError, match="not empty"):
        compare_textures(np.zeros((20, 20, 3)), np.zeros((20, 20, 3)), np.zeros((20, 20), np.bool_))


def test_a_frame_needs_a_face() -> None:
    with pytest.raises(InputError, match="at least one face"):
        comparison_frame([])


def test_the_extra_is_named_where_scikit_image_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    with pytest.raises(MissingDependencyError, match=r'scikit-image: pip install "pixelfes\[judge\]"'):
        compare_textures(np.zeros((20, 20, 3)), np.ones((20, 20, 3)), np.ones((20, 20), np.bool_))
