"""Tensor files: what is written is read back, and whatever is wrong is one `ModelError` that names the part."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors.numpy import save

from pixelfes.errors import ModelError, PixelfesError
from pixelfes.tensor_file import (
    FileKind,
    check_names,
    checked_array,
    checked_header,
    metadata_keys,
    naming,
    pack,
    read_tensor_file,
    write_tensor_file,
)

KIND = FileKind("thing", "pixelfes-thing", version=3, largest=2**20)
HEADER = {"format_version": 3, "colour": "grün"}


@dataclass(frozen=True)
class Header:
    format_version: int
    colour: str


def refusal(data: bytes, folder: Path, kind: FileKind = KIND) -> str:
    path = folder / "thing"
    path.write_bytes(data)
    with pytest.raises(ModelError) as caught:
        read_tensor_file(kind, path)
    return str(caught.value)


@given(
    array=arrays_of.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int32, np.uint8]), arrays_of.array_shapes(min_dims=0)
    )
)
def test_arrays_and_header_are_read_back_bit_for_bit(array: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("tensors") / "thing"
    write_tensor_file(KIND, path, HEADER, {"a": array, "turned": array.T})
    header, arrays = read_tensor_file(KIND, path)
    assert header == HEADER
    assert arrays["a"].dtype == array.dtype
    assert arrays["a"].tobytes() == array.tobytes()
    assert arrays["turned"].shape == array.T.shape
    np.testing.assert_array_equal(arrays["turned"], array.T)


def test_equal_content_gives_equal_bytes() -> None:
    one, two = np.zeros(2, np.float32), np.ones(3)
    same = pack(KIND, dict(reversed(HEADER.items())), {"two": two, "one": one})
    assert pack(KIND, HEADER, {"one": one, "two": two}) == same


def test_a_file_larger_than_its_kind_allows_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    with path.open("wb") as file:
        file.truncate(2**20 + 1)
    with pytest.raises(ModelError, match="it is larger than 1 MiB"):
        read_tensor_file(KIND, path)
    with path.open("wb") as file:
        file.truncate(2**31 + 1)
    with pytest.raises(ModelError, match="it is larger than 2 GiB"):
        read_tensor_file(FileKind("thing", "key"), path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "no JSON object"),
        (b"null", "no JSON object"),
        (b"{}", "name no format version"),
        (b'{"format_version": true}', "name no format version"),
        (b'{"format_version": 2}', r"it has format version 2, and this pixelfes \(.*\) reads 3"),
    ],
)
def test_a_header_of_another_form_or_version_is_refused(header: bytes, message: str, tmp_path: Path) -> None:
    data = save({"a": np.zeros(1)}, metadata={"pixelfes-thing": header.decode()})
    with pytest.raises(ModelError, match=message):
        raise ModelError(refusal(data, tmp_path))


def test_a_kind_without_a_version_takes_any_object(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    kind = FileKind("thing", "pixelfes-thing", version=None)
    write_tensor_file(kind, path, {"step": 1}, {"a": np.zeros(1)})
    assert read_tensor_file(kind, path).header == {"step": 1}


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    other = FileKind("other", "pixelfes-other")
    message = refusal(pack(other, {"format_version": 1}, {"a": np.zeros(1)}), tmp_path)
    assert message == "its metadata have no entry 'pixelfes-thing'"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\0" * 64, struct.pack("<Q", 2**63) + b"{}", b"\x80\x04pickle"])
def test_bytes_that_are_not_safetensors_are_refused(data: bytes, tmp_path: Path) -> None:
    assert "cannot be read as safetensors" in refusal(data, tmp_path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ModelError, match="it cannot be read"):
            read_tensor_file(KIND, path)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_refusal(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    refusal(data, tmp_path_factory.mktemp("bytes"))


def test_the_keys_of_metadata_are_read_without_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_bytes(save({"a": np.zeros(1)}, metadata={"x": "{", "y": ""}))
    assert metadata_keys(path) == {"x", "y"}
    path.write_bytes(b"nothing")
    assert metadata_keys(path) == frozenset()
    assert metadata_keys(tmp_path / "nowhere") == frozenset()


def test_a_message_names_the_file_and_its_kind() -> None:
    with pytest.raises(ModelError, match=r"^a\.b is not a valid thing: it is wrong$"), naming(KIND, "a.b"):
        raise ModelError("it is wrong")
    with pytest.raises(PixelfesError, match=r"^another error$"), naming(KIND, "a.b"):
        raise PixelfesError("another error")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"format_version": 3}, "'colour' is missing or no str"),
        ({"format_version": 3, "colour": 1}, "'colour' is missing or no str"),
        ({"format_version": True, "colour": "red"}, "'format_version' is missing or no int"),
        ({"format_version": 3.0, "colour": "red"}, "'format_version' is missing or no int"),
        (HEADER | {"more": 1}, "unknown entries: more$"),
        (HEADER | {"x" * 999: 1}, "unknown entries: x{57}[.]{3}$"),
    ],
)
def test_a_header_has_the_fields_of_its_dataclass_and_no_others(header: dict[str, Any], message: str) -> None:
    assert checked_header(HEADER, Header) == Header(3, "grün")
    with pytest.raises(ModelError, match=message):
        checked_header(header, Header)


def test_names_are_compared_both_ways() -> None:
    check_names(["a", "b"], ["b", "a"], "it")
    for found, message in (
        ("a", "it lacks b"),
        ("abc", "it has the unknown c"),
        ("ac", "it lacks b and has the unknown c"),
    ):
        with pytest.raises(ModelError, match=f"^{message}$"):
            check_names(found, "ab", "it")
    with pytest.raises(ModelError, match=r"^it has the unknown a, b, c, \.\.\.$"):
        check_names("abcdefg", "", "it")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"x must be float32 of shape \(2,\); found float64 of shape \(3,\)"),
        (np.zeros(2), r"found float64 of shape \(2,\)"),
        (np.zeros((2, 1), np.float32), r"found float32 of shape \(2, 1\)"),
        (np.array([0, np.nan], np.float32), "x has numbers that are not finite, or beyond 10"),
        (np.array([0, -np.inf], np.float32), "x has numbers that are not finite, or beyond 10"),
        (np.array([0, -11], np.float32), "x has numbers that are not finite, or beyond 10"),
    ],
)
def test_an_array_is_checked_for_dtype_shape_and_values(array: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        checked_array({"x": array}, "x", (2,), [np.float32], largest=10)


def test_an_array_that_passes_is_returned_as_it_is() -> None:
    array = np.array([10, -10], np.float32)
    assert checked_array({"x": array}, "x", (2,), [np.float32], largest=10) is array
    assert checked_array({"x": np.zeros((0, 4))}, "x", (0, 4)).size == 0
    with pytest.raises(ModelError, match="it has no array y"):
        checked_array({"x": array}, "y", (2,))
