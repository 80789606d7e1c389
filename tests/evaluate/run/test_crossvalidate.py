from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixelfes import FaceDetector, Pair
from pixelfes.errors import InputError
from pixelfes.evaluate.judges.classifier import ExpressionClassifier
from pixelfes.evaluate.report.result_tables import lost_faces, overall_table
from pixelfes.evaluate.run import crossvalidate
from pixelfes.evaluate.run.candidates import Candidate, list_candidates
from pixelfes.evaluate.run.comparison import Comparison, run_comparison
from pixelfes.reporting.tables import Number
from tests.evaluate.small_comparison import FACTS, Blind, broken_pair, small_candidates, small_setup


def named(comparison: Comparison, name: str) -> Candidate:
    return next(c for c in comparison.candidates if c.name == name)


def test_everybody_is_judged_once_by_every_candidate(comparison: Comparison) -> None:
    for candidate in comparison.of("comparison"):
        people = [row.person for row in comparison.rows(candidate)]
        assert people == [real.person for real in comparison.real]
        assert sorted(people) == [f"drawn {n}" for n in range(6)]


def test_the_judge_of_a_fold_has_not_seen_who_is_tested(
    comparison: Comparison,
    drawn: list[Pair],
    detector: FaceDetector,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained_on: list[int] = []
    fit = ExpressionClassifier.fit

    def spy(photos: Any, landmarks: Any, labels: Any) -> ExpressionClassifier:
        trained_on.append(len(landmarks))
        return fit(photos, landmarks, labels)

    monkeypatch.setattr(ExpressionClassifier, "fit", spy)
    setup = small_setup(results, detector, judge_keys=("trained once more",))
    result = run_comparison(drawn, small_candidates(["copy"]), setup, detector)
    assert trained_on == [2 * len(fold.split.train) for fold in result.folds] == [6, 6]


def test_a_copy_changes_nothing(comparison: Comparison) -> None:
    for row in comparison.rows(named(comparison, "copy of the input")):
        assert row.found
        assert row.identity == row.skin == row.lightness == 0


def test_methods_come_nearer_to_the_real_photo_than_a_copy(comparison: Comparison) -> None:
    errors = {
        candidate.name: np.mean([row.mse for row in comparison.rows(candidate)])
        for candidate in comparison.of("comparison")
    }
    assert errors["Pixel-RR, mesh"] < errors["copy of the input"] / 2
    assert errors["average smile"] < errors["copy of the input"]


def test_intensity_0_is_the_input_and_more_is_more(comparison: Comparison) -> None:
    scores = comparison.control(named(comparison, "Pixel-RR, mesh"))
    assert scores is not None
    assert scores.unchanged is not None
    assert scores.unchanged.all()
    assert scores.distances is not None
    assert (scores.distances[:, 0] == 0).all()
    assert (np.diff(scores.scores, axis=1) > 0).all()


def test_a_second_run_fits_nothing_and_finds_the_same(
    comparison: Comparison,
    drawn: list[Pair],
    detector: FaceDetector,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("fitted, judged or measured again")

    for name in ("make", "measure", "control_scores", "comparison_frame"):
        monkeypatch.setattr(crossvalidate, name, never)
    again = run_comparison(
        [*drawn, broken_pair()], small_candidates(), small_setup(results, detector), detector, facts=FACTS
    )
    assert overall_table(again) == overall_table(comparison)
    for first, second in zip(comparison.folds, again.folds, strict=True):
        assert first.real == second.real
        assert {name: o.rows for name, o in first.outcomes.items()} == {n: o.rows for n, o in second.outcomes.items()}
    assert (again.counts, again.stages) == (comparison.counts, comparison.stages)


def test_another_judge_is_another_result(
    comparison: Comparison, drawn: list[Pair], detector: FaceDetector, results: Path
) -> None:
    setup = small_setup(results, detector, judge_keys=("another",))
    before = set(results.iterdir())
    run_comparison(drawn, small_candidates(["copy"]), setup, detector)
    assert set(results.iterdir()) - before


def test_the_cache_keeps_no_photos(comparison: Comparison, results: Path) -> None:
    assert {path.suffix for path in results.iterdir()} == {".json", ".safetensors"}


def test_lost_faces_are_counted_and_listed(
    comparison: Comparison, drawn: list[Pair], detector: FaceDetector, results: Path
) -> None:

    setup = small_setup(results, Blind(), judge_keys=("blind",))
    result = run_comparison(drawn, small_candidates(["copy"]), setup, detector)
    (name, people), *_ = lost_faces(result)
    assert (name, len(people)) == ("copy of the input", 6)
    row = dict(zip(overall_table(result).columns, overall_table(result).rows[1], strict=True))
    assert row["faces lost"] == Number(6, digits=0)
    assert row["called"].value == 0  # type: ignore[union-attr]
    assert row["MSE"] == Number(None)


def test_pairs_that_cannot_be_used_are_kept_in_mind(comparison: Comparison) -> None:
    assert [skipped.name for skipped in comparison.skipped] == ["nobody"]


def test_no_pair_at_all(detector: FaceDetector, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of 1 pairs can be used; the first one: no face"):
        run_comparison([broken_pair()], small_candidates(), small_setup(tmp_path, detector), detector)


def test_the_cost_is_that_of_the_model(comparison: Comparison) -> None:
    cost = comparison.outcomes(named(comparison, "Pixel-RR, mesh"))[0].cost
    assert cost.parameters == 2 * 32 * 32
    assert cost.bytes is not None
    assert cost.bytes > 4 * cost.parameters
    assert cost.n_pairs == 3


def test_parameters_are_counted_as_in_the_paper(comparison: Comparison) -> None:
    counts = {count.title: count.parameters for count in comparison.counts}
    assert counts["Pixel-RR"] == 32768
    assert counts["MR"] == 162308
    assert counts["RR"] == 16384 * 16385
    assert counts["Pixel-KR"] == 3 * 16384


def test_candidates_that_do_not_exist() -> None:
    with pytest.raises(InputError, match="'gan' is none of pixel-rr, "):
        list_candidates(["gan"], ["mesh"])
    with pytest.raises(InputError, match="'net' is none of mesh, grid"):
        list_candidates(["mr"], ["net"])  # type: ignore[list-item]


@pytest.mark.photos
def test_real_people_smile_more_than_they_did(data: Path, detector: FaceDetector, tmp_path: Path) -> None:
    from pixelfes import load_pairs

    pairs, candidates = load_pairs(data / "london")[::13], list_candidates(["pixel-rr", "copy"], ["mesh"], 48)
    result = run_comparison(pairs, candidates, small_setup(tmp_path, detector), detector, extent="plain")
    copied, made = (named(result, name) for name in ("copy of the input", "Pixel-RR, mesh"))
    before, after = (np.mean([row.score or 0 for row in result.rows(c)]) for c in (copied, made))
    assert after > before + 0.1
    assert result.judge_figures().auc > 0.8
