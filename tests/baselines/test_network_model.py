"""A network as a model, and as an untrusted file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from pixelfes import FixedLandmarks, fictional_people, load
from pixelfes.baselines.model import NetworkModel
from pixelfes.baselines.settings import NETWORK_METHODS, NetworkMethod
from pixelfes.errors import InputError, ModelError
from pixelfes.expression.base import ModelInfo
from tests.baselines.small import settings, small_faces, small_network

SAID = ModelInfo("smile", training_data="fictional people", licence="CC0", attribution="nobody")


def trained(method: NetworkMethod = "ganimation", steps: int = 10) -> NetworkModel:
    return NetworkModel(small_network(method), settings(steps, learning_rate=1e-3)).fit_faces(
        small_faces(method), info=SAID
    )


@pytest.fixture(scope="module")
def someone() -> tuple[Any, Any]:
    """A portrait, and its landmarks."""
    person = next(iter(fictional_people(1, seed=9, size=96)))
    return person.input, person.input_landmarks


@pytest.mark.parametrize("method", NETWORK_METHODS)
def test_a_network_read_from_its_file_makes_the_same_picture(
    method: NetworkMethod, someone: tuple[Any, Any], tmp_path: Path
) -> None:
    model = trained(method)
    model.save(tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    assert isinstance(again, NetworkModel)
    photo, landmarks = someone
    changed = model.synthesize(photo, landmarks=landmarks)
    assert (changed != photo).any()
    np.testing.assert_array_equal(changed, again.synthesize(photo, landmarks=landmarks))
    assert (again.n_parameters_, again.describe(), again.describe().size) == (model.n_parameters_, model.describe(), 32)
    assert (again.info_.training_data, again.info_.n_pairs, again.info_.expression) == ("fictional people", 8, "smile")


@pytest.mark.parametrize("method", NETWORK_METHODS)
def test_intensity_0_and_pixels_far_from_the_face_change_nothing(
    method: NetworkMethod, someone: tuple[Any, Any]
) -> None:
    photo, landmarks = someone
    model = trained(method)
    np.testing.assert_array_equal(model.synthesize(photo, 0, landmarks=landmarks), photo)
    wide = np.pad(photo, ((80, 80), (80, 80), (0, 0)), mode="reflect")
    changed = model.synthesize_pixels(wide, landmarks=np.add(landmarks, [80, 80, 0]))
    np.testing.assert_array_equal(changed[:20], wide[:20])
    assert (changed[80:-80, 80:-80] != photo).any()


def test_ganimation_follows_the_intensity(someone: tuple[Any, Any]) -> None:
    photo, landmarks = someone
    model = trained()
    half, whole = (model.synthesize(photo, a, landmarks=landmarks) for a in (0.5, 1.0))
    assert (half != whole).any()


@pytest.mark.parametrize("method", ["stargan", "usgan"])
def test_stargan_and_usgan_warn_that_they_are_on_or_off(method: NetworkMethod, someone: tuple[Any, Any]) -> None:
    photo, landmarks = someone
    model = trained(method)
    whole = model.synthesize(photo, 1.0, landmarks=landmarks)
    with pytest.warns(UserWarning, match=r"is on or off: intensity 0.3 is the same as 1"):
        np.testing.assert_array_equal(model.synthesize(photo, 0.3, landmarks=landmarks), whole)


def test_a_fit_finds_registers_and_learns_from_pairs() -> None:
    stages: dict[str, int] = {}
    model = NetworkModel(small_network("stargan"), settings(5), landmarks=FixedLandmarks())

    def progress(stage: str, done: int, total: int) -> None:
        stages[stage] = done

    model.fit(fictional_people(3, seed=4, size=64), info=SAID, progress=progress)
    assert stages == {"landmarks": 3, "registration": 3}
    assert (model.info_.n_pairs, model.skipped_, len(model.history_)) == (3, [], 1)
    assert model.seconds_ > 0


def test_unsupported_uses_of_a_network_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not fitted yet"):
        NetworkModel(small_network()).synthesize(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(InputError, match="without TrainingSettings"):
        NetworkModel(small_network()).fit_faces(small_faces())
    with pytest.raises(InputError, match="is stored in float32"):
        trained("stargan", 1).save(tmp_path / "half.safetensors", "float16")


Damage = Callable[[dict[str, Any], dict[str, Any]], None]
NAME = "generator.colour.weight"


def _drop(tensors: dict[str, Any], said: dict[str, Any]) -> None:
    del tensors[NAME]


def _cut(tensors: dict[str, Any], said: dict[str, Any]) -> None:
    tensors[NAME] = tensors[NAME][:2].clone()


def _halve(tensors: dict[str, Any], said: dict[str, Any]) -> None:
    tensors[NAME] = tensors[NAME].half()


def _poison(tensors: dict[str, Any], said: dict[str, Any]) -> None:
    tensors[NAME] = torch.full_like(tensors[NAME], float("inf"))


def _rest(tensors: dict[str, Any], said: dict[str, Any]) -> None:
    tensors["units.rest"] = tensors["units.rest"][:3].clone()


def _set(name: str, value: object) -> Damage:
    return lambda tensors, said: said.__setitem__(name, value)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_drop, "lacks"),
        (_cut, "must be float32 of shape"),
        (_halve, "must be float32 of shape"),
        (_poison, "not finite"),
        (_rest, "units.rest must be float32 of shape"),
        (lambda tensors, said: tensors.__setitem__("units.more", torch.zeros(1)), "of action units"),
        (lambda tensors, said: tensors.__setitem__("more", torch.zeros(1)), "does not belong there"),
        (_set("format_version", 2), "format version 2"),
        (_set("method", "cyclegan"), "a network is one of"),
        (_set("method", ["stargan"]), "'method' is missing or no str"),
        (_set("width", 4096), "width must be a whole number"),
        (_set("size", 33), "multiple of 4"),
        (_set("conditions", 5), "has 17 conditions"),
        (_set("landmark_topology", "dlib 68"), "its landmarks are"),
        (_set("more", 1), "unknown entries: more"),
        (_set("n_pairs", True), "'n_pairs' is missing or no int"),
    ],
)
def test_a_damaged_file_is_refused_with_the_reason(damage: Damage, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    trained(steps=1).save(file)
    with safe_open(file, framework="pt") as opened:
        said = json.loads(opened.metadata()["pixelfes-network"])
    tensors = load_file(file)
    damage(tensors, said)
    save_file(tensors, file, metadata={"pixelfes-network": json.dumps(said)})
    with pytest.raises(ModelError, match=reason) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file} is not a valid pixelfes model: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_a_header_that_is_not_an_object_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"a": torch.zeros(1)}, file, metadata={"pixelfes-network": text})
    with pytest.raises(ModelError, match="is not a valid pixelfes model"):
        load(file)
