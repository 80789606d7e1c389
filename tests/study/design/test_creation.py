from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelfes.errors import InputError, PixelfesError
from pixelfes.photos.reading import read_photo
from pixelfes.study.design.creation import StudyOptions, make_study, replace_organiser_token
from pixelfes.study.design.study import STUDY_FILE, TEXTS_FILE, read_study
from pixelfes.study.design.tokens import hash_token
from tests.study.small_study import CANDIDATES, SmallStudy, draw_folders, small_study


def folders(place: Path) -> dict[str, Path]:
    return {name: place / name for name in CANDIDATES}


def failed(
    sentence: str, place: Path, options: StudyOptions | None = None, candidates: dict[str, Path] | None = None
) -> None:
    """A study cannot be made, and nothing is left of the attempt."""
    before = sorted(place.parent.rglob("*"))
    with pytest.raises(PixelfesError, match=sentence):
        make_study(place.parent / "study", place / "input", candidates or folders(place), options)
    assert sorted(place.parent.rglob("*")) == before


@pytest.fixture
def place(tmp_path: Path) -> Path:
    draw_folders(tmp_path / "pictures", ["anna", "ben"])
    return tmp_path / "pictures"


def test_a_study_is_read_as_it_was_made(small: SmallStudy) -> None:
    read = read_study(small.folder)
    assert read == small.study
    assert read.fingerprint == small.study.fingerprint


def test_pictures_keep_their_pixels_and_lose_their_names(place: Path, tmp_path: Path) -> None:
    made = make_study(tmp_path / "study", place / "input", folders(place))
    for item in made.study.items:
        for which in CANDIDATES:
            shown = read_photo(made.study.picture_path(tmp_path / "study", item.outputs[which])).pixels
            assert np.array_equal(shown, read_photo(place / which / f"{item.name}.png").pixels)
    names = " ".join(path.name for path in (tmp_path / "study").rglob("*"))
    assert not any(word in names for word in ("anna", "ben", *CANDIDATES))


def test_a_photo_loses_its_metadata(place: Path, tmp_path: Path) -> None:
    with Image.open(place / "input" / "anna.png") as image:
        exif = Image.Exif()
        exif[0x010E] = "taken at home"
        image.save(place / "input" / "anna.jpg", exif=exif)
    (place / "input" / "anna.png").unlink()
    make_study(tmp_path / "study", place / "input", folders(place))
    assert not any(b"taken at home" in path.read_bytes() for path in (tmp_path / "study" / "images").iterdir())


def test_the_token_opens_and_is_not_kept(small: SmallStudy) -> None:
    assert hash_token(small.token) == small.study.organiser
    assert small.token not in (small.folder / STUDY_FILE).read_text()


def test_another_token_replaces_the_first_and_changes_no_answers(small: SmallStudy) -> None:
    token = replace_organiser_token(small.folder, small.study)
    read = read_study(small.folder)
    assert read.organiser == hash_token(token) != small.study.organiser
    assert read.fingerprint == small.study.fingerprint


def test_pictures_that_a_candidate_lacks_are_left_out_and_named(place: Path, tmp_path: Path) -> None:
    (place / "mr" / "ben.png").unlink()
    made = make_study(tmp_path / "study", place / "input", folders(place), StudyOptions(repeats=0))
    assert [item.name for item in made.study.items] == ["anna"]
    assert made.notes == ["ben is left out: it is missing for mr"]


def test_a_picture_of_another_shape_is_noted(place: Path, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(place / "mr" / "ben.png")
    made = make_study(tmp_path / "study", place / "input", folders(place))
    assert made.notes == ["ben has another shape in mr: 64 x 64 pixels; the input has 64 x 80"]


def test_webp_pictures_are_made_on_demand(place: Path, tmp_path: Path) -> None:
    make_study(tmp_path / "study", place / "input", folders(place), StudyOptions(suffix="webp"))
    with Image.open(next((tmp_path / "study" / "images").iterdir())) as image:
        assert image.format == "WEBP"


def test_what_cannot_be_made_is_said_and_leaves_nothing(place: Path) -> None:
    failed("there is no question 'beauty'", place, StudyOptions(questions=("beauty",)))
    failed("2 to 8 candidates", place, candidates={"mr": place / "mr"})
    failed("not be 'input'", place, candidates={"mr": place / "mr", "input": place / "ganimation"})
    failed("must have 1 to 40 letters", place, candidates={"mr": place / "mr", "a/b": place / "ganimation"})
    failed("must see 1 to 2 of the 2 items", place, StudyOptions(per_participant=3))
    failed("at most as many repeats as questions", place, StudyOptions(repeats=3))
    failed("one line of 1 to", place, StudyOptions(title="two\nlines"))
    failed("not a folder of pictures", place, candidates={"mr": place / "mr", "x": place / "nowhere"})
    failed("cannot be read|is not valid|is not a JSON", place, StudyOptions(texts=place / "nowhere.json"))
    (place / "mr" / "ben.png").write_bytes(b"no picture")
    failed("ben.png", place)
    (place / "mr" / "ben.jpg").write_bytes(b"no picture")
    failed("have the same name", place)


def test_nothing_is_written_over(small: SmallStudy, tmp_path: Path) -> None:
    before = (small.folder / STUDY_FILE).read_bytes()
    with pytest.raises(InputError, match="exists and is not an empty folder"):
        make_study(small.folder, tmp_path / "pictures/input", folders(tmp_path / "pictures"))
    assert (small.folder / STUDY_FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"version": 2}, "version 2"),
        ({"candidates": ["mr"]}, "2 to 8 candidates"),
        ({"per_participant": 50}, "must see 1 to 4 of the 4 items"),
        ({"items": 5}, "pixelfes study new did not write this file"),
        ({"suffix": "svg"}, "pictures must be png or webp"),
        ({"unknown": 1}, "pixelfes study new did not write this file"),
        ({"questions": []}, "one or more"),
    ],
)
def test_a_damaged_study_is_one_sentence(small: SmallStudy, change: dict[str, object], sentence: str) -> None:
    path = small.folder / STUDY_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=sentence):
        read_study(small.folder)


def test_a_study_cannot_serve_files_from_elsewhere(small: SmallStudy) -> None:
    path = small.folder / STUDY_FILE
    there = small.study.items[0].input.id
    path.write_text(path.read_text().replace(there, "../../../etc/passwd"))
    with pytest.raises(InputError, match="32 hexadecimal digits"):
        read_study(small.folder)


def test_lost_pictures_and_folders_without_a_study_are_said(small: SmallStudy, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no study"):
        read_study(tmp_path)
    small.study.picture_path(small.folder, small.study.items[0].input).unlink()
    with pytest.raises(InputError, match="1 pictures of the study are missing in"):
        read_study(small.folder)


def test_a_study_moves_with_its_folder(small: SmallStudy, tmp_path: Path) -> None:
    shutil.move(small.folder, tmp_path / "elsewhere")
    assert read_study(tmp_path / "elsewhere") == small.study
    assert (tmp_path / "elsewhere" / TEXTS_FILE).is_file()


def test_two_studies_of_the_same_pictures_share_no_ids(tmp_path: Path) -> None:
    one, two = (small_study(tmp_path / name) for name in ("one", "two"))
    assert not one.study.pictures_by_id.keys() & two.study.pictures_by_id.keys()
    assert replace(one.study, id="") != replace(two.study, id="")
