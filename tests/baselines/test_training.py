from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "pixelfes[gan]"')

from pixelfes.baselines.settings import NetworkMethod
from pixelfes.baselines.training import HISTORY_COLUMNS, find_device, train
from pixelfes.errors import InputError, ModelError
from tests.baselines.small import settings, small_faces, small_network


def _weights(generator: Any) -> dict[str, Any]:
    return {name: value.clone() for name, value in generator.state_dict().items()}


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("method", ["stargan", "ganimation", "usgan"])
def test_a_short_training_learns(method: NetworkMethod) -> None:
    network = small_network(method)
    _, history, _ = train(small_faces(method), network, settings(200, learning_rate=1e-3, batch=8))
    rows = dict(zip(HISTORY_COLUMNS, np.array(history).T, strict=True))
    assert list(rows["step"]) == list(range(5, 201, 5))
    assert np.isfinite(history).all()
    first, last = slice(0, 5), slice(-5, None)
    assert rows["critic"][last].mean() < rows["critic"][first].mean()
    if method == "stargan":  # with a mask or a skip connection the cycle loss is small from the start
        assert rows["cycle"][last].mean() < 0.8 * rows["cycle"][first].mean()
    if method == "ganimation":
        assert rows["critic_condition"][last].mean() < 0.5 * rows["critic_condition"][first].mean()


def test_the_same_seed_gives_the_same_network() -> None:
    one, again, other = (
        _weights(train(small_faces(), small_network(), settings(5, seed=seed))[0]) for seed in (1, 1, 2)
    )
    assert _same(one, again)
    assert not _same(one, other)


def test_a_resumed_training_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, history, _ = train(small_faces(), small_network(), settings(12))

    class StoppedError(Exception):
        pass

    def stop(status: Any) -> None:
        if status.step == 10:
            raise StoppedError

    options = settings(12, checkpoint_every=3, sample_every=5)
    with pytest.raises(StoppedError):
        train(small_faces(), small_network(), options, tmp_path, stop)
    resumed, again, seconds = train(small_faces(), small_network(), options, tmp_path)
    assert _same(_weights(whole), _weights(resumed))
    assert history == again
    assert seconds > 0
    assert len((tmp_path / "losses.csv").read_text(encoding="utf-8").splitlines()) == 1 + 2
    assert sorted(file.name for file in (tmp_path / "samples").iterdir()) == [
        "0000005.png",
        "0000010.png",
        "0000012.png",
    ]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    train(small_faces(), small_network(), settings(2, checkpoint_every=1), tmp_path)
    with pytest.raises(ModelError, match="other settings or other photos: remove it"):
        train(small_faces(), small_network(), settings(2, checkpoint_every=1, seed=1), tmp_path)
    with pytest.raises(ModelError, match="other settings or other photos: remove it"):
        train(small_faces(n=4), small_network(), settings(2, checkpoint_every=1), tmp_path)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    options = settings(6, checkpoint_every=1)
    train(small_faces(), small_network(), options, tmp_path)
    file = tmp_path / "checkpoint.safetensors"
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata()
    whole = load_file(file)

    def refused(reason: str, tensors: dict[str, Any], said: Any = metadata) -> None:
        save_file(tensors, file, metadata=said)
        with pytest.raises(ModelError, match=reason):
            train(small_faces(), small_network(), options, tmp_path)

    name = "critic.optimiser.0.exp_avg"
    refused("lacks 0.exp_avg", {key: value for key, value in whole.items() if key != name})
    refused("must be float32 of shape", whole | {name: whole[name][:1].clone()})
    refused("not finite", whole | {name: torch.full_like(whole[name], float("nan"))})
    refused("does not belong there", whole | {"more": torch.zeros(1)})
    refused("not a checkpoint of a training", whole, {})
    file.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="cannot be read as safetensors"):
        train(small_faces(), small_network(), options, tmp_path)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_without_a_device_is_an_error() -> None:
    assert find_device("auto").type == "cpu"
    with pytest.raises(InputError, match="no CUDA device"):
        find_device("cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_a_training_on_cuda() -> None:
    _, history, _ = train(small_faces(), small_network(), settings(10, device="cuda"))
    assert np.isfinite(history).all()


def test_a_batch_depends_only_on_the_seed_and_the_step() -> None:
    faces = small_faces()
    one, again, later = faces.draw(0, 7, 6), faces.draw(0, 7, 6), faces.draw(0, 8, 6)
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], later[0])
    assert one[0].shape == (6, 3, 32, 32)
    assert np.abs(one[0]).max() <= 1
    assert set(map(tuple, one[1])) <= {(1.0, 0.0), (0.0, 1.0)}
