"""A judge's file is not trusted: whatever is wrong with it is one `ModelError` of one sentence."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from pixelfes.arrays import Array, Pixels
from pixelfes.assets import SHA256
from pixelfes.errors import ModelError, PixelfesError
from pixelfes.evaluate.judges.classifier_file import JUDGE_FILE, load_judge, save_judge

SHIPPED = (files("pixelfes") / "assets" / "happy_judge.safetensors").read_bytes()


def header_of(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][JUDGE_FILE.key])
    return header


def refusal(data: bytes, path: Path) -> str:
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load_judge(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is not a valid expression judge: ")
    assert "\n" not in message
    return message


def test_the_shipped_judge_is_small() -> None:
    assert len(SHIPPED) < 30_000


def test_a_judge_is_the_same_after_saving_and_loading(tmp_path: Path, portrait: Pixels, points: Array) -> None:
    judge = load_judge()
    save_judge(judge, tmp_path / "judge.safetensors")
    again = load_judge(tmp_path / "judge.safetensors")
    assert again.info == judge.info
    assert again.score(portrait, points) == judge.score(portrait, points)
    assert (tmp_path / "judge.safetensors").read_bytes() == SHIPPED


HEADERS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda h: h.pop("size"), "must have the entries"),
    (lambda h: h.update(more=1), "and no others"),
    (lambda h: h.update(format_version=2), "format version 2, and this pixelfes .* reads 1"),
    (lambda h: h.update(format_version=True), "name no format version"),
    (lambda h: h.update(landmark_topology="dlib-68"), "'dlib-68'"),
    (lambda h: h.update(size=8), "its size is no whole number"),
    (lambda h: h.update(size="48"), "its size is no whole number"),
    (lambda h: h.update(size=32), r"texture_weight must be float32 of shape \(32, 32\)"),
    (lambda h: h.update(info=[]), "its info must have the entries"),
    (lambda h: h["info"].pop("licence"), "its info must have the entries"),
    (lambda h: h["info"].update(name=3), "no text"),
    (lambda h: h["info"].update(kept_out=3), "kept-out figures must be"),
    (lambda h: h["info"]["kept_out"].pop("auc"), "kept-out figures must be"),
    (lambda h: h["info"]["kept_out"].update(n_photos=-1), "must count photos"),
    (lambda h: h["info"]["kept_out"].update(accuracy=1.2), "numbers in their range"),
    (lambda h: h["info"]["kept_out"].update(accuracy=None), "numbers in their range"),
    (lambda h: h["info"]["kept_out"].update(within_person="all"), "numbers in their range"),
    (lambda h: h["info"]["kept_out"].update(log_loss=float("nan")), "numbers in their range"),
    (lambda h: h["info"]["kept_out"].update(called=[1]), "must be a table"),
    (lambda h: h["info"]["kept_out"].update(called={"open": "x"}), "numbers in their range"),
]


@pytest.mark.parametrize(("damage", "message"), HEADERS)
def test_wrong_metadata_are_refused(tmp_path: Path, damage: Callable[[dict[str, Any]], object], message: str) -> None:
    header = header_of(SHIPPED)
    damage(header)
    data = serialise(parse(SHIPPED), metadata={JUDGE_FILE.key: json.dumps(header)})
    with pytest.raises(ModelError, match=message):
        raise ModelError(refusal(data, tmp_path / "judge.safetensors"))


ARRAYS: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda a: a.pop("offset"), "it lacks offset"),
    (lambda a: a.update(more=a["offset"]), "it has the unknown more"),
    (lambda a: a.update(offset=a["offset"].astype(np.float64)), "must be float32"),
    (lambda a: a.update(shape_weight=a["shape_weight"][:-1].copy()), r"shape \(468, 2\)"),
    (lambda a: a["texture_weight"].fill(np.nan), "not finite"),
    (lambda a: a["texture_weight"].fill(1e7), "beyond"),
    (lambda a: a["reference"].fill(0.1), "not the shape of a face"),
]


@pytest.mark.parametrize(("damage", "message"), ARRAYS)
def test_wrong_arrays_are_refused(tmp_path: Path, damage: Callable[[dict[str, Any]], object], message: str) -> None:
    arrays = parse(SHIPPED)
    damage(arrays)
    data = serialise(arrays, metadata={JUDGE_FILE.key: json.dumps(header_of(SHIPPED))})
    with pytest.raises(ModelError, match=message):
        raise ModelError(refusal(data, tmp_path / "judge.safetensors"))


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", SHIPPED[:-1], SHIPPED[:500], serialise({"a": np.zeros(1, np.float32)})],
    ids=["empty", "zip", "cut at the end", "cut in the header", "another safetensors"],
)
def test_what_is_no_judge_is_refused(tmp_path: Path, data: bytes) -> None:
    message = refusal(data, tmp_path / "judge.safetensors")
    assert "cannot be read as safetensors" in message or f"no entry {JUDGE_FILE.key!r}" in message


def test_metadata_that_are_no_json_are_refused(tmp_path: Path) -> None:
    data = serialise(parse(SHIPPED), metadata={JUDGE_FILE.key: "{"})
    refusal(data, tmp_path / "judge.safetensors")
    refusal(serialise(parse(SHIPPED), metadata={JUDGE_FILE.key: "[" * 100_000}), tmp_path / "judge.safetensors")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2500), value=st.integers(0, 255))
def test_any_changed_byte_is_a_judge_or_a_refusal(tmp_path: Path, place: int, value: int) -> None:
    path = tmp_path / "judge.safetensors"
    path.write_bytes(SHIPPED[:place] + bytes([value]) + SHIPPED[place + 1 :])
    with contextlib.suppress(PixelfesError):
        load_judge(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "judge.safetensors"
    with path.open("wb") as file:
        file.truncate(2**24 + 1)
    with pytest.raises(ModelError, match="larger than 16 MiB"):
        load_judge(path)


def test_a_judge_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"neither a file nor one of the shipped judges \(happy\)"):
        load_judge(tmp_path / "nowhere")


def test_a_damaged_installation_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHA256, "happy_judge.safetensors", "0" * 64)
    with pytest.raises(ModelError, match="damaged: install pixelfes again"):
        load_judge()


def test_a_judge_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(PixelfesError, match="cannot be written"):
        save_judge(load_judge(), tmp_path / "nowhere" / "judge.safetensors")
