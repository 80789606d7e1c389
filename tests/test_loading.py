"""`load` picks the class by the file; everything that is not a model is one sentence."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

import pixelfes
from pixelfes import ExpressionModel, load
from pixelfes.errors import InputError, MissingDependencyError, ModelError
from pixelfes.expression.base import ModelDescription
from pixelfes.loading import file_size, load_expression_model
from pixelfes.tensor_file import FileKind, write_tensor_file

NETWORK = FileKind("pixelfes model", "pixelfes-network")


def network_file(path: Path) -> Path:
    write_tensor_file(NETWORK, path, {"format_version": 1}, {})
    return path


def test_the_shipped_model_is_an_expression_model() -> None:
    model = load("smile")
    assert isinstance(model, ExpressionModel)
    assert isinstance(model, pixelfes.Model)
    assert load_expression_model("smile").n_parameters_ == model.n_parameters_


def test_a_file_is_found_by_path_and_by_text(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    load("smile").save(path)
    assert load(path).info_ == load(str(path)).info_
    assert file_size(path) == path.stat().st_size


def test_the_size_of_a_shipped_file_is_known() -> None:
    assert file_size("smile") == 62834


def test_a_network_needs_pytorch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pixelfes.extras.find_spec", lambda name: None if name == "torch" else find_spec(name))
    with pytest.raises(MissingDependencyError, match=r'need PyTorch: pip install "pixelfes\[gan\]"'):
        load(network_file(tmp_path / "network"))


def test_a_damaged_network_is_refused_as_a_network(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with pytest.raises(ModelError, match="'package_version' is missing"):
        load(network_file(tmp_path / "network"))


def test_the_model_of_every_expression_is_none_of_one() -> None:
    with pytest.raises(InputError, match="one of a single expression is needed"):
        load_expression_model("expressions")


class Network:
    """Something that describes itself as a network does."""

    def describe(self) -> ModelDescription:
        return ModelDescription("stargan", {}, "grid", 128)


def test_a_network_is_no_model_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelfes.loading.load_model", lambda name: Network())
    with pytest.raises(InputError, match="net is a network, and only models of pixels can be used here"):
        load_expression_model("net")
