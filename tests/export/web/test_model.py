"""A model as the page reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load

from pixelfes import ExpressionModel, PixelKernelRidge, PixelRidge
from pixelfes.errors import InputError
from pixelfes.export.web.model import WEB_KEY, web_model
from pixelfes.face.mesh import MeshRegistration

if TYPE_CHECKING:
    from pixelfes import Pair


def facts_of(file: bytes) -> dict[str, object]:
    length = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + length])
    facts: dict[str, object] = json.loads(header["__metadata__"][WEB_KEY])
    return facts


def test_the_shipped_model_keeps_its_numbers(smile: ExpressionModel) -> None:
    file = web_model(smile)
    arrays, facts = load(file), facts_of(file)
    registration, displacement = smile.learned_.registration, smile.learned_.displacement
    assert isinstance(registration, MeshRegistration)
    assert displacement is not None
    weight, bias = smile.learned_.regressor.local_affine(np.zeros((112, 112, 3), np.float32))
    np.testing.assert_allclose(arrays["weight"], weight[..., 0], atol=1e-3)
    np.testing.assert_allclose(arrays["bias"], bias[..., 0], atol=1e-3)
    np.testing.assert_allclose(arrays["face"] / 255, registration.face_mask, atol=1 / 500)
    np.testing.assert_allclose(arrays["movement"], displacement.movement, rtol=1e-6)
    assert arrays["triangles"].max() < len(arrays["vertices"]) == 504
    assert facts["expression"] == "smile"
    assert facts["readout_offset"] == displacement.readout_offset


def test_the_same_model_gives_the_same_file(smile: ExpressionModel) -> None:
    assert web_model(smile) == web_model(smile)


def test_a_model_with_a_weight_a_channel_has_maps_of_three_channels(drawn: list[Pair]) -> None:
    model = ExpressionModel(regressor=PixelRidge(channels="separate"), size=32).fit(drawn)
    assert load(web_model(model))["weight"].shape == (32, 32, 3)


def test_what_the_page_cannot_use_is_refused_in_a_sentence(drawn: list[Pair]) -> None:
    with pytest.raises(InputError, match="registration grid"):
        web_model(ExpressionModel("grid", size=32).fit(drawn))
    with pytest.raises(InputError, match="one weight and one bias per pixel"):
        web_model(ExpressionModel(regressor=PixelKernelRidge(), size=32).fit(drawn))
    with pytest.raises(InputError, match="not fitted"):
        web_model(ExpressionModel())
