"""The file that fictional people are drawn from: its content, and the refusal of invalid files in one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from pixelfes.arrays import AnyArray
from pixelfes.errors import ModelError
from pixelfes.people.appearance_file import PEOPLE_FILE, load_people_model, shipped_people
from pixelfes.people.appearance_model import texture_to_values, values_to_texture
from pixelfes.people.sampling import PortableRandom, draw_candidate

DATA = (files("pixelfes") / "assets" / "people.safetensors").read_bytes()


def contents() -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Return the arrays and the header of the shipped file."""
    length = int.from_bytes(DATA[:8], "little")
    return load(DATA), json.loads(json.loads(DATA[8 : 8 + length])["__metadata__"][PEOPLE_FILE.key])


def refused(tmp_path: Path, arrays: dict[str, AnyArray], header: dict[str, Any]) -> str:
    """Check that a file with this content is refused in one sentence; return the sentence."""
    file = tmp_path / "people.safetensors"
    file.write_bytes(save(arrays, {PEOPLE_FILE.key: json.dumps(header)}))
    with pytest.raises(ModelError) as caught:
        load_people_model(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_shipped_file_is_small_and_names_its_source() -> None:
    assert len(DATA) <= 5_000_000
    _, header = contents()
    assert "10.6084/m9.figshare.5047666" in header["attribution"]
    assert header["licence"] == "CC BY 4.0"
    assert header["n_people"] == 80


def test_nobody_of_the_training_set_can_be_reconstructed() -> None:
    """The file holds 40 of 79 components of texture, and the scores of nobody."""
    model = shipped_people()
    latent = len(model.spread)
    assert len(model.texture) <= 40
    assert not any(
        array.shape[0] in (80, 160) and array.ndim == 2 and array.shape[1] == latent for array in contents()[0].values()
    )


def test_the_spread_has_at_most_unit_variance() -> None:
    """Scores have unit variance, and age, gender, origin and smile explain a part of it."""
    model = shipped_people()
    rest = np.sqrt((model.spread**2).sum(1))
    assert (rest < 1.05).all()
    assert np.median(rest) > 0.8


def test_a_loaded_file_draws_the_same_people(tmp_path: Path) -> None:
    (tmp_path / "p.safetensors").write_bytes(DATA)
    loaded = load_people_model(tmp_path / "p.safetensors")
    assert np.array_equal(
        draw_candidate(loaded, PortableRandom(1)).z, draw_candidate(shipped_people(), PortableRandom(1)).z
    )


def test_textures_are_restored_from_their_values() -> None:
    model = shipped_people()
    texture = values_to_texture(model.texture.mean, model.masks.person)
    again = values_to_texture(texture_to_values(texture, model.masks.person), model.masks.person)
    assert np.abs(again - texture)[..., 0].max() < 1e-6
    shown = model.opacity > 0
    assert np.abs(again - texture)[shown].max() < 0.02  # colours are stored at half the resolution


@pytest.mark.parametrize("name", sorted(load(DATA)))
def test_a_missing_array_is_refused(tmp_path: Path, name: str) -> None:
    arrays, header = contents()
    del arrays[name]
    assert name in refused(tmp_path, arrays, header)


@pytest.mark.parametrize("name", sorted(load(DATA)))
def test_an_array_of_another_shape_is_refused(tmp_path: Path, name: str) -> None:
    arrays, header = contents()
    arrays[name] = arrays[name][..., :-1].copy()
    refused(tmp_path, arrays, header)


@pytest.mark.parametrize("name", ["atlas", "spread", "shape.mean", "texture.scale", "known", "shape.components"])
def test_values_that_are_not_finite_are_refused(tmp_path: Path, name: str) -> None:
    arrays, header = contents()
    arrays[name].flat[0] = np.nan
    refused(tmp_path, arrays, header)


@pytest.mark.parametrize("name", ["opacity", "face", "mouth"])
def test_empty_pictures_are_refused(tmp_path: Path, name: str) -> None:
    arrays, header = contents()
    arrays[name] = np.zeros_like(arrays[name])
    assert f"{name} is empty" in refused(tmp_path, arrays, header)


def test_an_empty_list_of_known_people_is_refused(tmp_path: Path) -> None:
    arrays, header = contents()
    arrays["known"] = arrays["known"][:0].copy()
    assert "known" in refused(tmp_path, arrays, header)


@pytest.mark.parametrize("name", ["opacity", "atlas", "texture.components", "effects"])
def test_arrays_of_another_dtype_are_refused(tmp_path: Path, name: str) -> None:
    arrays, header = contents()
    arrays[name] = arrays[name].astype(np.float64)
    refused(tmp_path, arrays, header)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("population"),
        lambda header: header.update(format_version=2),
        lambda header: header.update(nearest="near"),
        lambda header: header["population"].update(ages=[]),
        lambda header: header["population"].update(male=2),
        lambda header: header["population"].update(origins={}),
        lambda header: header["population"].update(strengths={"open": [1]}),
        lambda header: header["population"].update(ages=[500]),
        lambda header: header.update(nearest=float("nan")),
        lambda header: header["population"].update(strengths={"open": [float("nan"), 1], "closed": [1, 1]}),
        lambda header: header["population"].update(origins={"anywhere": 0}),
    ],
)
def test_invalid_headers_are_refused(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    arrays, header = contents()
    change(header)
    refused(tmp_path, arrays, header)


@pytest.mark.parametrize("data", [b"", b"x" * 100, DATA[:100], DATA[:-1]])
def test_damaged_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "p.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="is not a valid model of people: "):
        load_people_model(tmp_path / "p.safetensors")


def test_a_missing_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nobody is not a valid model of people: it cannot be read: no such file"):
        load_people_model(tmp_path / "nobody")
