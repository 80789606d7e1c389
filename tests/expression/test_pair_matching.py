"""Which photos of a folder or rows of a table are pairs, and what is said of the others."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest

from pixelfes.errors import InputError
from pixelfes.expression.pair_files import expression_of, list_pairs, load_pairs, match_names
from pixelfes.photos.reading import Photo
from pixelfes.photos.writing import encode_photo


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def matched(inputs: list[str], targets: list[str]) -> list[tuple[str, str]]:
    return [(a.name, b.name) for a, b in match_names(map(Path, inputs), map(Path, targets))]


def left_out(folder: Path) -> dict[str, str]:
    return {skipped.name: skipped.reason for skipped in list_pairs(folder).left_out}


def test_names_match_however_their_accents_and_capitals_are_written() -> None:
    composed, decomposed = unicodedata.normalize("NFC", "zoë.jpg"), unicodedata.normalize("NFD", "zoë.jpg")
    assert composed != decomposed
    assert matched([composed], [decomposed]) == [(composed, decomposed)]
    assert matched(["IMG_4.JPG"], ["img_4.jpg"]) == [("IMG_4.JPG", "img_4.jpg")]
    assert matched(["p.png"], ["p.webp"]) == [("p.png", "p.webp")]


def test_the_same_name_goes_before_a_similar_one() -> None:
    assert matched(["p6.jpg", "p6.jpeg"], ["p6.jpeg", "p6.jpg"]) == [("p6.jpg", "p6.jpg"), ("p6.jpeg", "p6.jpeg")]
    assert matched(["a.jpg", "A.jpg"], ["a.png", "A.png"]) == [("a.jpg", "a.png"), ("A.jpg", "A.png")]


def test_a_name_that_could_be_two_people_is_no_match() -> None:
    assert matched(["p6.jpg", "p6.jpeg"], ["p6.png"]) == []
    assert matched(["anna.jpg"], ["Anna.jpg", "ANNA.jpg"]) == []


def test_each_photo_without_a_partner_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "neutral/a.jpg", "neutral/b.jpg", "neutral/c.jpg", "neutral/c.jpeg")
    touch(tmp_path, "smile/A.jpg", "smile/c.png", "smile/d.jpg")
    assert [pair.name for pair in load_pairs(tmp_path)] == ["a"]
    assert left_out(tmp_path) == {
        **dict.fromkeys(["neutral/b.jpg", "neutral/c.jpg", "neutral/c.jpeg"], "it has no partner in smile/"),
        **dict.fromkeys(["smile/c.png", "smile/d.jpg"], "it has no partner in neutral/"),
    }


def test_one_of_several_expressions_is_chosen_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "neutral/a.jpg", "happy/a.jpg", "sad/a.jpg")
    with pytest.raises(InputError, match=r"found besides neutral/: happy, sad; choose one with --target happy"):
        load_pairs(tmp_path)
    assert load_pairs(tmp_path, "sad")[0].target == tmp_path / "sad/a.jpg"
    assert expression_of(tmp_path, "sad") == "sad"
    with pytest.raises(InputError, match=r"must hold neutral/ and angry/ with photos; .*: happy, sad"):
        load_pairs(tmp_path, "angry")


def output_of_this_program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture_made_by("pixelfes 1.0, model smile 0123"))


def picture_made_by(name: str) -> bytes:
    return encode_photo(Photo(np.full((8, 8, 3), 99, np.uint8)), "PNG", made_by=name)


def test_outputs_of_this_program_are_never_a_training_set(tmp_path: Path) -> None:
    touch(tmp_path, "neutral/a.jpg", "neutral/b.jpg", "smile/a.jpg")
    output_of_this_program(tmp_path / "changed/a.png")
    output_of_this_program(tmp_path / "smile/b.png")
    assert [pair.name for pair in load_pairs(tmp_path)] == ["a"]
    assert left_out(tmp_path)["smile/b.png"] == "it is an output of this program"


def test_a_row_with_an_output_of_this_program_is_no_pair(tmp_path: Path) -> None:
    output_of_this_program(tmp_path / "made.png")
    table = tmp_path / "pairs.csv"
    table.write_text("input,target\na.jpg,b.jpg\na.jpg,made.png\n")
    assert [pair.target for pair in load_pairs(table)] == [tmp_path / "b.jpg"]
    assert left_out(table) == {"a.jpg": "made.png is an output of this program"}
    table.write_text("input,target\na.jpg,made.png\n")
    with pytest.raises(InputError, match="has no pair of photos with a weight above 0"):
        load_pairs(table)


def test_people_that_this_program_drew_are_a_training_set(tmp_path: Path) -> None:
    touch(tmp_path, "neutral/p.png", "smile/p.png")
    (tmp_path / "smile/p.png").write_bytes(picture_made_by("pixelfes 1.0, fictional people"))
    assert [pair.name for pair in load_pairs(tmp_path)] == ["p"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_as_spreadsheets_write_it(separator: str, encoding: str, tmp_path: Path) -> None:
    rows = [["Input", "TARGET", " Weight"], ["zoë.jpg", "smile/zoë.jpg", "2"], ["b.jpg", "c.jpg", ""], ["", "", ""]]
    table = tmp_path / "Freude.csv"
    table.write_bytes("\r\n".join(map(separator.join, rows)).encode(encoding))
    assert [(pair.input, pair.target, pair.weight) for pair in load_pairs(table)] == [
        (tmp_path / "zoë.jpg", tmp_path / "smile/zoë.jpg", 2.0),
        (tmp_path / "b.jpg", tmp_path / "c.jpg", 1.0),
    ]
    assert expression_of(table) == "Freude"


def test_a_weight_may_have_a_decimal_comma(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("input;target;weight\na.jpg;b.jpg;0,5\n")
    assert load_pairs(table)[0].weight == 0.5


def test_backslashes_in_a_table_are_separators(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("input,target\nneutral\\a.jpg,smile\\a.jpg\n")
    (pair,) = load_pairs(table)
    assert (pair.input, pair.target) == (tmp_path / "neutral/a.jpg", tmp_path / "smile/a.jpg")
    touch(tmp_path, "neutral\\a.jpg")
    assert load_pairs(table)[0].input == tmp_path / "neutral\\a.jpg"


def test_a_wrong_header_is_quoted(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("before,after\na.jpg,b.jpg\n")
    with pytest.raises(InputError, match="at least one row; found before, after"):
        load_pairs(table)
