from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pixelfes import Pair, load_pairs
from pixelfes.errors import InputError
from pixelfes.expression.pair_files import expression_of, list_pairs
from pixelfes.expression.pairs import as_pairs
from pixelfes.expression.pairs_to_faces import Skipped


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_a_folder_pairs_photos_of_the_same_name(tmp_path: Path) -> None:
    touch(tmp_path, "neutral/b.jpg", "neutral/a.PNG", "neutral/only.jpg", "neutral/.hidden.jpg", "neutral/notes.txt")
    touch(tmp_path, "happy/a.webp", "happy/b.jpg", "happy/other.jpg", "happy/.hidden.jpg", "docs/readme.txt")
    pairs = load_pairs(tmp_path)
    assert [(p.name, p.input, p.target, p.weight) for p in pairs] == [
        ("a", tmp_path / "neutral/a.PNG", tmp_path / "happy/a.webp", 1.0),
        ("b", tmp_path / "neutral/b.jpg", tmp_path / "happy/b.jpg", 1.0),
    ]
    assert expression_of(tmp_path) == "happy"
    assert load_pairs(str(tmp_path)) == pairs


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["neutral/a.jpg"], "must hold neutral/ and one other folder of photos; found besides neutral/: none"),
        (["happy/a.jpg"], "must hold neutral/ and one other folder of photos; found besides neutral/: happy"),
        (["neutral/a.jpg", "happy/a.jpg", "sad/a.jpg"], "found besides neutral/: happy, sad"),
        (["neutral/a.jpg", "happy/b.jpg"], "no photo in .* has the same name in both folders"),
        ([], "found besides neutral/: none"),
    ],
)
def test_a_folder_without_pairs_is_refused(files: list[str], message: str, tmp_path: Path) -> None:
    touch(tmp_path, *files)
    with pytest.raises(InputError, match=message):
        load_pairs(tmp_path)


def manifest(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "pairs.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_manifest_names_pairs_relative_to_itself(encoding: str, newline: str, tmp_path: Path) -> None:
    rows = ["input,target,weight,note", "a.jpg,sub/b.jpg,0.5,x", '"ü, 1.jpg",/abs/c.jpg,,', "d.jpg,e.jpg,0,y", ""]
    path = manifest(tmp_path, newline.join(rows), encoding)
    pairs = load_pairs(path)
    assert [(p.input, p.target, p.weight) for p in pairs] == [
        (tmp_path / "a.jpg", tmp_path / "sub/b.jpg", 0.5),
        (tmp_path / "ü, 1.jpg", Path("/abs/c.jpg"), 1.0),
    ]
    assert [p.name for p in pairs] == ["a.jpg", "ü, 1.jpg"]
    assert list_pairs(path).left_out == [Skipped("d.jpg", "its weight is 0")]
    assert expression_of(path) == "pairs"


def test_a_manifest_needs_no_weights(tmp_path: Path) -> None:
    (pair,) = load_pairs(manifest(tmp_path, "target,input\nt.jpg,i.jpg\n"))
    assert (pair.input, pair.target, pair.weight) == (tmp_path / "i.jpg", tmp_path / "t.jpg", 1.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have a header input,target"),
        ("input,target\n", "must have a header input,target.* and at least one row"),
        ("before,after\na,b\n", "must have a header input,target"),
        ("input,target\na.jpg,b.jpg\n,b.jpg\n", "line 3 of .* must name an input and a target"),
        ("input,target\na.jpg\n", "line 2 of .* must name an input and a target"),
        ("input,target,weight\na.jpg,b.jpg,-1\n", "line 2 of .* with a weight >= 0"),
        ("input,target,weight\na.jpg,b.jpg,nan\n", "line 2 of .* with a weight >= 0"),
        ("input,target,weight\na.jpg,b.jpg,inf\n", "line 2 of .* with a weight >= 0"),
        ("input,target,weight\na.jpg,b.jpg,much\n", "line 2 of .* with a weight >= 0"),
        ('input,target\n"' + "x" * 200_000 + '",b.jpg\n', "cannot be read as a CSV manifest"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused_by_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        load_pairs(manifest(tmp_path, text))


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", bytes(range(256)), b"\x89PNG\r\n\x1a\n"])
def test_a_binary_file_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes(data)
    with pytest.raises(InputError, match=r"pairs\.csv"):
        load_pairs(tmp_path / "pairs.csv")


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere is neither a folder of pairs nor a CSV manifest"):
        load_pairs(tmp_path / "nowhere")


def test_pairs_without_a_name_get_one() -> None:
    pairs = as_pairs([("a.jpg", "b.jpg"), Pair("c.jpg", "d.jpg", 2.0), Pair("e.jpg", "f.jpg", name="eve")])
    assert [(p.name, p.weight) for p in pairs] == [("pair 0", 1.0), ("pair 1", 2.0), ("eve", 1.0)]
    assert pairs[1].target == "d.jpg"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a.jpg"], "pair 0 must be a Pair or .input, target.; found str"),
        ([("a.jpg", "b.jpg"), ("a.jpg",)], "pair 1 must be"),
        ([None], "pair 0 must be .* found NoneType"),
        ([np.zeros((2, 4, 4, 3), np.uint8)], "pair 0 must be .* found ndarray"),
        ([Pair("a", "b", -0.5)], "finite and >= 0; found -0.5 in pair 0"),
        ([Pair("a", "b", float("nan"))], "finite and >= 0; found nan in pair 0"),
        ([Pair("a", "b", float("inf"))], "finite and >= 0; found inf in pair 0"),
        ([Pair("a", "b", "much")], "finite and >= 0; found 'much' in pair 0"),  # type: ignore[arg-type]
        (5, "pairs must be .* found int"),
    ],
)
def test_an_item_that_is_not_a_pair_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_pairs(given)
