"""A fit on a real cluster of processes equals the same fit in this process."""

from __future__ import annotations

import io
import logging
import os
import signal
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import dask.bag
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from PIL import Image

from pixelfes import ExpressionModel, FaceDetector, FixedLandmarks, ModelInfo, Pair, PixelRidge
from pixelfes.arrays import Array, Pixels
from pixelfes.cluster import fit_on_cluster
from pixelfes.cluster.client import LOCAL_CLUSTER_CONFIG
from pixelfes.cluster.task_runner import TaskRunner
from pixelfes.cluster.tasks import PartialFit, fit_shard, merge_partial_fits, shard_errors
from pixelfes.errors import InputError, PixelfesError
from pixelfes.expression.registering import RegisteredTextures
from pixelfes.regress import MaskedRidge, SparseRidge
from pixelfes.regress.base import PixelRegressor
from tests.cluster.cluster_faces import Deadly, Faulty, Unsendable, Watched
from tests.expression.drawn_faces import drawn_pairs

SAME = 1e-8


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    settings = LOCAL_CLUSTER_CONFIG | {
        "distributed.scheduler.allowed-failures": 1,
        "distributed.admin.large-graph-warning-threshold": "100MB",
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def pairs(portrait: Pixels, smiling_portrait: Pixels, points: Array, smiling_points: Array) -> list[Pair]:
    drawn = drawn_pairs(portrait, smiling_portrait, points, smiling_points, count=7)
    return [replace(pair, weight=1 + 0.1 * n) for n, pair in enumerate(drawn)]


def new(registration: Any = "mesh", regressor: PixelRegressor | None = None, **changed: Any) -> ExpressionModel:
    settings: dict[str, Any] = {"size": 32, "landmarks": FixedLandmarks()} | changed
    return ExpressionModel(registration, regressor or PixelRidge(0.4, prior="identity"), **settings)


def assert_same(one: ExpressionModel, other: ExpressionModel) -> None:
    assert one.info_ == other.info_
    for name, array in one.learned_.regressor.state_arrays().items():
        np.testing.assert_allclose(other.learned_.regressor.state_arrays()[name], array, rtol=0, atol=SAME)
    if one.learned_.displacement is not None:
        assert other.learned_.displacement is not None
        np.testing.assert_allclose(other.learned_.displacement.full, one.learned_.displacement.full, rtol=0, atol=SAME)


@pytest.mark.parametrize(
    ("registration", "regressor"),
    [
        ("mesh", PixelRidge(0.4, prior="identity")),
        ("mesh", PixelRidge("auto", prior="identity")),
        ("grid", PixelRidge("auto", channels="separate")),
        ("grid", MaskedRidge(alpha="auto")),
        ("mesh", SparseRidge(selection="own", alpha=0.1, prior="identity")),
    ],
    ids=repr,
)
def test_the_weights_equal_those_of_one_machine(
    registration: str, regressor: PixelRegressor, pairs: list[Pair], client: Client
) -> None:
    one = new(registration, regressor).fit(pairs)
    many = new(registration, regressor)
    assert fit_on_cluster(many, pairs, client, shard_size=3) is many
    assert_same(one, many)
    assert many.skipped_ == []
    for name in ("alphas_", "loo_errors_"):
        if hasattr(one.learned_.regressor, name):
            expected = getattr(one.learned_.regressor, name)
            np.testing.assert_allclose(
                getattr(many.learned_.regressor, name), expected, rtol=1e-9
            )  # sums in another order
    assert not hasattr(regressor, "alpha_")
    assert many.learned_.regressor.get_params()["alpha"] == regressor.get_params()["alpha"]


def test_the_size_and_order_of_shards_make_no_difference(pairs: list[Pair], client: Client) -> None:
    one = new().fit(pairs)
    orders = ((1, slice(None, None, -1)), (50, slice(None)))
    for shard_size, order in orders:
        assert_same(one, fit_on_cluster(new(), pairs[order], client, shard_size=shard_size))


def test_pairs_may_be_a_bag_or_delayed_shards(pairs: list[Pair], client: Client) -> None:
    def broken() -> list[Pair]:
        raise FileNotFoundError("no such list")

    one = new("grid").fit(pairs)
    bag = dask.bag.from_sequence(range(len(pairs)), npartitions=3).map(lambda n: pairs[n])
    assert_same(one, fit_on_cluster(new("grid"), bag, client))
    shards = [dask.delayed(pairs[:4]), dask.delayed(broken)(), dask.delayed([*pairs[4:], "no pair", (b"", b"")])]
    many = fit_on_cluster(new("grid"), shards, client)
    assert_same(one, many)
    assert [(skipped.name, skipped.reason) for skipped in many.skipped_] == [
        ("shard 1", "FileNotFoundError: no such list"),
        ("pair 3 of shard 2", "it must be a Pair or (input, target); found str"),
        ("pair 4 of shard 2", "the photo cannot be read: the file is empty"),
    ]


def test_broken_files_are_reported_and_the_rest_is_fitted(
    pairs: list[Pair], client: Client, tmp_path: Path, detector: FaceDetector
) -> None:
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "flat.png")
    Image.fromarray(np.asarray(pairs[0].input)).save(tmp_path / "face.png")
    bad = [
        replace(pairs[0], target=tmp_path / "cut.jpg", name="cut"),
        replace(pairs[0], input=tmp_path / "gone.jpg", name="gone"),
        Pair(tmp_path / "face.png", tmp_path / "flat.png", name="no face"),
        replace(pairs[0], input_landmarks=np.zeros((5, 3)), name="no landmarks"),
    ]
    many = fit_on_cluster(new("grid", landmarks=detector), [*bad[:2], *pairs, *bad[2:]], client, shard_size=2)
    assert_same(new("grid").fit(pairs), many)
    reasons = {skipped.name: skipped.reason for skipped in many.skipped_}
    assert list(reasons) == ["cut", "gone", "no face", "no landmarks"]
    assert "cut.jpg cannot be read" in reasons["cut"]
    assert reasons["no face"] == "no face was found in the target photo"
    assert "landmarks must" in reasons["no landmarks"]


def test_a_photo_deleted_between_the_passes_is_reported(pairs: list[Pair], client: Client, tmp_path: Path) -> None:
    Image.fromarray(np.asarray(pairs[0].input)).save(tmp_path / "soon gone.png")

    def progress(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("landmarks", total):
            (tmp_path / "soon gone.png").unlink()

    late = replace(pairs[0], input=tmp_path / "soon gone.png", name="late")
    many = fit_on_cluster(new("grid"), [*pairs, late], client, shard_size=4, progress=progress)
    assert_same(new("grid").fit(pairs), many)
    assert [skipped.name for skipped in many.skipped_] == ["late"]


def test_an_unexpected_error_leaves_out_only_its_pair(pairs: list[Pair], client: Client) -> None:
    black = Pair(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), name="black")
    many = fit_on_cluster(new("grid", landmarks=Faulty()), [*pairs[:3], black, *pairs[3:]], client, shard_size=4)
    assert_same(new("grid").fit(pairs), many)
    assert [(skipped.name, skipped.reason) for skipped in many.skipped_] == [("black", "ZeroDivisionError: black")]


@pytest.mark.parametrize("stage", ["landmarks", "registration"])
def test_a_fit_survives_the_death_of_a_worker(stage: str, pairs: list[Pair], client: Client) -> None:
    killed: list[int] = []

    def progress(now: str, done: int, total: int) -> None:
        if now == stage and 0 < done < total and not killed:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    regressor = PixelRidge("auto", prior="identity")
    many = fit_on_cluster(new("mesh", regressor), pairs, client, shard_size=1, progress=progress)
    assert killed
    assert_same(new("mesh", regressor).fit(pairs), many)
    assert many.skipped_ == []
    client.wait_for_workers(1, timeout=60)


def test_only_the_shard_that_kills_its_workers_is_reported(pairs: list[Pair], client: Client) -> None:
    black = Pair(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), name="black")
    many = fit_on_cluster(new("grid", landmarks=Deadly()), [black, *pairs], client, shard_size=1)
    assert_same(new("grid").fit(pairs), many)
    assert [(skipped.name, skipped.reason) for skipped in many.skipped_] == [("black", "every worker that ran it died")]
    client.wait_for_workers(1, timeout=60)


def test_each_process_keeps_one_detector(pairs: list[Pair], points: Array, client: Client, tmp_path: Path) -> None:
    log = tmp_path / "log"
    unknown = [replace(pair, input_landmarks=None) for pair in pairs]
    fit_on_cluster(new("grid", landmarks=Watched(points / 2, log)), unknown, client, shard_size=1)
    asked = [line.split() for line in log.read_text().splitlines()]
    assert len(asked) == len(pairs)
    assert len({who for _, who in asked}) == len({process for process, _ in asked})


def test_textures_stay_on_the_workers(pairs: list[Pair], client: Client, tmp_path: Path) -> None:
    stored = []
    for n, pair in enumerate(pairs):
        paths = [tmp_path / f"{n}{role}.bmp" for role in ("input", "target")]
        for path, photo in zip(paths, (pair.input, pair.target), strict=True):
            Image.fromarray(np.asarray(photo)).save(path)
        stored.append(replace(pair, input=paths[0], target=paths[1]))
    size, copies = 192, 16
    textures = copies * len(pairs) * size**2 * 3 * 4 * 2
    tracemalloc.start()
    try:
        many = fit_on_cluster(new("grid", size=size), stored * copies, client, shard_size=4)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert many.info_.n_pairs == copies * len(pairs)
    assert peak < textures / 4


def test_a_fit_reports_its_facts_and_its_progress(pairs: list[Pair], client: Client) -> None:
    calls: list[tuple[str, int, int]] = []
    info = ModelInfo("grin", 99, "drawn", "CC0", "nobody")
    many = fit_on_cluster(new(), pairs, client, shard_size=3, info=info, progress=lambda *call: calls.append(call))
    assert many.info_ == replace(info, n_pairs=len(pairs))
    stages = {stage: [call[1:] for call in calls if call[0] == stage] for stage, _, _ in calls}
    assert list(stages) == ["landmarks", "teeth", "registration"]
    for done in stages.values():
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]


class Lonely(PixelRegressor):
    """A regressor whose statistics do not add."""

    n_parameters_ = 0

    def fit(self, X: Any, T: Any, sample_weight: Any = None) -> Lonely:
        return self

    def predict(self, X: Any) -> Any:
        return X

    def state_arrays(self) -> dict[str, Any]:
        return {}

    def _check_params(self) -> None: ...

    def _set_state(self, arrays: Any) -> None: ...


def test_wrong_arguments_are_errors_before_the_long_work(pairs: list[Pair], client: Client) -> None:
    def error(model: ExpressionModel, given: Any = pairs, **options: Any) -> str:
        with pytest.raises(InputError) as caught:
            fit_on_cluster(model, given, client, **options)
        return str(caught.value)

    assert "with additive statistics (" in error(new(regressor=Lonely()))
    assert "PixelRidge" in error(new(regressor=Lonely()))
    greedy = error(new(regressor=SparseRidge(alpha=0.1)))
    assert "with additive statistics" in greedy
    assert "SparseRidge(alpha=0.1)" in greedy
    assert "shard_size must be" in error(new(), shard_size=0)
    assert "is an open file" in error(new(), [(io.BytesIO(), io.BytesIO())])
    assert "pairs must be a list" in error(new(), 5)
    assert "found one that cannot" in error(new(landmarks=Unsendable()))
    assert "there are no pairs to learn from" in error(new(), [])
    assert "none of 2 pairs can be used; the first one: " in error(new(), [(b"", b""), (b"", b"")])


def random_shards(n_shards: int) -> list[RegisteredTextures]:
    rng = np.random.default_rng(0)
    shards = []
    for n in range(n_shards):
        X = rng.random((2 + n % 2, 6, 7, 3)).astype(np.float32)
        T = np.clip(0.5 * X + 0.2 + 0.1 * rng.standard_normal(X.shape), 0, 1).astype(np.float32)
        shards.append(RegisteredTextures(X, T, rng.random(X.shape[:3])))
    return shards


@pytest.mark.parametrize("regressor", [PixelRidge(0.5), PixelRidge(), MaskedRidge()], ids=repr)
def test_merged_statistics_of_shards_equal_those_of_all_pairs(regressor: Any, client: Client) -> None:
    shards = random_shards(9)
    runner = TaskRunner(client)
    blank = type(regressor)(0.5) if isinstance(regressor, PixelRidge) else MaskedRidge(alpha=0.5)
    calls = [lambda shard=shard: runner.submit(fit_shard, shard, blank, False) for shard in shards]
    root, errors = runner.sum_pairwise(calls, merge_partial_fits, lambda number: None)
    assert errors == {}
    assert root is not None
    part: PartialFit = runner.result(root)
    if regressor.alpha == "auto":
        part.regressor.set_params(alpha="auto").choose_alpha(
            lambda alphas: np.sum([shard_errors(shard, runner.result(root), False, alphas) for shard in shards], axis=0)
        )
    whole = type(regressor)(**regressor.get_params()).fit(
        *(np.concatenate([getattr(shard, name) for shard in shards]) for name in ("X", "T", "weight"))
    )
    assert part.n_pairs == sum(len(shard.X) for shard in shards)
    for name, array in whole.state_arrays().items():
        np.testing.assert_allclose(part.regressor.state_arrays()[name], array, rtol=0, atol=SAME)


def test_an_error_while_adding_is_raised(client: Client) -> None:
    def fails(left: int, right: int) -> int:
        raise ValueError("cannot be added")

    runner = TaskRunner(client)
    root, _ = runner.sum_pairwise([lambda: runner.submit(int, 1)] * 2, fails, lambda number: None)
    with pytest.raises(PixelfesError, match="a task failed on the cluster: ValueError: cannot be added"):
        runner.result(root)
