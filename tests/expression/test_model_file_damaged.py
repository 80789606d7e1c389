"""A model file is not trusted: whatever is wrong with it is one `ModelError` of one sentence that names the part."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load as parse
from safetensors.numpy import save as serialise

from pixelfes import ExpressionModel, PixelRidge, load
from pixelfes.arrays import Array, Pixels
from pixelfes.errors import ModelError, PixelfesError
from tests.expression.drawn_faces import drawn_pairs

Arrays = dict[str, npt.NDArray[Any]]
Header = dict[str, Any]


def header_of(data: bytes) -> Header:
    (length,) = struct.unpack("<Q", data[:8])
    read: Header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["pixelfes"])
    return read


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory,
    portrait: Pixels,
    smiling_portrait: Pixels,
    points: Array,
    smiling_points: Array,
) -> bytes:
    """A small valid model file."""
    pairs = drawn_pairs(portrait, smiling_portrait, points, smiling_points, 3)
    model = ExpressionModel("mesh", PixelRidge(0.4, prior="identity"), size=16).fit(pairs)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    model.save(path)
    return path.read_bytes()


def refusal(data: bytes, path: Path) -> str:
    """The message of the error that loading these bytes raises."""
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is not a valid pixelfes model: ")
    assert "\n" not in message
    assert len(message) < 600
    return message.partition("model: ")[2]


def rebuilt(whole: bytes, arrays: Arrays | None = None, header: Header | None = None) -> bytes:
    metadata = {"pixelfes": json.dumps(header_of(whole) if header is None else header)}
    return serialise(parse(whole) if arrays is None else arrays, metadata=metadata)


def test_the_file_to_be_damaged_is_valid(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(rebuilt(whole))
    assert load(tmp_path / "model").describe().size == 16


# Arrays

CHANGES: list[tuple[str, Callable[[npt.NDArray[Any]], npt.NDArray[Any] | None], str]] = [
    ("regressor.weight", lambda a: None, "PixelRidge is stored as the arrays weight, bias, alpha; found alpha, bias"),
    ("regressor.alpha", lambda a: None, "PixelRidge is stored as the arrays"),
    ("regressor.extra", lambda a: np.zeros(3), "found alpha, bias, extra, weight"),
    ("displacement.readout", lambda a: None, "its displacement lacks readout$"),
    ("displacement.extra", lambda a: np.zeros(3), "its displacement has the unknown extra$"),
    ("stray", lambda a: np.zeros(3), "an array 'stray' that does not belong there"),
    ("other.weight", lambda a: np.zeros(3), "an array 'other.weight' that does not belong there"),
    ("regressor.", lambda a: np.zeros(3), "an array 'regressor.' that does not belong there"),
    ("regressor.weight", lambda a: a[:-1], "PixelRidge .* must both be .*; found .15, 16. and .16, 16."),
    ("regressor.weight", lambda a: a.ravel(), "arrays weight and bias"),
    ("regressor.weight", lambda a: a.astype(np.int32), "array weight of PixelRidge must be float"),
    ("regressor.bias", lambda a: np.full_like(a, np.nan), "array bias of PixelRidge must hold finite numbers"),
    ("regressor.bias", lambda a: np.full_like(a, np.inf), "array bias of PixelRidge must hold finite numbers"),
    ("regressor.bias", lambda a: np.zeros((0, 16), np.float32), "array bias of PixelRidge"),
    ("regressor.alpha", lambda a: np.array(-1, np.float32), "array alpha of PixelRidge must be one number >= 0"),
    ("regressor.alpha", lambda a: np.zeros(2, np.float32), "array alpha of PixelRidge must be one number"),
    (
        "displacement.movement",
        lambda a: a[:, :2],
        r"displacement\.movement must be float.* of shape \(468, 3\)",
    ),
    (
        "displacement.opening",
        lambda a: a.astype(np.uint8),
        r"displacement\.opening must be float16, float32 or float64 .* uint8",
    ),
    ("displacement.reference", lambda a: a * np.nan, r"displacement\.reference has numbers that are not finite"),
    (
        "displacement.readout",
        lambda a: np.full_like(a, -np.inf),
        r"displacement\.readout has numbers that are not finite",
    ),
    (
        "displacement.movement",
        lambda a: a + 1000,
        r"displacement\.movement has numbers that are not finite, or beyond 100",
    ),
    (
        "displacement.scalars",
        lambda a: a[:2],
        r"displacement\.scalars must be float16, float32 or float64 of shape \(3,\)",
    ),
    ("displacement.scalars", lambda a: a * [1, -1, 1] - [0, 1, 0], "its displacement is not that of a face"),
    ("displacement.reference", lambda a: 0 * a, "its displacement is not that of a face"),
    ("displacement.reference", lambda a: a * [1, 0, 1], "its displacement is not that of a face"),
]


@pytest.mark.parametrize(("name", "change", "message"), CHANGES)
def test_an_array_that_is_wrong_is_named(
    name: str,
    change: Callable[[npt.NDArray[Any]], npt.NDArray[Any] | None],
    message: str,
    whole: bytes,
    tmp_path: Path,
) -> None:
    arrays = parse(whole)
    changed = change(arrays.pop(name, np.zeros(1)))
    if changed is not None:
        arrays[name] = changed
    said = refusal(rebuilt(whole, arrays), tmp_path / "model")
    assert re.search(message, said), said


def test_a_model_of_arrays_of_another_size_is_refused(whole: bytes, tmp_path: Path) -> None:
    arrays = parse(whole)
    for name in ("regressor.weight", "regressor.bias"):
        arrays[name] = np.zeros((20, 20), np.float32)
    assert "does not fit its size 16" in refusal(rebuilt(whole, arrays), tmp_path / "model")


# Metadata

ENTRIES: list[tuple[str, Any, str]] = [
    ("format_version", 2, "it has format version 2, and this pixelfes .* reads 1"),
    ("format_version", 0, "it has format version 0"),
    ("format_version", "1", "its metadata name no format version"),
    ("format_version", True, "its metadata name no format version"),
    ("format_version", None, "its metadata name no format version"),
    ("method", "stargan", "the method must be one of .*; found 'stargan'"),
    ("method", ["pixel-rr"], "'method' is missing or no str"),
    ("method", None, "'method' is missing or no str"),
    ("registration", "eyes", "it has the registration 'eyes'; known are mesh and grid"),
    ("registration", "grid", "an array 'displacement.* that does not belong there"),
    ("landmark_topology", "dlib-68", "its landmarks are 'dlib-68'; known are 'mediapipe-468'"),
    ("size", 15, "its size is 15, outside 16 to 1024"),
    ("size", 10**30, "its size is 1000.*, outside 16 to 1024"),
    ("size", -16, "its size is -16, outside"),
    ("size", 16.0, "'size' is missing or no int"),
    ("size", True, "'size' is missing or no int"),
    ("size", 17, "does not fit its size 17"),
    ("parameters", [], "'parameters' is missing or no dict"),
    ("parameters", {"gamma": 1}, "PixelRidge has no parameter gamma"),
    ("parameters", {"alpha": -1}, "the parameters of PixelRidge are not valid: alpha"),
    ("parameters", {"alpha": "much"}, "the parameters of PixelRidge are not valid: alpha"),
    ("parameters", {"alpha": {"a": 1}}, "the parameters of PixelRidge are not valid: alpha"),
    ("parameters", {"alpha": True}, "the parameters of PixelRidge are not valid: alpha"),
    ("parameters", {"channels": "separate"}, "^((?!Traceback).)*"),
    ("parameters", {"channels": [1]}, "the parameters of PixelRidge are not valid: channels"),
    ("parameters", {"prior": {}}, "the parameters of PixelRidge are not valid: prior"),
    ("parameters", {"bias_penalty": [[1.0]]}, "the parameters of PixelRidge are not valid: bias_penalty"),
    ("parameters", {"alphas": "abc"}, "the parameters of PixelRidge are not valid: alphas"),
    ("parameters", {"self": 1}, "PixelRidge has no parameter self"),
    ("n_pairs", "many", "'n_pairs' is missing or no int"),
    ("expression", 3, "'expression' is missing or no str"),
    ("licence", None, "'licence' is missing or no str"),
    ("surprise", 1, "unknown entries: surprise"),
]


@pytest.mark.parametrize(("name", "value", "message"), ENTRIES)
def test_a_metadata_entry_that_is_wrong_is_named(
    name: str, value: Any, message: str, whole: bytes, tmp_path: Path
) -> None:
    header = header_of(whole) | {name: value}
    if value is None:
        del header[name]
    said = refusal(rebuilt(whole, header=header), tmp_path / "model")
    assert re.search(message, said), said


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "no entry 'pixelfes'"),
        ({"other": "x"}, "no entry 'pixelfes'"),
        ({"pixelfes": ""}, "not JSON"),
        ({"pixelfes": "{"}, "not JSON"),
        ({"pixelfes": "NaN"}, "no JSON object"),
        ({"pixelfes": "[1]"}, "no JSON object"),
        ({"pixelfes": "[" * 100_000}, "not JSON"),
        ({"pixelfes": '{"a":' * 100_000}, "not JSON"),
        ({"pixelfes": '{"format_version": ' + "1" * 5000 + "}"}, "not JSON|format version"),
        ({"pixelfes": '{"format_version": 1}'}, "'package_version' is missing"),
    ],
)
def test_metadata_of_another_kind_are_refused(
    metadata: dict[str, str] | None, message: str, whole: bytes, tmp_path: Path
) -> None:
    said = refusal(serialise(parse(whole), metadata=metadata), tmp_path / "model")
    assert re.search(message, said), said


# Bytes


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, 1000, -1000, -9, -1])
def test_a_file_cut_short_is_refused(length: int, whole: bytes, tmp_path: Path) -> None:
    assert "cannot be read as safetensors" in refusal(whole[:length], tmp_path / "model")


@pytest.mark.parametrize("length", [0, 1, 2**20, 2**40, 2**63, 2**64 - 1])
def test_a_header_of_a_length_that_cannot_be_is_refused(length: int, whole: bytes, tmp_path: Path) -> None:
    refusal(struct.pack("<Q", length) + whole[8:], tmp_path / "model")


@pytest.mark.parametrize(
    "data", [b"\x80\x04\x95pickle", b"PK\x03\x04", b"\xff\xd8\xff\xe0", b"\0" * 64, b"text\n" * 50]
)
def test_a_file_of_another_kind_is_refused(data: bytes, tmp_path: Path) -> None:
    refusal(data, tmp_path / "model")


def test_bytes_beyond_the_end_are_refused(whole: bytes, tmp_path: Path) -> None:
    refusal(whole + b"more", tmp_path / "model")


def test_a_dtype_that_numpy_does_not_know_is_refused(whole: bytes, tmp_path: Path) -> None:
    (length,) = struct.unpack("<Q", whole[:8])
    header = json.loads(whole[8 : 8 + length])
    for kind in ("BF16", "F8_E4M3", "I7"):
        changed = {name: entry | ({"dtype": kind} if "dtype" in entry else {}) for name, entry in header.items()}
        text = json.dumps(changed).encode()
        refusal(struct.pack("<Q", len(text)) + text + whole[8 + length :], tmp_path / "model")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="neither a model file"):
        load(tmp_path)


def error_of_use(path: Path, portrait: Pixels, points: Array) -> PixelfesError | None:
    """What loading and using a file of whatever numbers ends with; anything but an error of pixelfes is a failure."""
    try:
        out = load(path).synthesize(portrait, landmarks=points)
    except PixelfesError as error:
        return error
    assert out.shape == portrait.shape
    return None


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes, tmp_path: Path) -> None:
    refusal(data, tmp_path / "model")


@quick
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), in_header=st.booleans())
def test_a_file_with_a_wrong_byte_loads_or_is_refused(
    place: float, value: int, in_header: bool, whole: bytes, tmp_path: Path, portrait: Pixels, points: Array
) -> None:
    (length,) = struct.unpack("<Q", whole[:8])
    at = int(place * (8 + length if in_header else len(whole)))
    (tmp_path / "model").write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
    error = error_of_use(tmp_path / "model", portrait, points)
    assert error is None or "\n" not in str(error)


@quick
@given(
    name=st.sampled_from(["weight", "bias", "movement", "opening", "reference", "readout", "scalars"]),
    size=st.sampled_from([1e-30, 1.0, 50.0, 99.0]),
    seed=st.integers(0, 99),
)
def test_a_model_of_any_numbers_loads_and_draws_or_is_refused(
    name: str, size: float, seed: int, whole: bytes, tmp_path: Path, portrait: Pixels, points: Array
) -> None:
    arrays = parse(whole)
    (key,) = (key for key in arrays if key.endswith("." + name))
    rng = np.random.default_rng(seed)
    arrays[key] = rng.choice([-size, 0.0, size], arrays[key].shape).astype(np.float32)
    (tmp_path / "model").write_bytes(rebuilt(whole, arrays))
    error_of_use(tmp_path / "model", portrait, points)
