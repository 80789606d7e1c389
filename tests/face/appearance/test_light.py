from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixelfes.arrays import Array, Pixels
from pixelfes.face.appearance.light import LUMINANCE, Light
from pixelfes.face.landmarks import eye_distance
from tests.face.appearance.painted import with_glasses


def lit(portrait: Pixels, factor: float) -> Pixels:
    return np.asarray(np.clip(portrait * factor + 0.5, 0, 255), np.uint8)


def grey(portrait: Pixels) -> Pixels:
    return np.repeat((portrait @ LUMINANCE).astype(np.uint8)[..., None], 3, axis=2)


def test_white_is_brighter_than_skin_and_less_red(portrait: Pixels, points: Array) -> None:
    light = Light.of(portrait, points)
    assert light.white @ LUMINANCE > light.skin @ LUMINANCE
    assert light.white[0] / light.white[2] < light.skin[0] / light.skin[2]
    assert (light.skin > 0.2).all()
    assert (light.white < 1.5).all()


def test_the_light_of_a_grey_photo_is_exactly_grey(portrait: Pixels, points: Array) -> None:
    light = Light.of(grey(portrait), points)
    for colour in (light.white, light.skin, light.on_texture(np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4))):
        assert (colour == colour[..., :1]).all()


def test_a_much_darker_photo_has_a_much_darker_white(portrait: Pixels, points: Array) -> None:
    whites = [Light.of(lit(portrait, factor), points).white @ LUMINANCE for factor in (0.15, 0.3, 1.0)]
    assert whites[0] < 0.7 * whites[1] < 0.7 * whites[2]


def test_white_has_the_tint_of_the_photo(portrait: Pixels, points: Array) -> None:
    plain = Light.of(portrait, points).white
    blue = Light.of((portrait * [0.5, 0.7, 1.0]).astype(np.uint8), points).white
    assert blue[2] / blue[0] > 1.3 * plain[2] / plain[0]


def test_white_is_equally_bright_beside_dark_skin(portrait: Pixels, points: Array) -> None:
    eyes = points[[33, 133, 362, 263], :2]
    y, x = np.mgrid[: portrait.shape[0], : portrait.shape[1]]
    middles = [eyes[:2].mean(0), eyes[2:].mean(0)]
    near_eye = np.min([np.hypot(x - u, y - v) for u, v in middles], axis=0) < 0.3 * eye_distance(points)
    dark = np.where(near_eye[..., None], portrait, portrait // 3)
    before, after = Light.of(portrait, points), Light.of(dark, points)
    assert after.skin @ LUMINANCE < 0.4 * (before.skin @ LUMINANCE)
    assert after.white @ LUMINANCE > 0.8 * (before.white @ LUMINANCE)


def test_the_light_of_a_texture_is_white_in_the_mouth_and_skin_elsewhere(portrait: Pixels, points: Array) -> None:
    light = Light.of(portrait, points)
    lit_map = light.on_texture(np.array([[0, 0.5, 1]], np.float32))
    np.testing.assert_allclose(lit_map[0, 0], light.skin, rtol=1e-6)
    np.testing.assert_allclose(lit_map[0, 1], (light.skin + light.white) / 2, rtol=1e-6)
    np.testing.assert_allclose(lit_map[0, 2], light.white, rtol=1e-6)


@pytest.mark.parametrize("colour", [(30, 70, 35), (60, 100, 200), (250, 250, 250), (10, 10, 10)])
def test_glasses_do_not_tell_the_light(colour: tuple[int, int, int], portrait: Pixels, points: Array) -> None:
    bare, covered = Light.of(portrait, points), Light.of(with_glasses(portrait, points, colour), points)
    assert covered.white @ LUMINANCE == pytest.approx(bare.white @ LUMINANCE, rel=0.35)
    np.testing.assert_allclose(covered.white / covered.white.sum(), bare.white / bare.white.sum(), atol=0.03)


offsets = st.floats(-1200, 1200)


@settings(max_examples=40)
@given(level=st.sampled_from([0, 255, None]), scale=st.sampled_from([0.001, 0.05, 1.0, 6.0]), x=offsets, y=offsets)
def test_light_is_positive_and_finite_for_any_photo_and_face(
    level: int | None, scale: float, x: float, y: float, portrait: Pixels, points: Array
) -> None:
    photo = portrait if level is None else np.full((40, 30, 3), level, np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        light = Light.of(photo, points * scale + [x, y, 0])
    for colour in (light.white, light.skin):
        assert colour.shape == (3,)
        assert np.isfinite(colour).all()
        assert (colour > 0).all()
        assert (colour < 5).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_a_photo_of_one_row_or_pixel_has_a_light(size: tuple[int, int], points: Array) -> None:
    light = Light.of(np.full((*size, 3), 90, np.uint8), points)
    np.testing.assert_allclose(light.skin, 90 / 255)
