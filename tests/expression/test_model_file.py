from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixelfes import ExpressionModel, ModelInfo, PixelRidge, load
from pixelfes.arrays import Array, Pixels
from pixelfes.assets import SHA256, asset_path
from pixelfes.errors import InputError, ModelError, PixelfesError
from pixelfes.expression.model_file import write_model
from pixelfes.regress import PixelRegressor
from tests.expression.drawn_faces import drawn_pairs

INFO = ModelInfo("grin", 0, "drawn faces", "CC0", "nobody, for « tests »")
REGISTRATIONS = ["mesh", "grid"]


@pytest.fixture(scope="module", params=[("mesh", "shared"), ("mesh", "separate"), ("grid", "separate")])
def fitted(
    request: pytest.FixtureRequest, portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array
) -> ExpressionModel:
    registration, channels = request.param
    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points, 4)
    regressor = PixelRidge(0.4, channels, "identity")
    return ExpressionModel(registration, regressor, size=24).fit(pairs, info=INFO)


def test_a_model_read_back_draws_the_same_pictures_bit_for_bit(
    fitted: ExpressionModel, tmp_path: Path, portrait: Pixels, points: Array
) -> None:
    once, twice = tmp_path / "once.safetensors", tmp_path / "twice.safetensors"
    fitted.save(once)
    rounded = load(once)
    rounded.save(twice)
    assert twice.read_bytes() == once.read_bytes()
    for intensity in (0.5, 1.0, 1.5):
        out = rounded.synthesize(portrait, intensity, landmarks=points)
        np.testing.assert_array_equal(load(twice).synthesize(portrait, intensity, landmarks=points), out)
        original = fitted.synthesize(portrait, intensity, landmarks=points)
        # OpenCV samples at whole 32nds of a pixel. Rounding to float32 moves a coordinate across a 32nd with a
        # probability of about 1e-5; the pixel then changes by at most a 32nd of the range, mostly by one level.
        difference = np.abs(out.astype(int) - original)
        assert difference.max() <= 255 / 32
        assert (difference > 1).mean() < 1e-5
        assert (out != original).mean() < 1e-4


def test_half_precision_is_half_the_size_and_within_a_level(
    fitted: ExpressionModel, tmp_path: Path, portrait: Pixels, points: Array
) -> None:
    for precision in ("float32", "float16"):
        fitted.save(tmp_path / precision, precision)
    sizes = [(tmp_path / precision).stat().st_size for precision in ("float32", "float16")]
    assert sizes[1] < 0.6 * sizes[0]
    full, half = (load(tmp_path / name).synthesize(portrait, landmarks=points) for name in ("float32", "float16"))
    difference = np.abs(full.astype(int) - half)
    assert np.percentile(difference, 99) <= 1
    assert difference.mean() < 0.2


def test_a_model_read_back_has_the_same_facts(fitted: ExpressionModel, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model")
    model = ExpressionModel.from_file(tmp_path / "model")
    assert model.info_ == fitted.info_
    assert model.info_.n_pairs == 4
    assert model.info_.attribution == INFO.attribution
    assert model.registration == fitted.registration
    assert model.size == 24
    assert model.n_parameters_ == fitted.n_parameters_
    assert model.skipped_ == []
    assert model.learned_.regressor.get_params() == fitted.learned_.regressor.get_params() | {"bias_penalty": None}


def test_a_model_read_back_can_be_fitted_again(
    fitted: ExpressionModel,
    tmp_path: Path,
    portrait: Pixels,
    points: Array,
    smiling_portrait: Pixels,
    smiling_points: Array,
) -> None:
    fitted.save(tmp_path / "model")
    again = load(tmp_path / "model").fit(drawn_pairs(portrait, smiling_portrait, points, smiling_points, 4), info=INFO)
    out = [model.synthesize(portrait, landmarks=points) for model in (fitted, again)]
    assert np.abs(out[0].astype(int) - out[1]).max() <= 1


def test_parameters_of_numpy_are_stored_as_numbers(
    portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array, tmp_path: Path
) -> None:
    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points, 2)
    regressor = PixelRidge(np.float32(0.5), alphas=[1.0], bias_penalty=np.ones((16, 16)))  # type: ignore[arg-type]
    ExpressionModel("grid", regressor, size=16).fit(pairs).save(tmp_path / "model")
    stored = ExpressionModel.from_file(tmp_path / "model").learned_.regressor.get_params()
    assert stored == PixelRidge(0.5).get_params()


# The shipped model


def test_the_shipped_model_is_small() -> None:
    with asset_path("smile.safetensors") as path:
        assert path.stat().st_size <= 65536


def test_the_shipped_model_names_its_sources(smile: ExpressionModel) -> None:
    info = smile.info_
    assert info.expression == "smile"
    assert info.n_pairs > 0
    assert "London" in info.training_data
    assert "CC BY 4.0" in info.attribution
    assert "https://doi.org/" in info.attribution


def test_a_shipped_model_that_was_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHA256, "smile.safetensors", "0" * 64)
    with pytest.raises(ModelError, match=r"the shipped file smile\.safetensors is damaged: install pixelfes again"):
        load("smile")


def test_a_file_of_the_name_of_a_shipped_model_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "smile").write_bytes(b"mine")
    with pytest.raises(ModelError, match="smile is not a valid pixelfes model"):
        load("smile")


@pytest.mark.parametrize("name", ["frown", "", ".", "smile.safetensors", "nowhere/smile"])
def test_a_model_that_is_not_there_is_an_error_that_names_those_that_are(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"neither a model file nor one of the shipped models \(.*smile"):
        load(name)


# Saving


@pytest.mark.parametrize("precision", ["float64", "half", None, 16])
def test_another_precision_is_refused(precision: Any, smile: ExpressionModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="precision must be 'float16' or 'float32'; found"):
        smile.save(tmp_path / "model", precision)
    assert list(tmp_path.iterdir()) == []


def test_numbers_too_large_for_half_precision_are_refused(fitted: ExpressionModel, tmp_path: Path) -> None:
    regressor = fitted.learned_.regressor
    assert isinstance(regressor, PixelRidge)
    kept = regressor.bias_.copy()
    try:
        regressor.bias_.flat[0] = 1e6
        with pytest.raises(
            InputError, match=r"regressor\.bias has numbers that float16 cannot hold; save with precision"
        ):
            fitted.save(tmp_path / "model", "float16")
        fitted.save(tmp_path / "model")
    finally:
        regressor.bias_[:] = kept


def test_a_save_that_fails_leaves_the_file_that_was_there(
    fitted: ExpressionModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    fitted.save(path)
    before = path.read_bytes()

    def full(*arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(f"os.{name}", full)
            patch.setattr(Path, "replace", full)
            with pytest.raises(PixelfesError, match=r"model\.safetensors"):
                fitted.save(path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


def test_a_model_cannot_be_saved_into_a_folder_that_is_not_there(fitted: ExpressionModel, tmp_path: Path) -> None:
    with pytest.raises(PixelfesError, match="nowhere"):
        fitted.save(tmp_path / "nowhere" / "model")


def test_a_regressor_without_a_name_cannot_be_stored(
    fitted: ExpressionModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: dict[str, type[PixelRegressor]] = {}
    monkeypatch.setattr("pixelfes.regress.REGRESSORS", named)
    with pytest.raises(InputError, match="a PixelRidge has no name in REGRESSORS"):
        write_model(fitted.learned_, fitted.info_, tmp_path / "model")


def test_a_model_is_loaded_from_a_path_of_any_kind(fitted: ExpressionModel, tmp_path: Path) -> None:
    fitted.save(str(tmp_path / "model"))
    assert load(str(tmp_path / "model")).info_ == load(tmp_path / "model").info_
