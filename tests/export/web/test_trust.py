"""What the page judges faces with."""

from __future__ import annotations

import gzip
import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from pixelfes.assets import asset_bytes
from pixelfes.export.web.trust import REGIONS, TRUST_KEY, web_trust
from pixelfes.face.mesh import GRID_SUPERSAMPLING
from pixelfes.face.topology import face_topology
from pixelfes.face.trust import judging
from pixelfes.face.trust.mouth_texture import SIDE, Regions, mouth_regions, mouth_registration


@pytest.fixture(scope="module")
def file() -> bytes:
    return web_trust()


@pytest.fixture(scope="module")
def facts(file: bytes) -> dict[str, Any]:
    length = int.from_bytes(file[:8], "little")
    found: dict[str, Any] = json.loads(json.loads(file[8 : 8 + length])["__metadata__"][TRUST_KEY])
    return found


def test_the_model_is_that_of_the_package_number_by_number(file: bytes) -> None:
    stored = load(file)
    for name, array in load(asset_bytes("face_textures.safetensors")).items():
        np.testing.assert_array_equal(stored[name], array)


def test_every_region_is_that_of_python(file: bytes, facts: dict[str, Any]) -> None:
    bits, regions = load(file)["regions"], mouth_regions()
    for bit, name in enumerate(REGIONS):
        np.testing.assert_array_equal(bits >> bit & 1, getattr(regions, name))
    assert {field.name for field in fields(Regions)} == {*REGIONS, "parts", "windows"}
    for name in ("parts", "windows"):
        for (top, bottom, left, right), region in zip(facts[name], getattr(regions, name), strict=True):
            box = np.zeros((SIDE, SIDE), np.bool_)
            box[top:bottom, left:right] = True
            np.testing.assert_array_equal(box, region)


def test_the_mesh_is_drawn_as_in_python_wherever_a_region_is(file: bytes) -> None:
    stored, registration = load(file), mouth_registration()
    needed = stored["regions"].repeat(GRID_SUPERSAMPLING, 0).repeat(GRID_SUPERSAMPLING, 1) > 0
    triangles = face_topology().triangles[registration.labels[needed]]
    np.testing.assert_array_equal(stored["triangles"][stored["labels"][needed]], triangles)
    np.testing.assert_allclose(stored["vertices"], registration.fine_vertices, atol=1e-4)


def test_thresholds_are_those_of_python(facts: dict[str, Any]) -> None:
    assert len(facts["judging"]) == 9
    for name, value in facts["judging"].items():
        assert value == json.loads(json.dumps(getattr(judging, name.upper())))


def test_the_file_is_small_and_always_the_same(file: bytes) -> None:
    assert web_trust() == file
    assert len(gzip.compress(file, 9)) < 65_000
