from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from pixelfes import FixedLandmarks, fictional_people
from pixelfes.baselines import training
from pixelfes.errors import InputError
from pixelfes.evaluate.report.cost_tables import cost_table, parameter_table, settings_table
from pixelfes.evaluate.report.result_tables import difference_table, fairness_table, overall_table
from pixelfes.evaluate.run.candidates import list_candidates
from pixelfes.evaluate.run.comparison import Comparison, run_comparison
from pixelfes.evaluate.run.network_candidates import NetworkBudget, train_network
from pixelfes.expression.pairs_to_faces import FacePair, find_pairs
from pixelfes.face.detector.face_detector import FaceDetector
from pixelfes.loading import load
from tests.evaluate.small_comparison import small_candidates, small_setup

BUDGET = NetworkBudget(steps=10, batch=2, size=32, width=4, device="cpu", folds=1)


def _faces(n: int = 3) -> list[FacePair]:
    return find_pairs(fictional_people(n, seed=3, size=64), FixedLandmarks()).faces


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    detector = FaceDetector()
    setup = small_setup(tmp_path_factory.mktemp("results"), detector)
    candidates = small_candidates(["pixel-rr"]) + list_candidates(["stargan", "ganimation"], ["mesh"], None, [], BUDGET)
    return run_comparison(list(fictional_people(6, seed=2, size=128)), candidates, setup, detector, extent="plain")


def test_networks_are_trained_in_a_fold_and_judged_on_the_people_kept_out(comparison: Comparison) -> None:
    first = comparison.folds[0]
    kept_out = [person.name for person in first.split.test]
    for name in ("StarGAN, 10 steps of 2 pictures", "GANimation, 10 steps of 2 pictures"):
        assert [row.person for row in first.outcomes[name].rows] == kept_out
        assert first.outcomes[name].cost.fit_seconds
        assert name not in comparison.folds[1].outcomes


def test_every_row_of_a_network_says_how_far_it_was_trained(comparison: Comparison) -> None:
    tables = [
        overall_table(comparison),
        fairness_table(comparison),
        cost_table(comparison),
        difference_table(comparison),
    ]
    for table in tables:
        assert table is not None
        names = {str(row[0]) for row in table.rows}
        assert {"StarGAN, 10 steps of 2 pictures", "GANimation, 10 steps of 2 pictures"} <= names
    settings = {str(row[0]): row[1] for row in settings_table(comparison).rows}
    assert settings["StarGAN, 10 steps of 2 pictures"] == "10 steps of 2 pictures, in 1 of the folds, width 4"


def test_the_published_generators_are_counted_beside_the_regressors(comparison: Comparison) -> None:
    counted = {count.title: count.parameters for count in comparison.counts}
    assert (counted["StarGAN"], counted["GANimation"], counted["US-GAN"]) == (8_430_528, 8_471_296, 2_533_440)
    rows = {str(row[0]): row for row in parameter_table(comparison).rows}
    assert getattr(rows["StarGAN"][2], "value", None) == pytest.approx(843.05, abs=0.01)


def test_the_model_of_the_first_fold_is_kept_for_the_pictures(comparison: Comparison) -> None:
    outcome = comparison.folds[0].outcomes["GANimation, 10 steps of 2 pictures"]
    assert load(comparison.setup.cache.model(outcome.key)).n_parameters_ == outcome.cost.parameters


def test_a_training_that_is_known_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = _faces()
    first = train_network("stargan", BUDGET, faces, tmp_path)

    def never(*args: Any) -> None:
        raise AssertionError("a step was made")

    monkeypatch.setattr(training._Trainer, "step", never)
    again = train_network("stargan", BUDGET, faces, tmp_path)
    assert again.fit_seconds == first.fit_seconds > 0
    pair = faces[0]
    pixels = np.asarray(pair.pair.input, np.uint8)
    one, other = (t.model.synthesize_pixels(pixels, landmarks=pair.input) for t in (first, again))
    np.testing.assert_array_equal(one, other)


def test_other_people_are_another_training(tmp_path: Path) -> None:
    for faces in (_faces(2), _faces(3)):
        train_network("stargan", BUDGET, faces, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_another_setting_of_the_training_is_another_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = _faces()
    train_network("stargan", BUDGET, faces, tmp_path)
    usual = NetworkBudget.training
    monkeypatch.setattr(NetworkBudget, "training", lambda self: replace(usual(self), learning_rate=2e-4))
    train_network("stargan", BUDGET, faces, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_network_without_a_budget_is_refused() -> None:
    with pytest.raises(InputError, match="StarGAN must be told for how many steps"):
        list_candidates(["stargan"], ["grid"])


def test_the_cache_of_trainings_keeps_no_picture_of_anybody(comparison: Comparison) -> None:
    kept = [path for path in comparison.setup.cache.trainings.rglob("*") if path.is_file()]
    assert {path.name for path in kept} == {"checkpoint.safetensors", "losses.csv"}
